/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * expand.c - a list of wishes that grows while it is gone through: no recursion, each definition
 * once. Defends against groups that contain themselves, and against products of paths and users,
 * which x->add ends.
 */
#include "collect/artifacts/expand.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "reach/util.h"

#define PATTERN_MAX 16384
#define STARS_MAX   3 /* "**" in the midst of a path */

static int add_wish(struct nsv_wishes *w, const struct nsv_artifacts *a, const char *name,
		    uint32_t *ret)
{
	ssize_t at = nsv_definitions_index(a, name);

	if (at >= 0 && w->of_definition[at]) {
		*ret = w->of_definition[at] - 1;
		return 0;
	}
	if (w->n == w->room) {
		size_t room = w->room ? w->room * 2 : 64;
		struct nsv_wish *more = reallocarray(w->list, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		w->list = more;
		w->room = room;
	}
	*ret = (uint32_t)w->n;
	w->list[w->n++] =
	    (struct nsv_wish){ .name = name, .definition = at < 0 ? NULL : a->list[at] };
	if (at >= 0)
		w->of_definition[at] = *ret + 1;
	return 0;
}

static int add_edge(struct nsv_wishes *w, uint32_t group, uint32_t member)
{
	if (w->n_edges == w->edges_room) {
		size_t room = w->edges_room ? w->edges_room * 2 : 64;
		struct nsv_wish_edge *more = reallocarray(w->edges, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		w->edges = more;
		w->edges_room = room;
	}
	w->edges[w->n_edges++] = (struct nsv_wish_edge){ group, member };
	return 0;
}

/* ---- variables ---- */

/* The value of the variable @name, its name as long as @len; NULL: none. */
static const char *value_of(const struct nsv_user *u, const char *name, size_t len)
{
	const struct {
		const char *name, *value;
	} known[] = {
		{ "users.homedir", u->home },
		{ "users.username", u->name },
		{ "users.uid", u->uid },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(known); i++)
		if (strlen(known[i].name) == len && memcmp(known[i].name, name, len) == 0)
			return known[i].value;
	return NULL;
}

/* Replaces the variables; false: it gets too long, or one has no value. */
static bool substitute(const char *path, const struct nsv_user *u, char out[PATTERN_MAX])
{
	size_t n = 0;

	while (*path) {
		const char *end = path[0] == '%' && path[1] == '%' ? strstr(path + 2, "%%") : NULL;
		const char *value = path;
		size_t len = 1;

		if (end) {
			value = value_of(u, path + 2, (size_t)(end - path) - 2);
			if (!value)
				return false;
			len = strlen(value);
			path = end + 1;
		}
		if (len >= PATTERN_MAX - n)
			return false;
		memcpy(out + n, value, len);
		n += len;
		path++;
	}
	out[n] = '\0';
	return true;
}

enum needs { NEEDS_NOTHING, NEEDS_HOME, NEEDS_USER, NEEDS_UNKNOWN };

static enum needs needs_of(const char *path)
{
	enum needs needs = NEEDS_NOTHING;
	const char *end;

	while ((path = strstr(path, "%%")) && (end = strstr(path + 2, "%%"))) {
		size_t len = (size_t)(end - path) - 2;
		struct nsv_user any = { .name = (char *)"", .uid = (char *)"", .home = (char *)"" };

		if (!value_of(&any, path + 2, len))
			return NEEDS_UNKNOWN;
		if (len != strlen("users.homedir"))
			needs = NEEDS_USER;
		else if (needs == NEEDS_NOTHING)
			needs = NEEDS_HOME;
		path = end + 2;
	}
	return needs;
}

static unsigned count_stars(const char *pattern)
{
	unsigned n = 0;

	for (const char *p = pattern; (p = strstr(p, "/**")); p++)
		n++;
	return n;
}

/* ---- sources ---- */

static void leave_out(const struct nsv_expansion *x, struct nsv_wish *w,
		      const struct nsv_artifact_source *s, const char *path, const char *reason)
{
	if (!w->why)
		w->why = reason;
	x->left_out(x->data, w, s, path, reason);
}

/* 1: no more patterns are taken. */
static int add_pattern(const struct nsv_expansion *x, struct nsv_wishes *w, size_t i,
		       const struct nsv_artifact_source *s, const char *pattern)
{
	int r = x->add(x->data, i, pattern, s->kind == NSV_ARTIFACT_TREES);

	if (r == -E2BIG) {
		leave_out(x, &w->list[i], s, pattern, "too many paths are asked for");
		return 1;
	}
	return r;
}

static int expand_path(const struct nsv_expansion *x, struct nsv_wishes *w, size_t i,
		       const struct nsv_artifact_source *s, const char *path)
{
	enum needs needs = needs_of(path);
	char pattern[PATTERN_MAX];
	int r = 0;

	if (needs == NEEDS_UNKNOWN) {
		leave_out(x, &w->list[i], s, path, "a variable in it is not known here");
		return 0;
	}
	if (count_stars(path) > STARS_MAX) {
		leave_out(x, &w->list[i], s, path, "\"**\" is in it too often");
		return 0;
	}
	if (needs == NEEDS_NOTHING && *path != '/') {
		leave_out(x, &w->list[i], s, path, "no absolute path");
		return 0;
	}
	w->list[i].n_paths++;
	if (needs == NEEDS_NOTHING)
		return add_pattern(x, w, i, s, path);
	for (size_t k = 0; k < x->users->n && r == 0; k++) {
		const struct nsv_user *u = &x->users->list[k];

		if (needs == NEEDS_HOME && !u->first)
			continue;
		if (substitute(path, u, pattern) && *pattern == '/')
			r = add_pattern(x, w, i, s, pattern);
	}
	return r;
}

static int expand_group(const struct nsv_expansion *x, struct nsv_wishes *w, uint32_t i,
			const struct nsv_artifact_source *s)
{
	int r = 0;

	for (const struct nsv_texts *t = s->list; t && r == 0; t = t->next) {
		uint32_t member;

		r = add_wish(w, x->artifacts, t->text, &member);
		if (r == 0)
			r = add_edge(w, i, member);
	}
	return r;
}

static const char *why_not(const struct nsv_artifact_source *s)
{
	if (strcmp(s->type, "COMMAND") == 0)
		return "commands are never run";
	if (s->kind == NSV_ARTIFACT_NONE)
		return "no such source on Linux";
	if (s->kind != NSV_ARTIFACT_GROUP && s->has_separator)
		return "its separator is not \"/\"";
	return NULL;
}

static int expand_wish(const struct nsv_expansion *x, struct nsv_wishes *w, uint32_t i)
{
	const struct nsv_artifact_source *s = w->list[i].definition->sources;
	int r = 0;

	for (; s && r == 0; s = s->next) {
		const char *why = why_not(s);

		if (!s->is_linux)
			continue;
		if (why) {
			leave_out(x, &w->list[i], s, s->what, why);
			continue;
		}
		if (s->kind == NSV_ARTIFACT_GROUP) {
			r = expand_group(x, w, i, s);
			continue;
		}
		for (const struct nsv_texts *t = s->list; t && r == 0; t = t->next)
			r = expand_path(x, w, i, s, t->text);
	}
	return r < 0 ? r : 0;
}

int nsv_wishes_expand(const struct nsv_expansion *x, const char *const *names, size_t n,
		      struct nsv_wishes *ret)
{
	int r = 0;

	ret->of_definition = calloc(x->artifacts->n + 1, sizeof(*ret->of_definition));
	ret->asked = calloc(n + 1, sizeof(*ret->asked));
	if (!ret->of_definition || !ret->asked)
		return -ENOMEM;
	ret->n_asked = n;
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_wish(ret, x->artifacts, names[i], &ret->asked[i]);
	for (uint32_t i = 0; i < ret->n && r == 0; i++)
		if (ret->list[i].definition)
			r = expand_wish(x, ret, i);
	return r;
}

void nsv_wishes_free(struct nsv_wishes *w)
{
	free(w->list);
	free(w->edges);
	free(w->of_definition);
	free(w->asked);
	*w = (struct nsv_wishes){ 0 };
}
