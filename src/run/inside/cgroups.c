/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroups.c - opens a process's control groups and moves processes into them.
 *
 * A container may rename and make groups below its own where they were delegated to it, so paths
 * from /proc/PID/cgroup are opened without links, below the mount of their hierarchy. No locks.
 */
#include "run/inside/cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reach/beneath.h"
#include "reach/mountinfo.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define TEXT_MAX (64 << 10)

/* One line of /proc/PID/cgroup: "4:cpu,cpuacct:/path", v2 is "0::/path". */
struct line {
	const char *controllers, *path;
};

static bool next_line(char **rest, struct line *ret)
{
	char *line;

	while ((line = strsep(rest, "\n"))) {
		char *at = line;

		if (!strsep(&at, ":") || !at)
			continue;
		ret->controllers = strsep(&at, ":");
		if (!at || *at != '/')
			continue;
		ret->path = at;
		return true;
	}
	return false;
}

/* Whether the comma-separated list @options has @word, of @len bytes. */
static bool has_option(const char *options, const char *word, size_t len)
{
	for (const char *at = options; *at; at += strcspn(at, ","), at += *at == ',')
		if (strcspn(at, ",") == len && strncmp(at, word, len) == 0)
			return true;
	return false;
}

static bool is_of(const struct nsv_mount_line *m, const char *controllers)
{
	size_t len = strcspn(controllers, ",");

	if (!*controllers)
		return strcmp(m->type, "cgroup2") == 0;
	return strcmp(m->type, "cgroup") == 0 && has_option(m->super, controllers, len);
}

/* O_PATH of the top of the hierarchy, mounted here as a whole. */
static int open_hierarchy(int procfs, const char *controllers)
{
	nsv_automountinfo struct nsv_mountinfo table;
	struct nsv_mount_line m;
	int r = nsv_mountinfo_open(&table, procfs, "self", NSV_MOUNTINFO_MAX);

	while (r >= 0 && (r = nsv_mountinfo_next(&table, &m)) > 0)
		if (is_of(&m, controllers) && strcmp(m.root, "/") == 0) {
			int fd = open(m.point, O_PATH | O_DIRECTORY | O_CLOEXEC);

			if (fd >= 0)
				return fd;
		}
	return r < 0 ? r : -ENOENT;
}

static int open_in(int top, const char *path, const char *file, int flags)
{
	char whole[4096];
	int len = snprintf(whole, sizeof(whole), ".%s/%s", path, file);

	if (len < 0 || (size_t)len >= sizeof(whole))
		return -ENAMETOOLONG;
	return open_beneath(top, whole, flags);
}

static bool says(int top, const char *path, const char *file, const char *text)
{
	nsv_autofd int fd = open_in(top, path, file, O_RDONLY);
	char buf[256];
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	buf[n > 0 ? n : 0] = '\0';
	return n > 0 && strstr(buf, text);
}

/* "freezer.state" tells of the groups above, too; so does "frozen" in v2. */
static bool is_frozen(int top, const struct line *l)
{
	if (!*l->controllers)
		return says(top, l->path, "cgroup.events", "frozen 1");
	if (!has_option(l->controllers, "freezer", 7))
		return false;
	return says(top, l->path, "freezer.state", "FROZEN") ||
	       says(top, l->path, "freezer.state", "FREEZING");
}

static int frozen(struct nsv_error *e)
{
	return nsv_error_set(e, EBUSY, NSV_STAGE_ENTER,
			     "the container is paused: nothing starts in it before it goes on");
}

/* The path of this process in the hierarchy. */
static const char *own_path(char *text, const char *controllers, char **ret_copy)
{
	char *rest = *ret_copy = strdup(text);
	struct line l;

	while (rest && next_line(&rest, &l))
		if (strcmp(l.controllers, controllers) == 0)
			return l.path;
	return "";
}

