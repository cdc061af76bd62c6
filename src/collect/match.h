/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* match.h - whole paths against shell patterns, component by component. No state. */
#ifndef NSV_COLLECT_MATCH_H
#define NSV_COLLECT_MATCH_H

enum nsv_match {
	NSV_MATCH_NO,
	NSV_MATCH_ABOVE, /* something below it may match */
	NSV_MATCH_YES,	 /* it, or a folder that it lies in, does */
};

/*
 * "*", "?" and "[...]" stay within a component, "**" stands for any number of them, also none,
 * "**3" for 3 at most. No slash at the beginning of @path.
 */
enum nsv_match nsv_match_path(const char *pattern, const char *path);

#endif
