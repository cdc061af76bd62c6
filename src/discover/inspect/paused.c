/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* paused.c - reads the state of the freezer, of both versions of cgroups. See paused.h. */
#include <errno.h>

#include "discover/inspect/paused.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reach/beneath.h"
#include "reach/cgroup_mount.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define CONTROLLER "freezer"

/* Opens the folder of the cgroup @path, or an -errno. */
static int open_group(struct nsv_pauses *p, unsigned version, const char *path)
{
	struct nsv_pause_mount *m = &p->mounts[version - 1];
	nsv_autofd int other = NSV_FD_NONE;
	size_t prefix = 0;
	int top = m->fd, fd;

	if (m->missing)
		return -ENOENT;
	if (top < 0) {
		top = other = nsv_cgroup_open_mount(p->procfs, version, CONTROLLER, path, &prefix);
		if (top < 0) {
			m->missing = top == -ENOENT;
			return top;
		}
		/* It has all paths: the table of mounts is read once for all containers. */
		if (prefix == 0)
			m->fd = nsv_steal_fd(&other);
	}
	path += prefix;
	path += strspn(path, "/");
	if (!*path)
		return -ENOENT;
	fd = open_beneath(top, path, O_PATH | O_DIRECTORY);
	if (fd >= 0 && !nsv_is_cgroup(fd, version))
		nsv_close_p(&fd);
	return fd;
}

/* What one version says. */
static int ask(struct nsv_pauses *p, unsigned version, const char *cgroups)
{
	nsv_autofree char *path = nsv_cgroup_find_path(cgroups, version, CONTROLLER);
	nsv_autofd int group = NSV_FD_NONE;
	char text[256];
	ssize_t n;

	if (!path || nsv_cgroup_climbs(path) || strcmp(path, "/") == 0)
		return -ENOENT;
	group = open_group(p, version, path);
	if (group < 0)
		return group;
	n = nsv_read_text(group, version == 2 ? "cgroup.events" : "freezer.state", text,
			  sizeof(text));
	if (n < 0)
		return (int)n;
	return version == 2 ? strstr(text, "frozen 1") != NULL : strncmp(text, "FROZEN", 6) == 0;
}

int nsv_paused(struct nsv_pauses *p, const char *dir)
{
	nsv_autofree char *heap = NULL;
	const char *text;
	char small[4096];
	int one, two;
	ssize_t n = nsv_process_text(p->procfs, dir, "cgroup", small, sizeof(small), &text, &heap);

	if (n < 0)
		return (int)n;
	one = ask(p, 1, text);
	if (one == 1)
		return 1;
	two = ask(p, 2, text);
	return two >= 0 ? two : one >= 0 ? one : two;
}

void nsv_pauses_done(struct nsv_pauses *p)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(p->mounts); i++)
		nsv_close_p(&p->mounts[i].fd);
}
