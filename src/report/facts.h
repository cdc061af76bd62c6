/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts.h - what a report knows of the container as a whole: its processes, its mounts, when it
 * began, what its engine allows. Bounded: of more processes and mounts than the limits below the
 * first count. No locks: one thread.
 */
#ifndef NSV_REPORT_FACTS_H
#define NSV_REPORT_FACTS_H

#include "report/fact.h"
#include "report/source.h"

#define NSV_FACTS_PROCESSES ((size_t)1 << 16)
#define NSV_FACTS_MOUNTS    ((size_t)1 << 10)

struct nsv_process_fact {
	struct nsv_json json;
	int64_t pid, ppid, inside, uid;
	int64_t started; /* microseconds since 1970; INT64_MIN: unknown */
	char name[32];
	char exe[24];	      /* the last component, cut */
	uint32_t first, next; /* the first child and the next one of the same parent, + 1 */
	uint32_t depth;
	bool placed; /* in the tree */
};

struct nsv_mount_fact {
	struct nsv_json json;
	char *target, *type, *root, *source;
	char device[24];
	bool kernel; /* it was skipped as such */
};

struct nsv_facts {
	const struct nsv_source *s;
	char engine[NSV_FACT_NAME];
	bool userns; /* its users are mapped: capabilities count inside only */
	int64_t started, collected;
	uint64_t caps; /* that the engine gives by default */
	bool caps_known;
	struct nsv_process_fact *processes; /* ascending by PID */
	uint32_t *tree;			    /* their order as a tree: parents first */
	size_t n_processes, more_processes;
	struct nsv_mount_fact *mounts;
	size_t n_mounts, more_mounts;
	bool has_changes; /* against the image, by changes.json */
	bool has_files;
};

int nsv_facts_read(struct nsv_facts *f, const struct nsv_source *s);
void nsv_facts_free(struct nsv_facts *f);
const struct nsv_process_fact *nsv_facts_process(const struct nsv_facts *f, int64_t pid);
/* The lines of a member that is none or many values of JSON. */
struct nsv_lines nsv_facts_lines(const struct nsv_source *s, enum nsv_source_member member);
/* The mount that @path lies in: the longest target; NULL: unknown. */
const struct nsv_mount_fact *nsv_facts_mount(const struct nsv_facts *f, const char *path);
/* Capabilities by their names, as bits. */
uint64_t nsv_facts_caps(struct nsv_json names);
/* The last component of a path, without " (deleted)" from where on *ret_len says. */
const char *nsv_facts_base(const char *path, size_t *ret_len);

#endif
