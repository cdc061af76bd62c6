/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscat_watch.c - has inotify(7) report what may change the file that a path leads to.
 *
 * The path is walked name by name, as the container's root confines it. A folder is watched before
 * a name is looked up in it, so a change after the look-up is reported. Nothing that was found is
 * read here: nsview/root.h opens the file. An inotify watch keeps no mount busy.
 *
 * Defends against: links that lead in circles, endless paths, FIFOs and devices (only opened with
 * O_PATH), file systems of servers (never asked for a watch: those report no changes of others).
 * No state, no locks.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/procfs_fd.h"
#include "base/util.h"
#include "nscat.h"

#define MAX_WATCHES 64 /* of one file; the container chooses how many links are on the way */
#define MAX_LINKS   40

#define FOLDER_EVENTS                                                                          \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | \
	 IN_ONLYDIR | IN_EXCL_UNLINK)
#define FILE_EVENTS (IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF)

/* Of linux/magic.h in newer releases, or in none. */
#define MAGIC_XFS      0x58465342
#define MAGIC_F2FS     0xF2F52010
#define MAGIC_BCACHEFS 0xCA451A4E
#define MAGIC_ZFS      0x2FC12FC1
#define MAGIC_EXFAT    0x2011BAB0

struct way {
	int inotify;
	struct nsv_root *root;
	struct tail_watches *watches;
	int dir;	 /* O_PATH of the folder at canonical */
	char *canonical; /* "" for the root */
	char *rest;
	unsigned links;
};

/* Whether each change of a file on @fd's file system is made by this kernel. */
static bool reports_changes(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	switch ((unsigned long)fs.f_type) {
	case EXT4_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case TMPFS_MAGIC:
	case RAMFS_MAGIC:
	case OVERLAYFS_SUPER_MAGIC:
	case REISERFS_SUPER_MAGIC:
	case MSDOS_SUPER_MAGIC:
	case SQUASHFS_MAGIC:
	case ISOFS_SUPER_MAGIC:
	case MAGIC_XFS:
	case MAGIC_F2FS:
	case MAGIC_BCACHEFS:
	case MAGIC_ZFS:
	case MAGIC_EXFAT:
		return true;
	default:
		return false;
	}
}

static void add_watch(struct way *w, int fd, const char *name, size_t len)
{
	struct tail_watches *s = w->watches;
	char link[32];
	int wd;

	if (w->inotify < 0 || s->n == MAX_WATCHES || !reports_changes(fd)) {
		s->incomplete = true;
		return;
	}
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(w->inotify, link, name ? FOLDER_EVENTS : FILE_EVENTS);
	if (wd < 0) {
		s->incomplete = true;
		return;
	}
	s->list[s->n] = (struct tail_watch){ .wd = wd, .name = name ? strndup(name, len) : NULL };
	if (name && !s->list[s->n].name)
		cli_no_memory();
	s->n++;
}

static bool go_to(struct way *w, char *canonical_take)
{
	free(w->canonical);
	w->canonical = canonical_take;
	nsv_close(w->dir);
	w->dir = nsv_root_open_path(w->root, *w->canonical ? w->canonical : "/", NSV_ROOT_NOFOLLOW,
				    NULL);
	return w->dir >= 0;
}

/* Never the folder's own "..", as in reach/resolve.c. */
static bool go_up(struct way *w)
{
	char *slash = strrchr(w->canonical, '/');
	char *up = strndup(w->canonical, slash ? (size_t)(slash - w->canonical) : 0);

	if (!up)
		cli_no_memory();
	return go_to(w, up);
}

/* Puts the text of the link at @fd before what is left of the path, which is @tail. */
static bool follow_link(struct way *w, int fd, const char *tail)
{
	char text[PATH_MAX];
	char *rest;
	ssize_t n = readlinkat(fd, "", text, sizeof(text) - 1);

	if (n <= 0 || ++w->links > MAX_LINKS)
		return false;
	text[n] = '\0';
	if (asprintf(&rest, "%s/%s", text, tail) < 0)
		cli_no_memory();
	free(w->rest);
	w->rest = rest;
	return *text != '/' || go_to(w, strdup(""));
}

/* Watches for @name and goes there. False where the way ends: at a file, or nowhere. */
static bool go_down(struct way *w, const char *name, const char *tail)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;
	char *longer;

	add_watch(w, w->dir, name, strlen(name));
	if (nsv_is_procfs(w->dir))
		return false;
	fd = openat(w->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	if (S_ISLNK(st.st_mode))
		return follow_link(w, fd, tail);
	if (S_ISREG(st.st_mode))
		add_watch(w, fd, NULL, 0);
	if (!S_ISDIR(st.st_mode))
		return false;
	if (asprintf(&longer, "%s/%s", w->canonical, name) < 0)
		cli_no_memory();
	free(w->canonical);
	w->canonical = longer;
	nsv_close(w->dir);
	w->dir = nsv_steal_fd(&fd);
	return true;
}

/* One name of the path. False at its end. */
static bool step(struct way *w)
{
	nsv_autofree char *name = NULL, *tail = NULL;
	const char *at = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(at, "/");

	if (len == 0 || w->watches->n == MAX_WATCHES)
		return false;
	name = strndup(at, len);
	tail = strdup(at + len);
	if (!name || !tail)
		cli_no_memory();
	(void)memmove(w->rest, tail, strlen(tail) + 1);
	if (strcmp(name, ".") == 0)
		return true;
	return strcmp(name, "..") == 0 ? go_up(w) : go_down(w, name, tail);
}

void tail_watch(int inotify, struct nsv_root *root, const char *path, struct tail_watches *ret)
{
	struct way w = { .inotify = inotify, .root = root, .watches = ret, .dir = NSV_FD_NONE };

	*ret = (struct tail_watches){ .list = calloc(MAX_WATCHES, sizeof(*ret->list)) };
	w.rest = strdup(path);
	w.canonical = NULL;
	if (!ret->list || !w.rest)
		cli_no_memory();
	if (go_to(&w, strdup("")))
		while (step(&w))
			;
	if (ret->n == MAX_WATCHES)
		ret->incomplete = true;
	free(w.rest);
	free(w.canonical);
	nsv_close(w.dir);
}

void tail_watches_free(struct tail_watches *watches)
{
	for (size_t i = 0; i < watches->n; i++)
		free(watches->list[i].name);
	free(watches->list);
	*watches = (struct tail_watches){ 0 };
}

bool tail_watches_have(const struct tail_watches *watches, int wd)
{
	for (size_t i = 0; i < watches->n; i++)
		if (watches->list[i].wd == wd)
			return true;
	return false;
}
