/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsinfo.h - the subject, the output and the printers that the files of nsinfo share. */
#ifndef NSV_CLI_NSINFO_H
#define NSV_CLI_NSINFO_H

#include <nsview/discover.h>
#include <nsview/inspect.h>

#include "cli/cli.h"

/* What can be shown, in this order. */
enum nsinfo_section {
	NSINFO_CONTAINER = 1 << 0,
	NSINFO_PROCESS = 1 << 1,
	NSINFO_TREE = 1 << 2,
	NSINFO_NAMESPACES = 1 << 3,
	NSINFO_ADDRESSES = 1 << 4,
	NSINFO_IDS = 1 << 5,
	NSINFO_MOUNTS = 1 << 6,
	NSINFO_SECURITY = 1 << 7,
	NSINFO_PORTS = 1 << 8,
	NSINFO_LIMITS = 1 << 9,
	NSINFO_ENVIRONMENT = 1 << 10,
	NSINFO_ALL = (1 << 11) - 1,
};

struct nsinfo_output {
	unsigned sections; /* of nsinfo_section; 0: all that make sense */
	bool json, terminal, utf8;
	bool env;	 /* values of the environment, too */
	bool user_names; /* by the container's passwd(5) */
	bool begun;	 /* something has been printed */
};

/* Names of users or groups, by ID. */
struct nsinfo_names {
	char *file; /* owns the names */
	struct nsinfo_user {
		uint32_t id;
		const char *name;
	} * list;
	size_t n;
};

/* One process and all that is known of it. Pointers may be NULL where nothing is known. */
struct nsinfo_subject {
	const char *spec;
	unsigned sections; /* of this one */
	struct nsv_target *target;
	struct nsv_inspection *i;
	enum nsv_container_kind kind;
	struct nsv_scan *scan;
	const struct nsv_container *container; /* of kind NSV_KIND_CONTAINER, or NULL */
	struct nsv_role role;
	bool env;			   /* its environment's values may be shown */
	struct nsinfo_names users, groups; /* with --user-names */
};

/* nsinfo_open.c: fills @s from a spec; one line on stderr on failure, and a note where the
 * process is an engine's and not a container's. nsinfo_done() in any case. */
enum cli_exit nsinfo_open(struct nsinfo_subject *s, const char *spec, unsigned sections);
void nsinfo_done(struct nsinfo_subject *s);
/* The name that nsps shows for the subject's container, or NULL. The subject must have one. */
const char *nsinfo_name(const struct nsinfo_subject *s);

/* "shim", "engine", "ancestor", or NULL. */
const char *nsinfo_role_word(const struct nsv_role *role);

/* nsinfo_users.c: fills users and groups; a note on stderr if that takes too long. */
void nsinfo_read_users(struct nsinfo_subject *s);

void nsinfo_text(struct nsinfo_output *out, const struct nsinfo_subject *s);
/* nsinfo_more.c: sections below each other's headings. */
void nsinfo_show_ports(const struct nsinfo_output *out, const struct nsv_inspection *i);
void nsinfo_show_limits(const struct nsv_inspection *i);
void nsinfo_show_environment(const struct nsinfo_output *out, const struct nsv_inspection *i);
/* nsinfo_tree.c: the processes as ps f draws them. */
void nsinfo_tree(const struct nsinfo_output *out, const struct nsinfo_subject *s);
struct json_object;
/* What is known, as an object of json-c's. */
struct json_object *nsinfo_object(const struct nsinfo_subject *s);
void nsinfo_json(struct nsinfo_output *out, const struct nsinfo_subject *s);
void nsinfo_json_end(struct nsinfo_output *out);
/* nsinfo_json_more.c */
struct json_object *nsinfo_ports_list(const struct nsv_inspection *i);
struct json_object *nsinfo_limits_list(const struct nsv_inspection *i);
struct json_object *nsinfo_environment_list(const struct nsinfo_subject *s);

/* nsinfo_format.c: @text as it may stand on a line, malloc'd. */
char *nsinfo_shown(const struct nsinfo_output *out, const char *text);
/* The inside number of the host's @id, or -1. */
int64_t nsinfo_inside(const struct nsv_inspection *i, enum nsv_id_kind kind, uint32_t id);
/* Takes the malloc'd text of passwd(5) or group(5), NULL for none. */
void nsinfo_names_take(struct nsinfo_names *names, char *file_take);
void nsinfo_names_done(struct nsinfo_names *names);
/* What the container calls its number @id, or NULL. */
const char *nsinfo_name_of(const struct nsinfo_names *names, int64_t id);
/* When the process started, in seconds since the epoch. */
time_t nsinfo_started(const struct nsv_inspection *i);

#endif
