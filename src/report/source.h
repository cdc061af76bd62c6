/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source.h - the members of a package that a report is made of, each as one text in memory: what
 * does not fit there is a mapped file that has no name. Hostile input. No locks: one thread.
 */
#ifndef NSV_REPORT_SOURCE_H
#define NSV_REPORT_SOURCE_H

#include <nsview/collect.h>

#include "base/json_walk.h"
#include "collect/verify/kept.h"

enum nsv_source_member {
	NSV_SOURCE_COLLECTION,
	NSV_SOURCE_CONTAINER,
	NSV_SOURCE_PROCESSES,
	NSV_SOURCE_NETWORK,
	NSV_SOURCE_MOUNTS,
	NSV_SOURCE_CHANGES,
	NSV_SOURCE_MEMORY,
	NSV_SOURCE_FILES,
	NSV_SOURCE_TIMELINE,
	NSV_SOURCE_LOG,
	NSV_SOURCE_PASSWD,
	NSV_SOURCE_SHADOW,
	NSV_SOURCE_PRELOAD,
	NSV_SOURCE_SIGNATURE,
	NSV_SOURCE_MINISIGN,
	NSV_SOURCES,
};

struct nsv_source {
	struct nsv_kept kept[NSV_SOURCES];
	struct {
		const char *at; /* NULL: it is not there, or it is empty */
		size_t len;
		void *map; /* munmap(2) takes it back */
	} texts[NSV_SOURCES];
	struct nsv_json json[NSV_SOURCES]; /* of those that are one value */
	bool bad[NSV_SOURCES];		   /* it is there, and no JSON or cut */
	struct nsv_verify_result verified;
};

/* Before the reader is confined. */
void nsv_source_init(struct nsv_source *s, struct nsv_package_reader *r);
/* Verifies the package, and has its texts from then on. 0 or -errno. */
int nsv_source_read(struct nsv_source *s, struct nsv_package_reader *r, struct nsv_error *e);
/* The same for texts that were put into s->kept by other means. */
int nsv_source_map(struct nsv_source *s);
void nsv_source_free(struct nsv_source *s);

#endif
