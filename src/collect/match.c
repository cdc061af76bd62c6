/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * match.c - patterns of paths. The work is bounded by the number of "**", of which a pattern has
 * few, and by the depth that each may take: a container chooses only the path.
 */
#include "collect/match.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "reach/util.h"

#define DEEPEST 64 /* that "**" reaches */

static size_t component(const char *s)
{
	return strcspn(s, "/");
}

static const char *next(const char *s)
{
	s += component(s);
	return s + (*s == '/');
}

static bool matches(const char *pattern, size_t pattern_len, const char *name, size_t len)
{
	char p[256 + 1], n[NAME_MAX + 1];

	if (pattern_len >= sizeof(p) || len >= sizeof(n))
		return pattern_len == len && memcmp(pattern, name, len) == 0;
	memcpy(p, pattern, pattern_len);
	p[pattern_len] = '\0';
	memcpy(n, name, len);
	n[len] = '\0';
	return fnmatch(p, n, 0) == 0;
}

static enum nsv_match match(const char *pattern, const char *path, unsigned stars)
{
	while (*pattern) {
		size_t len = component(pattern);

		if (len >= 2 && pattern[0] == '*' && pattern[1] == '*') {
			unsigned long most = len > 2 ? strtoul(pattern + 2, NULL, 10) : DEEPEST;
			enum nsv_match best = NSV_MATCH_ABOVE;
			const char *rest = next(pattern);

			/* A pattern that ends so means all that is below. */
			if (!*rest)
				return *path ? NSV_MATCH_YES : NSV_MATCH_ABOVE;
			if (stars == 0)
				return NSV_MATCH_YES;
			for (unsigned long i = 0; i <= most && best != NSV_MATCH_YES; i++) {
				if (match(rest, path, stars - 1) == NSV_MATCH_YES)
					best = NSV_MATCH_YES;
				if (!*path)
					return best;
				path = next(path);
			}
			return best == NSV_MATCH_YES || !*path ? best : NSV_MATCH_NO;
		}
		if (!*path)
			return NSV_MATCH_ABOVE;
		if (!matches(pattern, len, path, component(path)))
			return NSV_MATCH_NO;
		pattern = next(pattern);
		path = next(path);
	}
	return NSV_MATCH_YES;
}

enum nsv_match nsv_match_path(const char *pattern, const char *path)
{
	while (*pattern == '/')
		pattern++;
	return match(pattern, path, 3);
}
