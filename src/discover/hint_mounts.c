/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint_mounts.c - where on the host the files lie that an engine mounted into a
 * container (proc_pid_mountinfo(5)). What a container mounted itself stands there
 * too: the paths are suggestions, checked by who walks them. Bounded; no locks.
 */
#include <stdio.h>
#include <string.h>

#include "discover/hints.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define MOUNTS_MAX ((size_t)1 << 19)

struct mount_line {
	char *device, *root, *target, *type, *options; /* unescaped, of the file system */
};

/* "\040" and such, in place: the kernel writes blanks, backslashes and newlines so. */
static void unescape(char *text)
{
	char *out = text;

	for (const char *in = text; *in; in++) {
		if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] >= '0' && in[2] <= '7' &&
		    in[3] >= '0' && in[3] <= '7') {
			*out++ = (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + (in[3] - '0'));
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
}

/* Cuts one line into @m; @line is changed. */
static bool split(char *line, struct mount_line *m)
{
	char *fields[6], *rest = line, *tail;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(fields); i++) {
		fields[i] = strsep(&rest, " ");
		if (!fields[i])
			return false;
	}
	/* Optional fields, none or several, then "-". */
	do {
		tail = strsep(&rest, " ");
	} while (tail && strcmp(tail, "-") != 0);
	m->type = strsep(&rest, " ");
	if (!tail || !m->type || !strsep(&rest, " ") || !rest)
		return false;
	m->options = rest;
	m->device = fields[2];
	m->root = fields[3];
	m->target = fields[4];
	unescape(m->root);
	unescape(m->target);
	return true;
}

static char *read_mounts(int procfs, const char *name)
{
	nsv_autofree char *text = malloc(MOUNTS_MAX);

	if (!text || nsv_read_text(procfs, name, text, MOUNTS_MAX) <= 0)
		return NULL;
	return nsv_steal_ptr(text);
}

/* The topmost mount on @target; *ret points into @text. */
static bool find_target(char *text, const char *target, struct mount_line *ret)
{
	bool found = false;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		struct mount_line m;

		if (split(line, &m) && strcmp(m.target, target) == 0) {
			*ret = m;
			found = true;
		}
	}
	return found;
}

/* What lies at @path of the device, seen from here: by the first of our mounts that shows it. */
static char *seen_from_here(struct nsv_hints *h, const char *device, const char *path)
{
	nsv_autofree char *copy = NULL;
	char *rest, *line;

	if (!h->mounts)
		h->mounts = read_mounts(h->scan->procfs, "self/mountinfo");
	copy = h->mounts ? strdup(h->mounts) : NULL;
	rest = copy;
	while (rest && (line = strsep(&rest, "\n"))) {
		struct mount_line m;
		const char *below = path;
		char *out;

		if (!split(line, &m) || strcmp(m.device, device) != 0)
			continue;
		if (strcmp(m.root, "/") != 0) {
			size_t len = strlen(m.root);

			if (strncmp(path, m.root, len) != 0 || path[len] != '/')
				continue;
			below = path + len;
		}
		if (asprintf(&out, "%s%s", strcmp(m.target, "/") == 0 ? "" : m.target, below) < 0)
			return NULL;
		return out;
	}
	return NULL;
}

static char *mounts_of(const struct nsv_hints *h, const struct nsv_container *c)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%d/mountinfo", c->pid);
	return read_mounts(h->scan->procfs, name);
}

char *nsv_hint_mounted_from(struct nsv_hints *h, const struct nsv_container *c, const char *target)
{
	nsv_autofree char *text = mounts_of(h, c);
	struct mount_line m;

	if (!text || !find_target(text, target, &m))
		return NULL;
	return seen_from_here(h, m.device, m.root);
}

char *nsv_hint_upper(struct nsv_hints *h, const struct nsv_container *c)
{
	nsv_autofree char *text = mounts_of(h, c);
	struct mount_line m;
	char *option;

	if (!text || !find_target(text, "/", &m) || strcmp(m.type, "overlay") != 0)
		return NULL;
	while ((option = strsep(&m.options, ","))) {
		if (strncmp(option, "upperdir=/", 10) == 0) {
			unescape(option);
			return strdup(option + 9);
		}
	}
	return NULL;
}
