/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * match.c - patterns of paths. The work is bounded by the number of "**", of which a pattern has
 * few, and by the depth that each may take: a container chooses only the path.
 */
#include "match.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define DEEPEST		64 /* levels that "**" reaches */
#define ARTIFACT_LEVELS 10

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

/* How many components "**" or "**N" at the beginning of @pattern stands for, at most. */
static unsigned long reach(const char *pattern, size_t len, enum nsv_match_kind kind)
{
	unsigned long most = kind == NSV_MATCH_TREES ? DEEPEST : ARTIFACT_LEVELS;

	if (len > 2)
		most = strtoul(pattern + 2, NULL, 10);
	return nsv_min(most, (unsigned long)DEEPEST);
}

/* A pattern that ends in "**". */
static enum nsv_match match_end(const char *path, unsigned long most, enum nsv_match_kind kind)
{
	if (!*path)
		return NSV_MATCH_ABOVE;
	if (kind != NSV_MATCH_ARTIFACT_EXACTLY)
		return NSV_MATCH_YES;
	for (unsigned long i = 0; i < most && *path; i++)
		path = next(path);
	return *path ? NSV_MATCH_NO : NSV_MATCH_YES;
}

static enum nsv_match match(const char *pattern, const char *path, enum nsv_match_kind kind,
			    unsigned stars)
{
	while (*pattern) {
		size_t len = component(pattern);

		if (len >= 2 && pattern[0] == '*' && pattern[1] == '*') {
			unsigned long most = reach(pattern, len, kind);
			const char *rest = next(pattern);
			enum nsv_match best = NSV_MATCH_NO;

			if (!*rest)
				return match_end(path, most, kind);
			if (stars == 0)
				return NSV_MATCH_YES;
			for (unsigned long i = 0; i <= most && best != NSV_MATCH_YES; i++) {
				enum nsv_match m = match(rest, path, kind, stars - 1);

				best = m > best ? m : best;
				if (!*path)
					return best;
				path = next(path);
			}
			return best;
		}
		if (!*path)
			return NSV_MATCH_ABOVE;
		if (!matches(pattern, len, path, component(path)))
			return NSV_MATCH_NO;
		pattern = next(pattern);
		path = next(path);
	}
	return *path && kind == NSV_MATCH_ARTIFACT_EXACTLY ? NSV_MATCH_NO : NSV_MATCH_YES;
}

enum nsv_match nsv_match_path(const char *pattern, const char *path, enum nsv_match_kind kind)
{
	while (*pattern == '/')
		pattern++;
	return match(pattern, path, kind, NSV_MATCH_STARS);
}
