/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* match.h - whole paths against shell patterns, component by component. No state. */
#ifndef NSV_REACH_MATCH_H
#define NSV_REACH_MATCH_H

#define NSV_MATCH_STARS 3 /* "**" in the midst of a pattern: with more all is taken */

enum nsv_match {
	NSV_MATCH_NO,
	NSV_MATCH_ABOVE, /* something below it may match */
	NSV_MATCH_YES,	 /* it, or a folder that it lies in, does */
};

/* What a pattern means. */
enum nsv_match_kind {
	NSV_MATCH_TREES,	   /* what matches, and all that is in it; "**" has no end */
	NSV_MATCH_ARTIFACT_TREES,  /* likewise, but "**" is ten levels */
	NSV_MATCH_ARTIFACT_EXACTLY /* what matches itself, and "**" is ten levels */
};

/*
 * "*", "?" and "[...]" stay within a component, "**" stands for any number of them, also none,
 * "**3" for 3 at most. At the end "**" is one component at least. No slash at the beginning of
 * @path. In ForensicArtifacts "**" without a number is up to each reader: plaso has ten levels, GRR
 * three.
 */
enum nsv_match nsv_match_path(const char *pattern, const char *path, enum nsv_match_kind kind);

#endif
