/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glob.c - goes through the folders that a pattern leads to, with a stack of paths and not of calls
 * or fds. A folder is open only while it is listed, as an fd keeps the container from unmounting.
 * Each path is visited once. Defends against folders without end by limits, against loops of links
 * by match.h, which lets no "**" follow one. No locks.
 */
#include "glob.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "match.h"
#include "util.h"
#include "wildcard.h"

#define CLOCK_EACH 1024 /* names */

/* A folder yet to be visited, and where in the pattern it is. */
struct folder {
	char *path; /* behind the list */
	bool is_link;
	unsigned n;
	struct nsv_match_at list[];
};

struct search {
	struct nsv_root *root;
	const char *pattern;
	const struct nsv_glob_limits *limits;
	struct nsv_glob *found;
	struct nsv_error *e;
	struct folder **stack;
	size_t n, room;
	size_t names;
	int64_t since;	/* ms */
	bool only_dirs; /* the pattern ends in a slash */
};

/* ---- what is found, and what is still to be visited ---- */

static int too_much(struct search *s, const char *what)
{
	return nsv_error_set(s->e, E2BIG, NSV_STAGE_PATH, "the pattern %s", what);
}

static int no_memory(struct search *s)
{
	return nsv_error_set(s->e, ENOMEM, NSV_STAGE_PATH, "%s", strerror(ENOMEM));
}

static int take_memory(struct search *s, size_t bytes)
{
	s->found->memory += bytes + 2 * sizeof(size_t);
	return s->found->memory > s->limits->memory ? too_much(s, "matches too many files") : 0;
}

static void give_back(struct search *s, size_t bytes)
{
	s->found->memory -= bytes + 2 * sizeof(size_t);
}

static int grow(struct search *s, void *list, size_t n, size_t *room)
{
	void **p = list;
	size_t more = *room ? *room * 2 : 64;
	void *bigger;

	if (n < *room)
		return 0;
	bigger = reallocarray(*p, more, sizeof(void *));
	if (!bigger)
		return no_memory(s);
	*p = bigger;
	*room = more;
	return 0;
}

static int add_found(struct search *s, const char *path)
{
	struct nsv_glob *g = s->found;
	char *text;
	int r = grow(s, &g->list, g->n, &g->room);

	if (r == 0)
		r = take_memory(s, strlen(path) + 2 + sizeof(char *));
	if (r < 0)
		return r;
	if (asprintf(&text, "%s%s", path, s->only_dirs ? "/" : "") < 0)
		return no_memory(s);
	g->list[g->n++] = text;
	return 0;
}

static size_t size_of(unsigned n, const char *path)
{
	return sizeof(struct folder) + n * sizeof(struct nsv_match_at) + strlen(path) + 1;
}

static int push(struct search *s, const char *path, const struct nsv_match_state *state,
		bool is_link)
{
	size_t size = size_of(state->n, path);
	struct folder *f;
	int r = grow(s, &s->stack, s->n, &s->room);

	if (r == 0)
		r = take_memory(s, size);
	if (r < 0)
		return r;
	f = malloc(size);
	if (!f)
		return no_memory(s);
	f->is_link = is_link;
	f->n = state->n;
	memcpy(f->list, state->list, state->n * sizeof(*f->list));
	f->path = (char *)&f->list[f->n];
	(void)memcpy(f->path, path, strlen(path) + 1);
	s->stack[s->n++] = f;
	return 0;
}

/* What is gone, or is no folder, does not match: it may have been one when it was found. */
static bool is_no_match(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ELOOP || r == -ENAMETOOLONG;
}

static int unread(struct search *s, const char *path, int r)
{
	if (is_no_match(r))
		return 0;
	if (s->found->unread++ == 0) {
		s->found->first_unread = strdup(*path ? path : "/");
		s->found->unread_errno = -r;
		if (!s->found->first_unread)
			return no_memory(s);
	}
	return 0;
}

/* ---- one name ---- */

