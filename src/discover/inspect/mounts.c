/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounts.c - lists the mounts of the process's mount namespace (reach/mountinfo.h), with the layers
 * of overlays. The container chooses paths, sources and options; the table's size is bounded. No
 * locks.
 */
#include <errno.h>
#include <string.h>

#include "discover/inspect/inspector.h"
#include "reach/mountinfo.h"

/* Room for 100,000 mounts (sysctl fs.mount-max) with lines of ordinary length. */
#define MOUNTINFO_MAX ((size_t)32 * 1024 * 1024)

/* An unescaped copy in the arena. */
static const char *keep(struct nsv_inspector *in, const char *text, size_t len)
{
	char *copy = nsv_arena_strn(&in->arena, text, len);

	return copy ? nsv_mount_unescape(copy) : NULL;
}

/* The value of @key in an option, or NULL. */
static const char *value_of(const char *option, size_t len, const char *key, size_t *ret_len)
{
	size_t key_len = strlen(key);

	if (len < key_len || memcmp(option, key, key_len) != 0)
		return NULL;
	*ret_len = len - key_len;
	return option + key_len;
}

/*
 * Takes the layers of an overlay. Newer kernels may print one lowerdir+= for each lower layer:
 * these are joined by ":" in a buffer as long as the options, so the work is linear.
 */
static int take_layers(struct nsv_inspector *in, struct nsv_mount *m, const char *options)
{
	char *lower = nsv_arena_alloc(&in->arena, strlen(options) + 1), *end = lower;
	size_t len, n;

	if (!lower)
		return -ENOMEM;
	for (; *options; options += len, options += *options == ',') {
		const char *value;

		len = strcspn(options, ",");
		if ((value = value_of(options, len, "upperdir=", &n))) {
			m->upper = keep(in, value, n);
		} else if ((value = value_of(options, len, "workdir=", &n))) {
			m->work = keep(in, value, n);
		} else if ((value = value_of(options, len, "lowerdir=", &n)) ||
			   (value = value_of(options, len, "lowerdir+=", &n))) {
			if (end != lower)
				*end++ = ':';
			memcpy(end, value, n);
			end += n;
		}
	}
	*end = '\0';
	m->lower = end != lower ? nsv_mount_unescape(lower) : NULL;
	return 0;
}

static int take_line(struct nsv_inspector *in, const struct nsv_mount_line *line,
		     struct nsv_mount *ret)
{
	struct nsv_mount m = {
		.root = nsv_arena_str(&in->arena, line->root),
		.target = nsv_arena_str(&in->arena, line->point),
		.options = nsv_arena_str(&in->arena, line->options),
		.type = nsv_arena_str(&in->arena, line->type),
		.source = nsv_arena_str(&in->arena, line->source),
		.super_options = keep(in, line->super, strlen(line->super)),
	};
	int r = 0;

	if (!m.root || !m.target || !m.options || !m.type || !m.source || !m.super_options)
		return -ENOMEM;
	if (strcmp(m.type, "overlay") == 0)
		r = take_layers(in, &m, line->super);
	*ret = m;
	return r;
}

int nsv_mounts_take(struct nsv_inspector *in, struct nsv_mountinfo *table)
{
	struct nsv_mount *list = NULL;
	struct nsv_mount_line line;
	size_t room = 0;
	int r;

	while ((r = nsv_mountinfo_next(table, &line)) > 0) {
		list = nsv_inspect_grow(in, list, in->i.n_mounts, &room, sizeof(*list));
		r = list ? take_line(in, &line, &list[in->i.n_mounts]) : -ENOMEM;
		if (r < 0)
			return r;
		in->i.n_mounts++;
		in->lists.mounts = list;
	}
	if (r < 0 && r != -ENOMEM)
		r = nsv_inspect_missing(in, "mounts", r,
					r == -E2BIG
					    ? "more than 32 MiB of them: the rest is left out"
					    : NULL);
	for (size_t n = 0; r == 0 && n < table->bad; n++)
		r = nsv_inspect_missing(in, "mounts", 0, "a line that was not understood");
	return r;
}

int nsv_inspect_mounts(struct nsv_inspector *in)
{
	nsv_automountinfo struct nsv_mountinfo table;
	int r = nsv_mountinfo_open(&table, in->target->procdir, ".", MOUNTINFO_MAX);

	return r < 0 ? nsv_inspect_missing(in, "mounts", r, NULL) : nsv_mounts_take(in, &table);
}
