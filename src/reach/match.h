/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* match.h - whole paths against shell patterns, component by component. No state. */
#ifndef NSV_REACH_MATCH_H
#define NSV_REACH_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nsv_match {
	NSV_MATCH_NO,
	NSV_MATCH_ABOVE, /* something below it may match */
	NSV_MATCH_YES,	 /* it, or a folder that it lies in, does */
};

/* What a pattern means. */
enum nsv_match_kind {
	NSV_MATCH_TREES,	    /* what matches, and all that is in it; "**" has no end */
	NSV_MATCH_ARTIFACT_TREES,   /* likewise, but "**" is ten levels */
	NSV_MATCH_ARTIFACT_EXACTLY, /* what matches itself, and "**" is ten levels */
	NSV_MATCH_GLOB, /* what matches itself; only a "." in the pattern matches one at the
			   beginning of a name; "**3" is not special */
};

#define NSV_MATCH_LEVELS 64 /* of folders, which a "**" may stand for */

/*
 * "*", "?" and "[...]" stay within a component, "**" stands for any number of them, also none,
 * "**3" for 3 at most. At the end "**" is one component at least. No slash at the beginning of
 * @path. In ForensicArtifacts "**" without a number is up to each reader: plaso has ten levels, GRR
 * three.
 */
enum nsv_match nsv_match_path(const char *pattern, const char *path, enum nsv_match_kind kind);

/* ---- the same step by step, for a walk that goes where a pattern leads ---- */

#define NSV_MATCH_ALIVE 64 /* a pattern with more components may match too much */

/* Where in a pattern what is left of it begins. */
struct nsv_match_at {
	uint32_t at;
	uint8_t left;  /* at a "**": how many levels more */
	bool by_stars; /* the last name was one of a "**" */
};

/* After a number of names: what may come, and whether the path so far matches. */
struct nsv_match_state {
	struct nsv_match_at list[NSV_MATCH_ALIVE];
	unsigned n;
	bool yes;
};

/* @pattern is shorter than 4 GiB. */
void nsv_match_begin(const char *pattern, enum nsv_match_kind kind, struct nsv_match_state *ret);
/* @ret is what @from is after one more name. */
void nsv_match_step(const char *pattern, enum nsv_match_kind kind,
		    const struct nsv_match_state *from, const char *name, size_t len,
		    struct nsv_match_state *ret);
/* The last name is a symbolic link, below which a "**" does not reach. */
void nsv_match_link(struct nsv_match_state *s);
/* The component of a pattern at @at: its length. "**" sets *ret_stars. */
size_t nsv_match_component(const char *at, enum nsv_match_kind kind, bool *ret_stars);

#endif