static int open_one(int procfs, const struct line *l, char *own_text, struct nsv_cgroups *g,
		    struct nsv_error *e)
{
	nsv_autofree char *copy = NULL;
	const char *own = own_path(own_text, l->controllers, &copy);
	struct nsv_cgroup *c = &g->list[g->n];
	nsv_autofd int top = NSV_FD_NONE;

	top = open_hierarchy(procfs, l->controllers);
	if (top >= 0 && is_frozen(top, l))
		return frozen(e);
	if (strcmp(own, l->path) == 0)
		return 0;
	if (top < 0)
		return nsv_error_set(e, -top, NSV_STAGE_ENTER,
				     "its cgroup %s%s is mounted nowhere here", l->controllers,
				     l->path);
	if (g->n == NSV_CGROUPS_MAX)
		return nsv_error_set(e, E2BIG, NSV_STAGE_ENTER, "too many cgroup hierarchies");
	c->counts = !*l->controllers || has_option(l->controllers, "pids", 4);
	c->own = NSV_FD_NONE;
	c->procs = open_in(top, l->path, "cgroup.procs", O_WRONLY);
	if (c->procs < 0)
		return nsv_error_set(e, -c->procs, NSV_STAGE_ENTER,
				     "no process can be put into its cgroup %s%s: %s",
				     l->controllers, l->path, strerror(-c->procs));
	if (c->counts)
		c->own = open_in(top, own, "cgroup.procs", O_WRONLY);
	g->n++;
	return 0;
}

static int each(int procfs, int procdir, struct nsv_cgroups *g, struct nsv_error *e)
{
	nsv_autofree char *text = malloc(TEXT_MAX);
	nsv_autofree char *own = malloc(TEXT_MAX);
	char *rest = text;
	struct line l;
	ssize_t n;
	int r = 0;

	if (!text || !own)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_ENTER, "out of memory");
	n = nsv_read_text(procdir, "cgroup", text, TEXT_MAX);
	if (n >= 0)
		n = nsv_read_text(procfs, "self/cgroup", own, TEXT_MAX);
	if (n < 0)
		return nsv_error_set(e, (int)-n, NSV_STAGE_ENTER, "its cgroups: %s",
				     strerror((int)-n));
	while (r == 0 && next_line(&rest, &l)) {
		nsv_autofd int top = NSV_FD_NONE;

		if (g) {
			r = open_one(procfs, &l, own, g, e);
			continue;
		}
		top = open_hierarchy(procfs, l.controllers);
		if (top >= 0 && is_frozen(top, &l))
			r = frozen(e);
	}
	return r;
}

int nsv_cgroups_open(int procfs, int procdir, struct nsv_cgroups *ret, struct nsv_error *e)
{
	struct nsv_cgroups g = { .n = 0 };
	int r = each(procfs, procdir, &g, e);

	if (r < 0)
		nsv_cgroups_close(&g);
	else
		*ret = g;
	return r;
}

int nsv_cgroups_frozen(int procfs, int procdir, struct nsv_error *e)
{
	return each(procfs, procdir, NULL, e);
}

void nsv_cgroups_close(struct nsv_cgroups *g)
{
	for (size_t i = 0; i < g->n; i++) {
		nsv_close(g->list[i].procs);
		nsv_close(g->list[i].own);
	}
	g->n = 0;
}

static int put(int fd, pid_t pid)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", (int)pid);

	return write(fd, text, (size_t)len) == len ? 0 : -errno;
}

int nsv_cgroups_enter(const struct nsv_cgroups *g, pid_t pid, bool count_only)
{
	int r = 0;

	for (size_t i = 0; i < g->n && r == 0; i++)
		if (!count_only || g->list[i].counts)
			r = put(g->list[i].procs, pid);
	return r;
}

int nsv_cgroups_leave(const struct nsv_cgroups *g, pid_t pid)
{
	int r = 0;

	for (size_t i = 0; i < g->n && r == 0; i++)
		if (g->list[i].counts)
			r = g->list[i].own < 0 ? g->list[i].own : put(g->list[i].own, pid);
	return r;
}
