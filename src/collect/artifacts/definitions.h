/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * definitions.h - a set of artifact definitions in memory. Filled by yaml_in.h, then sorted once
 * and never changed. Everything in it lies in one arena. No locks.
 */
#ifndef NSV_COLLECT_DEFINITIONS_H
#define NSV_COLLECT_DEFINITIONS_H

#include <stdint.h>

#include <nsview/artifacts.h>

#include "collect/member.h"
#include "discover/arena.h"

#define NSV_DEFINITIONS_MAX  32768
#define NSV_DEFINITION_TEXTS 262144 /* names, aliases, paths of all of them together */
#define NSV_ARTIFACT_NAME    128
#define NSV_ARTIFACT_PATH    4096

struct nsv_texts {
	struct nsv_texts *next;
	const char *text;
};

enum nsv_source_kind {
	NSV_ARTIFACT_NONE,  /* nothing that a container's files could answer; what it is: type */
	NSV_ARTIFACT_FILES, /* FILE: what the paths match */
	NSV_ARTIFACT_TREES, /* PATH, DIRECTORY: what they match, and all that is below */
	NSV_ARTIFACT_GROUP, /* ARTIFACT_GROUP */
};

struct nsv_artifact_source {
	struct nsv_artifact_source *next;
	enum nsv_source_kind kind;
	const char *type;	      /* as written */
	const char *what;	      /* of a COMMAND: its program; else NULL */
	struct nsv_texts *list;	      /* paths, or names of a group */
	bool is_linux, has_separator; /* the separator is another one than "/" */
};

struct nsv_definition {
	const char *name, *doc;
	struct nsv_texts *aliases;
	struct nsv_artifact_source *sources;
	bool is_linux;
};

struct nsv_artifact_name {
	const char *name;
	uint32_t definition;
	bool alias;
};

struct nsv_artifacts {
	struct nsv_arena arena;
	struct nsv_definition **list; /* sorted by name after nsv_definitions_finish() */
	size_t n, room;
	struct nsv_artifact_name *names; /* with aliases, sorted */
	size_t n_names;
	size_t texts, bytes, files;
	char path[NSV_ARTIFACT_PATH];
	char sha256[NSV_SHA_HEX]; /* of the files' bytes, one after the other, by their names */
};

struct nsv_artifacts *nsv_definitions_new(void);
/* Takes one definition, which lies in the arena. */
int nsv_definitions_add(struct nsv_artifacts *a, struct nsv_definition *d);
/* Sorts. -EEXIST: two have one name, which is *ret_name. */
int nsv_definitions_finish(struct nsv_artifacts *a, const char **ret_name);
/* By name, or by alias; NULL: none. */
const struct nsv_definition *nsv_definitions_find(const struct nsv_artifacts *a, const char *name);
/* Its place among nsv_artifacts.list; -1: none. */
ssize_t nsv_definitions_index(const struct nsv_artifacts *a, const char *name);

#endif
