/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * patterns.h - many patterns of paths at once, for a walk. Of each folder it is remembered which
 * patterns may match below it, so that a name costs only these. What was found is counted for each
 * tally, to which any number of patterns belong. No locks: one thread may ask, another one count.
 */
#ifndef NSV_COLLECT_PATTERNS_H
#define NSV_COLLECT_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "reach/match.h"

#define NSV_PATTERNS_MAX   65536
#define NSV_PATTERNS_BYTES ((size_t)16 << 20)

struct nsv_pattern {
	char *text;
	enum nsv_match_kind kind;
	uint32_t tally;
};

struct nsv_tally {
	uint64_t found, failed, left_out;
	uint64_t bytes;	    /* of files; a link or device counts as one */
	const char *reason; /* why something was left out; static */
};

/* Of the folder whose path is the first len bytes of at. */
struct nsv_pattern_level {
	size_t len;
	uint32_t *alive;
	size_t n;
};

#define NSV_PATTERN_LEVELS 64

/* Where a walk is: what one thread remembers. */
struct nsv_pattern_place {
	struct nsv_pattern_level levels[NSV_PATTERN_LEVELS];
	size_t n_levels;
	char *at; /* path of the deepest level */
	size_t at_room;
};

struct nsv_patterns {
	struct nsv_pattern *list;
	size_t n, room, bytes;
	struct nsv_tally *tallies;
	size_t n_tallies, tallies_room;
	struct nsv_pattern_place asked, met;
};

/* A new tally: its number, or -ENOMEM. Its address is good until the next one is added. */
int64_t nsv_patterns_tally(struct nsv_patterns *p);
/* Takes @text. 0; -E2BIG: there are too many; -ENOMEM. Not after the first question. */
int nsv_patterns_add(struct nsv_patterns *p, char *text_take, enum nsv_match_kind kind,
		     uint32_t tally);
/* Whether @path is asked for, or as NSV_MATCH_ABOVE something below it may be. */
enum nsv_match nsv_patterns_ask(struct nsv_patterns *p, const char *path);

enum nsv_found_as { NSV_FOUND_TAKEN, NSV_FOUND_FAILED, NSV_FOUND_LEFT_OUT };
/* Counts what a walk met. A folder counts only for patterns that mean trees. */
void nsv_patterns_met(struct nsv_patterns *p, const char *path, mode_t mode, uint64_t size,
		      enum nsv_found_as as, const char *reason);
void nsv_patterns_free(struct nsv_patterns *p);

#endif