static char *join(const char *folder, const char *name, size_t len)
{
	size_t end = strlen(folder);
	char *path;

	/* "" is the root where the pattern has no slash at its beginning. */
	if (asprintf(&path, "%s%s%.*s", folder, end && folder[end - 1] != '/' ? "/" : "", (int)len,
		     name) < 0)
		return NULL;
	return path;
}

/* Whether there is a file, or with @dir a directory or a link to one. */
static bool is_there(struct search *s, const char *path, bool dir, int *ret_error)
{
	nsv_autofree char *slash = NULL;
	nsv_autofd int fd = NSV_FD_NONE;

	if (dir && asprintf(&slash, "%s/", path) < 0) {
		*ret_error = -ENOMEM;
		return false;
	}
	fd = nsv_root_open_path(s->root, dir ? slash : path, dir ? 0 : NSV_ROOT_NOFOLLOW, NULL);
	*ret_error = fd < 0 ? fd : 0;
	return fd >= 0;
}

static int add_if_there(struct search *s, const char *path)
{
	int r;

	return is_there(s, path, s->only_dirs, &r) ? add_found(s, path) : unread(s, path, r);
}

static unsigned type_of(int dirfd, const struct dirent *d)
{
	struct stat st;

	if (d->d_type != DT_UNKNOWN)
		return d->d_type;
	if (fstatat(dirfd, d->d_name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		return DT_UNKNOWN;
	return IFTODT(st.st_mode);
}

static int on_name(struct search *s, const struct folder *f, const struct nsv_match_state *state,
		   int dirfd, const struct dirent *d)
{
	struct nsv_match_state then;
	nsv_autofree char *path = NULL;
	unsigned type;
	int r = 0;

	nsv_match_step(s->pattern, NSV_MATCH_GLOB, state, d->d_name, strlen(d->d_name), &then);
	if (!then.yes && !then.n)
		return 0;
	path = join(f->path, d->d_name, strlen(d->d_name));
	if (!path)
		return no_memory(s);
	type = type_of(dirfd, d);
	if (then.yes && (!s->only_dirs || type == DT_DIR))
		r = add_found(s, path);
	else if (then.yes && type == DT_LNK)
		r = add_if_there(s, path);
	if (type == DT_LNK)
		nsv_match_link(&then);
	if (r == 0 && then.n && (type == DT_DIR || type == DT_LNK))
		r = push(s, path, &then, type == DT_LNK);
	return r;
}

/* ---- one folder ---- */

static int count_name(struct search *s)
{
	if (s->names++ == s->limits->names)
		return too_much(s, "leads to too many names");
	if (s->names % CLOCK_EACH == 0 && nsv_now_ms() - s->since > s->limits->ms)
		return too_much(s, "takes too long to look for");
	return 0;
}

static int list(struct search *s, const struct folder *f, const struct nsv_match_state *state)
{
	int fd = nsv_root_open_dir(s->root, *f->path ? f->path : "/",
				   f->is_link ? 0 : NSV_ROOT_NOFOLLOW, NULL);
	const struct dirent *d;
	DIR *dir;
	int r = count_name(s);

	if (r < 0 || fd < 0) {
		nsv_close(fd);
		return r < 0 ? r : unread(s, f->path, fd);
	}
	dir = fdopendir(fd);
	if (!dir) {
		nsv_close(fd);
		return no_memory(s);
	}
	while (r == 0 && (errno = 0, d = readdir(dir))) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		r = count_name(s);
		if (r == 0)
			r = on_name(s, f, state, fd, d);
	}
	if (r == 0 && errno)
		r = unread(s, f->path, -errno);
	(void)closedir(dir);
	return r;
}

/* The components that may come, where none of them has a wildcard. */
static bool are_literal(const struct search *s, const struct nsv_match_state *state)
{
	for (unsigned i = 0; i < state->n; i++) {
		const char *at = s->pattern + state->list[i].at;
		bool stars;
		size_t len = nsv_match_component(at, NSV_MATCH_GLOB, &stars);

		if (stars || nsv_wildcard_in(at, len))
			return false;
	}
	return true;
}

static int look_up(struct search *s, const struct folder *f, const struct nsv_match_state *state,
		   unsigned i)
{
	const char *at = s->pattern + state->list[i].at;
	struct nsv_match_state then;
	nsv_autofree char *name = NULL;
	nsv_autofree char *path = NULL;
	bool stars;
	size_t len = nsv_match_component(at, NSV_MATCH_GLOB, &stars);
	int r;

	name = strndup(at, len);
	if (!name)
		return no_memory(s);
	len = nsv_wildcard_unescape(name, len);
	nsv_match_step(s->pattern, NSV_MATCH_GLOB, state, name, len, &then);
	path = join(f->path, name, len);
	if (!path)
		return no_memory(s);
	r = count_name(s);
	if (r == 0 && then.yes)
		r = add_if_there(s, path);
	if (r == 0 && then.n)
		r = push(s, path, &then, true);
	return r;
}

static bool is_same(const struct search *s, const struct nsv_match_state *state, unsigned a,
		    unsigned b)
{
	const char *x = s->pattern + state->list[a].at, *y = s->pattern + state->list[b].at;
	bool stars;
	size_t len = nsv_match_component(x, NSV_MATCH_GLOB, &stars);

	return nsv_match_component(y, NSV_MATCH_GLOB, &stars) == len && memcmp(x, y, len) == 0;
}

static int visit(struct search *s, const struct folder *f)
{
	struct nsv_match_state state;
	int r = 0;

	state.n = f->n;
	state.yes = false;
	memcpy(state.list, f->list, f->n * sizeof(*f->list));
	if (!are_literal(s, &state))
		return list(s, f, &state);
	for (unsigned i = 0; i < state.n && r == 0; i++) {
		bool had = false;

		for (unsigned k = 0; k < i; k++)
			had = had || is_same(s, &state, k, i);
		r = had ? 0 : look_up(s, f, &state, i);
	}
	return r;
}

/* ---- the whole ---- */

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t components(const char *pattern)
{
	size_t n = 0;

	while (*(pattern += strspn(pattern, "/"))) {
		pattern += strcspn(pattern, "/");
		n++;
	}
	return n;
}

bool nsv_glob_is_pattern(const char *path)
{
	for (; *path; path += strcspn(path, "/"), path += *path == '/')
		if (nsv_wildcard_in(path, strcspn(path, "/")))
			return true;
	return false;
}

int nsv_glob_expand(struct nsv_root *root, const char *pattern,
		    const struct nsv_glob_limits *limits, struct nsv_glob *ret, struct nsv_error *e)
{
	struct search s = {
		.root = root,
		.pattern = pattern,
		.limits = limits,
		.found = ret,
		.e = e,
		.since = nsv_now_ms(),
	};
	struct nsv_match_state state;
	size_t len = strlen(pattern);
	int r;

	if (components(pattern) > NSV_MATCH_ALIVE || len > UINT16_MAX)
		return nsv_error_set(e, ENAMETOOLONG, NSV_STAGE_PATH, "%s", strerror(ENAMETOOLONG));
	s.only_dirs = len && pattern[len - 1] == '/';
	nsv_match_begin(pattern, NSV_MATCH_GLOB, &state);
	r = push(&s, *pattern == '/' ? "/" : "", &state, true);
	while (s.n) {
		struct folder *f = s.stack[--s.n];

		if (r == 0)
			r = visit(&s, f);
		give_back(&s, size_of(f->n, f->path));
		free(f);
	}
	free(s.stack);
	if (r == 0 && ret->n)
		qsort(ret->list, ret->n, sizeof(*ret->list), by_bytes);
	return r;
}

void nsv_glob_free(struct nsv_glob *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->list[i]);
	free(g->list);
	free(g->first_unread);
	*g = (struct nsv_glob){ 0 };
}
