/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* freeze_group.c - finds, opens, reads and writes a cgroup of either version. See freeze_group.h.
 */
#include "collect/freeze_group.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reach/beneath.h"
#include "reach/cgroup_mount.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define CONTROLLER "freezer"

/* A container may be let make as many as it likes. */
#define GROUPS_MAX ((size_t)1 << 14)
#define IDS_MAX	   ((size_t)1 << 18)

/* ---- opening ---- */

static int open_file(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

/* Opens @g->path and its files below @g->mount. */
static int open_group(struct nsv_freeze_group *g)
{
	const char *rest = g->path + g->prefix;

	rest += strspn(rest, "/");
	if (!*rest)
		return -ENOENT;
	g->dir = open_beneath(g->mount, rest, O_PATH | O_DIRECTORY);
	if (g->dir < 0)
		return g->dir;
	if (!nsv_is_cgroup(g->dir, g->version))
		return -EXDEV;
	g->knob = open_file(g->dir, g->version == 2 ? "cgroup.freeze" : "freezer.state", O_RDWR);
	if (g->knob < 0)
		return g->knob;
	if (g->version == 2) {
		g->events = open_file(g->dir, "cgroup.events", O_RDONLY);
		return g->events < 0 ? g->events : 0;
	}
	g->asked = open_file(g->dir, "freezer.self_freezing", O_RDONLY);
	return g->asked < 0 ? g->asked : 0;
}

static int fail(struct nsv_error *e, int r, const struct nsv_freeze_group *g, const char *what)
{
	return nsv_error_set(e, -r, NSV_STAGE_NONE, "cgroup v%u %s: %s", g->version,
			     g->path ? g->path : "", what ? what : strerror(-r));
}

int nsv_freeze_group_open(struct nsv_freeze_group *g, unsigned version, int procfs, int procdir,
			  struct nsv_error *e)
{
	nsv_autofree char *heap = NULL;
	const char *text;
	char small[4096];
	ssize_t n = nsv_process_text(procdir, ".", "cgroup", small, sizeof(small), &text, &heap);
	int r;

	*g = (struct nsv_freeze_group)NSV_FREEZE_GROUP_INIT;
	g->version = version;
	if (n < 0)
		return fail(e, (int)n, g, NULL);
	g->path = nsv_cgroup_find_path(text, version, CONTROLLER);
	if (!g->path)
		return fail(e, -ENOENT, g, "there is no such hierarchy");
	if (nsv_cgroup_climbs(g->path))
		return fail(e, -ENOENT, g, "outside of this cgroup namespace");
	if (strcmp(g->path, "/") == 0)
		return fail(e, -ENOENT, g, "the top, which is the whole machine's");
	g->mount = nsv_cgroup_open_mount(procfs, version, CONTROLLER, g->path, &g->prefix);
	if (g->mount < 0)
		return fail(e, g->mount, g, g->mount == -ENOENT ? "it is not mounted here" : NULL);
	r = open_group(g);
	return r < 0 ? fail(e, r, g, NULL) : 0;
}

int nsv_freeze_group_up(const struct nsv_freeze_group *g, struct nsv_freeze_group *ret)
{
	struct nsv_freeze_group up = NSV_FREEZE_GROUP_INIT;
	const char *slash = strrchr(g->path, '/');
	int r;

	if (!slash || (size_t)(slash - g->path) <= g->prefix)
		return -ENOENT;
	up.version = g->version;
	up.prefix = g->prefix;
	up.path = strndup(g->path, (size_t)(slash - g->path));
	up.mount = fcntl(g->mount, F_DUPFD_CLOEXEC, 3);
	r = !up.path ? -ENOMEM : up.mount < 0 ? -errno : open_group(&up);
	if (r < 0)
		nsv_freeze_group_close(&up);
	else
		*ret = up;
	return r;
}

void nsv_freeze_group_close(struct nsv_freeze_group *g)
{
	nsv_free_p(&g->path);
	nsv_close_p(&g->mount);
	nsv_close_p(&g->dir);
	nsv_close_p(&g->knob);
	nsv_close_p(&g->asked);
	nsv_close_p(&g->events);
}

/* ---- what is in it ---- */

struct listing {
	pid_t *ids;
	size_t n_ids, room;
	char **folders; /* paths below the group that are to be read */
	size_t n_folders, folders_room, folders_seen;
};

static int add_id(struct listing *l, pid_t id)
{
	if (l->n_ids == IDS_MAX)
		return -E2BIG;
	if (l->n_ids == l->room) {
		size_t room = l->room ? l->room * 2 : 256;
		pid_t *ids = realloc(l->ids, room * sizeof(*ids));

		if (!ids)
			return -ENOMEM;
		l->ids = ids;
		l->room = room;
	}
	l->ids[l->n_ids++] = id;
	return 0;
}

static int add_folder(struct listing *l, const char *above, const char *name)
{
	char *path;

	if (l->folders_seen++ == GROUPS_MAX)
		return -E2BIG;
	if (l->n_folders == l->folders_room) {
		size_t room = l->folders_room ? l->folders_room * 2 : 16;
		char **folders = realloc(l->folders, room * sizeof(*folders));

		if (!folders)
			return -ENOMEM;
		l->folders = folders;
		l->folders_room = room;
	}
	if (asprintf(&path, "%s%s%s", above, *above ? "/" : "", name) < 0)
		return -ENOMEM;
	l->folders[l->n_folders++] = path;
	return 0;
}

static int read_ids(struct listing *l, int dir, const char *name)
{
	nsv_autofd int fd = open_file(dir, name, O_RDONLY);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char line[32];
	int r = 0;

	if (!f)
		return fd < 0 ? fd : -errno;
	(void)nsv_steal_fd(&fd);
	errno = 0;
	while (r == 0 && fgets(line, sizeof(line), f))
		r = add_id(l, (pid_t)strtol(line, NULL, 10));
	if (r == 0 && ferror(f))
		r = errno ? -errno : -EIO;
	(void)fclose(f);
	return r;
}

static int read_folder(const struct nsv_freeze_group *g, struct listing *l, const char *path)
{
	nsv_autofd int fd =
	    open_beneath(g->dir, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int r;

	if (!dir)
		return fd < 0 ? fd : -errno;
	(void)nsv_steal_fd(&fd);
	r = read_ids(l, dirfd(dir), g->version == 2 ? "cgroup.procs" : "tasks");
	/* A threaded cgroup: its processes stand in the one above (cgroups(7)). */
	if (r == -EOPNOTSUPP && *path)
		r = 0;
	while (r == 0 && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			r = add_folder(l, path, entry->d_name);
	(void)closedir(dir);
	return r;
}

int nsv_freeze_group_ids(const struct nsv_freeze_group *g, pid_t **ret, size_t *ret_n)
{
	struct listing l = { 0 };
	int r = read_folder(g, &l, "");

	while (r == 0 && l.n_folders) {
		nsv_autofree char *path = l.folders[--l.n_folders];

		r = read_folder(g, &l, path);
		if (r == -ENOENT || r == -ENODEV)
			r = 0; /* it was removed meanwhile */
	}
	while (l.n_folders)
		free(l.folders[--l.n_folders]);
	free(l.folders);
	if (r < 0) {
		free(l.ids);
		return r;
	}
	*ret = l.ids;
	*ret_n = l.n_ids;
	return 0;
}

/* ---- its state ---- */

/* The files of cgroups are rendered anew for each read from their beginning. */
static int read_at_start(int fd, char *buf, size_t size)
{
	ssize_t n;

	do
		n = pread(fd, buf, size - 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return 0;
}

int nsv_freeze_group_is_asked(const struct nsv_freeze_group *g)
{
	char text[16];
	int r = read_at_start(g->version == 2 ? g->knob : g->asked, text, sizeof(text));

	return r < 0 ? r : text[0] == '1';
}

int nsv_freeze_group_is_stopped(const struct nsv_freeze_group *g)
{
	char text[128];
	int r = read_at_start(g->version == 2 ? g->events : g->knob, text, sizeof(text));

	if (r < 0)
		return r;
	return g->version == 2 ? strstr(text, "frozen 1") != NULL : strncmp(text, "FROZEN", 6) == 0;
}

int nsv_freeze_group_ask(const struct nsv_freeze_group *g, bool freeze)
{
	const char *word = g->version == 2 ? (freeze ? "1" : "0") : freeze ? "FROZEN" : "THAWED";
	ssize_t n;

	do
		n = pwrite(g->knob, word, strlen(word), 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}
