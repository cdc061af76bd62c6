/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * match.c - patterns of paths. A state is the set of places in the pattern that a path may have
 * come to; a name takes each of them one further. So the work for a name is bounded by the number
 * of components of the pattern, however many "**" are among them: a container chooses only the
 * path.
 */
#include "match.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "wildcard.h"

#define ARTIFACT_LEVELS 10
#define DIGITS		"0123456789"

static size_t component(const char *s)
{
	return strcspn(s, "/");
}

static const char *next(const char *s)
{
	s += component(s);
	return s + strspn(s, "/");
}

size_t nsv_match_component(const char *at, enum nsv_match_kind kind, bool *ret_stars)
{
	size_t len = component(at);

	*ret_stars = len >= 2 && at[0] == '*' && at[1] == '*' &&
		     2 + (kind == NSV_MATCH_GLOB ? 0 : strspn(at + 2, DIGITS)) == len;
	return len;
}

/* How many components "**" or "**N" at the beginning of @at stands for, at most. */
static uint8_t levels(const char *at, size_t len, enum nsv_match_kind kind)
{
	unsigned long most =
	    kind == NSV_MATCH_TREES || kind == NSV_MATCH_GLOB ? NSV_MATCH_LEVELS : ARTIFACT_LEVELS;

	if (len > 2)
		most = strtoul(at + 2, NULL, 10);
	return (uint8_t)nsv_min(most, (unsigned long)NSV_MATCH_LEVELS);
}

static bool is_for_trees(enum nsv_match_kind kind)
{
	return kind == NSV_MATCH_TREES || kind == NSV_MATCH_ARTIFACT_TREES;
}

/* ---- states ---- */

static void put(struct nsv_match_state *s, const char *pattern, const char *at, uint8_t left,
		bool by_stars)
{
	uint32_t offset = (uint32_t)(at - pattern);

	for (unsigned i = 0; i < s->n; i++)
		if (s->list[i].at == offset) {
			s->list[i].left = left > s->list[i].left ? left : s->list[i].left;
			s->list[i].by_stars = s->list[i].by_stars && by_stars;
			return;
		}
	if (s->n == NSV_MATCH_ALIVE)
		s->yes = true;
	else
		s->list[s->n++] = (struct nsv_match_at){ offset, left, by_stars };
}

/* The path has come to @at, and, since "**" may be nothing, to what follows it. */
static void arrive(struct nsv_match_state *s, const char *pattern, enum nsv_match_kind kind,
		   const char *at, bool by_stars)
{
	while (*at) {
		bool stars;
		size_t len = nsv_match_component(at, kind, &stars);

		put(s, pattern, at, stars ? levels(at, len, kind) : 0, by_stars);
		if (!stars || !*next(at))
			return;
		at = next(at);
	}
	s->yes = true;
}

void nsv_match_begin(const char *pattern, enum nsv_match_kind kind, struct nsv_match_state *ret)
{
	ret->n = 0;
	ret->yes = false;
	arrive(ret, pattern, kind, pattern + strspn(pattern, "/"), false);
}

/* A "**" takes one more name. */
static void step_stars(struct nsv_match_state *s, const char *pattern, enum nsv_match_kind kind,
		       const struct nsv_match_at *from)
{
	const char *at = pattern + from->at;

	if (from->left > 1)
		put(s, pattern, at, from->left - 1, true);
	if (!*next(at))
		s->yes = s->yes || from->left || is_for_trees(kind);
	else if (from->left)
		arrive(s, pattern, kind, next(at), true);
}

void nsv_match_step(const char *pattern, enum nsv_match_kind kind,
		    const struct nsv_match_state *from, const char *name, size_t len,
		    struct nsv_match_state *ret)
{
	bool hidden = kind == NSV_MATCH_GLOB && *name == '.';

	ret->n = 0;
	ret->yes = from->yes && is_for_trees(kind);
	for (unsigned i = 0; i < from->n; i++) {
		const char *at = pattern + from->list[i].at;
		bool stars;
		size_t n = nsv_match_component(at, kind, &stars);

		if (stars) {
			if (!hidden)
				step_stars(ret, pattern, kind, &from->list[i]);
			continue;
		}
		if (hidden && *at != '.' && (at[0] != '\\' || at[1] != '.'))
			continue;
		if (nsv_wildcard_matches(at, n, name, len))
			arrive(ret, pattern, kind, next(at), false);
	}
}

void nsv_match_link(struct nsv_match_state *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++)
		if (!s->list[i].by_stars)
			s->list[n++] = s->list[i];
	s->n = n;
}

enum nsv_match nsv_match_path(const char *pattern, const char *path, enum nsv_match_kind kind)
{
	struct nsv_match_state states[2], *now = &states[0], *then = &states[1], *swap;

	nsv_match_begin(pattern, kind, now);
	for (; *path; path = next(path)) {
		if (now->yes && is_for_trees(kind))
			return NSV_MATCH_YES;
		if (now->n == 0)
			return NSV_MATCH_NO;
		nsv_match_step(pattern, kind, now, path, component(path), then);
		swap = now;
		now = then;
		then = swap;
	}
	if (now->yes)
		return NSV_MATCH_YES;
	return now->n ? NSV_MATCH_ABOVE : NSV_MATCH_NO;
}
