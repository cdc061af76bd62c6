/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint_mounts.c - where on the host the files lie that an engine mounted into a
 * container (proc_pid_mountinfo(5)). What a container mounted itself stands there
 * too: the paths are suggestions, checked by who walks them. Bounded; no locks.
 */
#include <stdio.h>
#include <string.h>

#include "discover/hints/hints.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define MOUNTS_MAX     ((size_t)1 << 19)
#define OUR_MOUNTS_MAX ((size_t)1 << 23) /* a line each for thousands of containers */

struct mount_line {
	char *id, *device, *root, *target, *type, *options; /* unescaped, of the file system */
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
	m->id = fields[0];
	m->device = fields[2];
	m->root = fields[3];
	m->target = fields[4];
	unescape(m->root);
	unescape(m->target);
	return true;
}

static char *read_mounts(int procfs, const char *name, size_t max)
{
	nsv_autofree char *text = malloc(max);

	if (!text || nsv_read_text(procfs, name, text, max) <= 0)
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

/* A copy, to be cut up. */
static char *our_mounts(struct nsv_hints *h)
{
	if (!h->mounts)
		h->mounts = read_mounts(h->scan->procfs, "self/mountinfo", OUR_MOUNTS_MAX);
	return h->mounts ? strdup(h->mounts) : NULL;
}

static bool is_served(const char *type)
{
	static const char *const served[] = { "fuse", "nfs", "nfs4", "cifs",  "smb3",
					      "9p",   "afs", "ceph", "autofs" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(served); i++) {
		if (strcmp(type, served[i]) == 0)
			return true;
	}
	return strncmp(type, "fuse.", 5) == 0;
}

bool nsv_hint_is_served(struct nsv_hints *h, uint64_t mnt_id)
{
	struct nsv_judged_mount *judged =
	    &h->judged[mnt_id % (sizeof(h->judged) / sizeof(h->judged[0]))];
	nsv_autofree char *copy = NULL;
	char *rest, *line;

	if (judged->known && judged->mnt_id == mnt_id)
		return judged->served;
	/* One that is not in the list came later: better not. A recorded list has other IDs. */
	*judged = (struct nsv_judged_mount){ mnt_id, true, !h->scan->recorded };
	copy = our_mounts(h);
	rest = copy;
	while (rest && (line = strsep(&rest, "\n"))) {
		struct mount_line m;
		uint64_t id;

		if (split(line, &m) && nsv_parse_u64(m.id, UINT64_MAX, &id) == 0 && id == mnt_id) {
			judged->served = is_served(m.type);
			break;
		}
	}
	return judged->served;
}

/* What lies at @path of the device, seen from here: by the first of our mounts that shows it. */
static char *seen_from_here(struct nsv_hints *h, const char *device, const char *path)
{
	nsv_autofree char *copy = NULL;
	char *rest, *line;

	copy = our_mounts(h);
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
	return read_mounts(h->scan->procfs, name, MOUNTS_MAX);
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
