/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * patterns.c - see patterns.h. What is remembered of folders only leaves patterns out that can't
 * match; where memory is short all are tried. A container chooses how deep its folders are: below
 * NSV_PATTERN_LEVELS of them nothing more is remembered.
 */
#include "collect/patterns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reach/util.h"

int64_t nsv_patterns_tally(struct nsv_patterns *p)
{
	if (p->n_tallies == p->tallies_room) {
		size_t room = p->tallies_room ? p->tallies_room * 2 : 64;
		struct nsv_tally *more = reallocarray(p->tallies, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		p->tallies = more;
		p->tallies_room = room;
	}
	p->tallies[p->n_tallies] = (struct nsv_tally){ 0 };
	return (int64_t)p->n_tallies++;
}

int nsv_patterns_add(struct nsv_patterns *p, char *text_take, enum nsv_match_kind kind,
		     uint32_t tally)
{
	nsv_autofree char *text = text_take;
	size_t len = strlen(text);

	if (p->n == NSV_PATTERNS_MAX || len > NSV_PATTERNS_BYTES - p->bytes)
		return -E2BIG;
	if (p->n == p->room) {
		size_t room = p->room ? p->room * 2 : 64;
		struct nsv_pattern *more = reallocarray(p->list, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		p->list = more;
		p->room = room;
	}
	p->list[p->n++] = (struct nsv_pattern){ nsv_steal_ptr(text), kind, tally };
	p->bytes += len;
	return 0;
}

/* ---- which patterns are alive in a folder ---- */

/* The length of the folder that @path lies in; 0 at the top. */
static size_t folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

static void drop_levels(struct nsv_pattern_place *w, size_t n)
{
	while (w->n_levels > n)
		free(w->levels[--w->n_levels].alive);
}

static bool is_within(const struct nsv_pattern_place *w, size_t i, const char *folder, size_t len)
{
	size_t n = w->levels[i].len;

	return n == 0 ||
	       (n <= len && memcmp(w->at, folder, n) == 0 && (n == len || folder[n] == '/'));
}

static const struct nsv_pattern *alive_at(const struct nsv_patterns *p,
					  const struct nsv_pattern_level *level, size_t i)
{
	return &p->list[level ? level->alive[i] : i];
}

/* Remembers one more folder; false: it can't. */
static bool add_level(const struct nsv_patterns *p, struct nsv_pattern_place *w, const char *folder,
		      size_t len)
{
	const struct nsv_pattern_level *above = w->n_levels ? &w->levels[w->n_levels - 1] : NULL;
	size_t n = above ? above->n : p->n;
	struct nsv_pattern_level level = { .len = len };

	if (len + 1 > w->at_room) {
		char *more = realloc(w->at, len + 256);

		if (!more)
			return false;
		w->at = more;
		w->at_room = len + 256;
	}
	level.alive = calloc(n + 1, sizeof(*level.alive));
	if (!level.alive)
		return false;
	memcpy(w->at, folder, len);
	w->at[len] = '\0';
	for (size_t i = 0; i < n; i++) {
		const struct nsv_pattern *pattern = alive_at(p, above, i);

		if (nsv_match_path(pattern->text, w->at, pattern->kind) != NSV_MATCH_NO)
			level.alive[level.n++] = (uint32_t)(pattern - p->list);
	}
	w->levels[w->n_levels++] = level;
	return true;
}

/* The level of the folder that @path lies in, or of one above; NULL: all patterns are to be tried.
 */
static const struct nsv_pattern_level *level_of(const struct nsv_patterns *p,
						struct nsv_pattern_place *w, const char *path)
{
	size_t len = folder_len(path), n = w->n_levels;

	while (n > 0 && !is_within(w, n - 1, path, len))
		n--;
	drop_levels(w, n);
	if ((n == 0 || w->levels[n - 1].len != len) && n < NSV_PATTERN_LEVELS)
		(void)add_level(p, w, path, len);
	return w->n_levels ? &w->levels[w->n_levels - 1] : NULL;
}

/* ---- questions ---- */

enum nsv_match nsv_patterns_ask(struct nsv_patterns *p, const char *path)
{
	enum nsv_match best = NSV_MATCH_NO;
	const struct nsv_pattern_level *level = level_of(p, &p->asked, path);
	size_t n = level ? level->n : p->n;

	for (size_t i = 0; i < n && best != NSV_MATCH_YES; i++) {
		const struct nsv_pattern *pattern = alive_at(p, level, i);
		enum nsv_match m = nsv_match_path(pattern->text, path, pattern->kind);

		best = m > best ? m : best;
	}
	return best;
}

void nsv_patterns_met(struct nsv_patterns *p, const char *path, mode_t mode, uint64_t size,
		      enum nsv_found_as as, const char *reason)
{
	const struct nsv_pattern_level *level = level_of(p, &p->met, path);
	size_t n = level ? level->n : p->n;

	for (size_t i = 0; i < n; i++) {
		const struct nsv_pattern *pattern = alive_at(p, level, i);
		struct nsv_tally *tally = &p->tallies[pattern->tally];

		if ((S_ISDIR(mode) && pattern->kind == NSV_MATCH_ARTIFACT_EXACTLY) ||
		    nsv_match_path(pattern->text, path, pattern->kind) != NSV_MATCH_YES)
			continue;
		if (as == NSV_FOUND_TAKEN) {
			tally->found++;
			tally->bytes += S_ISREG(mode) ? size : S_ISDIR(mode) ? 0 : 1;
		} else if (as == NSV_FOUND_FAILED) {
			tally->failed++;
		} else {
			tally->left_out++;
			tally->reason = reason;
		}
	}
}

void nsv_patterns_free(struct nsv_patterns *p)
{
	drop_levels(&p->asked, 0);
	drop_levels(&p->met, 0);
	for (size_t i = 0; i < p->n; i++)
		free(p->list[i].text);
	free(p->list);
	free(p->tallies);
	free(p->asked.at);
	free(p->met.at);
	*p = (struct nsv_patterns){ 0 };
}
