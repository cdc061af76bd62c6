/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dest_host.c - resolves a DEST on the host by cp's rules and opens it.
 *
 * Links in DEST are followed as cp follows them, but by this file, one at a time: each step checks
 * and uses the same open file.
 *
 * Defends against a local user's changes to a sticky folder like /tmp meanwhile: each name is
 * opened once, and another user's link or FIFO is an error even if fs.protected_symlinks and
 * fs.protected_fifos are off. As in the kernel, that rule holds for the last component only.
 */
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "internal.h"

#define MAX_LINKS 40 /* as the kernel */

/* The directory entry that the resolution has reached. */
struct look {
	int parent;    /* O_PATH, owned */
	bool force;    /* replace a FIFO or socket instead of writing to it */
	bool backs_up; /* a link to a file is replaced, not followed */
	bool dry;      /* open nothing for writing */
	char *name;    /* malloc'd; NULL: the path names parent itself */
};

static int refuse(struct nsv_error *e, int err, const char *text)
{
	return nsv_error_set(e, err, NSV_STAGE_WRITE, "%s", text);
}

static bool is_dots(const char *name)
{
	return !*name || !strcmp(name, ".") || !strcmp(name, "..");
}

/* Moves on to @path, relative to the current parent. */
static int look_at(struct look *l, const char *path, struct nsv_error *e)
{
	nsv_autofree char *dir = NULL;
	size_t end = strlen(path), start;
	int parent;

	while (end > 1 && path[end - 1] == '/')
		end--;
	start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	nsv_free_p(&l->name);
	l->name = strndup(path + start, end - start);
	if (l->name && is_dots(l->name)) {
		nsv_free_p(&l->name);
		dir = strdup(path);
	} else if (l->name) {
		dir = start ? strndup(path, start) : strdup(".");
	}
	if (!dir)
		return nsv_err(e, ENOMEM, NSV_STAGE_WRITE);
	parent = openat(l->parent, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	nsv_close(l->parent);
	l->parent = parent;
	return 0;
}

/* Applies the kernel's rules for links and FIFOs (may_follow_link), even with the sysctls off. */
static int check_owner(int parent, const struct stat *st, struct nsv_error *e)
{
	struct stat dir;

	if (fstat(parent, &dir) < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	if ((dir.st_mode & (S_ISVTX | S_IWOTH)) != (S_ISVTX | S_IWOTH) || st->st_uid == geteuid())
		return 0;
	/* All owners without a number in this user namespace show as the same one. */
	if (st->st_uid == dir.st_uid && st->st_uid != NSV_ID_NOBODY)
		return 0;
	return refuse(e, EACCES,
		      S_ISLNK(st->st_mode)
			  ? "another user's link in a sticky folder: not followed"
			  : "another user's FIFO in a sticky folder: not written to");
}

/* The fd that an entry of this process's /proc/self/fd stands for; -1 for any other entry. */
static int own_fd(const struct look *l)
{
	static const char *const places[] = { "/proc/self/fd", "/proc/thread-self/fd" };
	struct stat dir, own;
	char *end = NULL;
	long n = strtol(l->name, &end, 10);

	if (n < 0 || *end || end == l->name || n > INT32_MAX || fstat(l->parent, &dir) < 0)
		return -1;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(places); i++)
		if (stat(places[i], &own) == 0 && own.st_dev == dir.st_dev &&
		    own.st_ino == dir.st_ino)
			return (int)n;
	return -1;
}

/* Reopens @fd (O_PATH) for writing. A FIFO without a reader is an error: the open could block. */
static int open_stream(const struct look *l, int fd, const struct stat *st, struct nsv_dest *d,
		       struct nsv_error *e)
{
	char link[32];

	if (l->dry) {
		d->stream = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		return d->stream < 0 ? nsv_err(e, errno, NSV_STAGE_WRITE) : 0;
	}

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	d->stream = open(link, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC |
				   (S_ISREG(st->st_mode) ? O_TRUNC : 0));
	if (d->stream < 0 && errno == ENXIO)
		return refuse(e, ENXIO,
			      S_ISFIFO(st->st_mode) ? "is a FIFO that nobody reads"
						    : "is a socket or device: not written to");
	if (d->stream < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	(void)fcntl(d->stream, F_SETFL, fcntl(d->stream, F_GETFL) & ~O_NONBLOCK);
	return 0;
}

static int existing(struct look *l, int fd, const struct stat *st, struct nsv_dest *d,
		    struct nsv_error *e)
{
	if (S_ISDIR(st->st_mode)) {
		d->is_dir = true;
		d->dirfd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return d->dirfd < 0 ? nsv_err(e, errno, NSV_STAGE_WRITE) : 0;
	}
	if (!S_ISREG(st->st_mode) &&
	    !(l->force && (S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode)))) {
		int r = S_ISFIFO(st->st_mode) ? check_owner(l->parent, st, e) : 0;

		return r < 0 ? r : open_stream(l, fd, st, d, e);
	}
	d->dirfd = nsv_steal_fd(&l->parent);
	d->name = nsv_steal_ptr(l->name);
	return 0;
}

/*
 * A magic link of procfs leads to a file, not to a name. This process's own fd (/dev/stdout) is
 * used with its offset and O_APPEND: a new open would overwrite the beginning of a file that the
 * shell appends to.
 */
static int behind_proc(struct look *l, struct nsv_dest *d, struct nsv_error *e)
{
	int own = own_fd(l);
	int flags = own < 0 ? -1 : fcntl(own, F_GETFL);
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;

	if (flags >= 0 && !(flags & O_PATH) && (flags & O_ACCMODE) != O_RDONLY) {
		d->stream = fcntl(own, F_DUPFD_CLOEXEC, 3);
		return d->stream < 0 ? nsv_err(e, errno, NSV_STAGE_WRITE) : 0;
	}
	fd = openat(l->parent, l->name, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	return S_ISDIR(st.st_mode) ? existing(l, fd, &st, d, e) : open_stream(l, fd, &st, d, e);
}

static bool on_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static int to_nothing(struct nsv_error *e)
{
	return refuse(e, ENOENT, "a link to nothing is not written through");
}

static int follow(struct look *l, int link, struct nsv_error *e)
{
	char text[4097];
	ssize_t n = readlinkat(link, "", text, sizeof(text) - 1);
	int r;

	if (n < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	text[n] = '\0';
	r = look_at(l, text, e);
	return r == -ENOENT ? to_nothing(e) : r;
}

static bool is_dir_behind(const struct look *l)
{
	nsv_autofd int fd = openat(l->parent, l->name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0;
}

static int resolve(struct look *l, struct nsv_dest *d, struct nsv_error *e)
{
	for (int links = 0; links <= MAX_LINKS; links++) {
		nsv_autofd int fd =
		    l->name ? openat(l->parent, l->name, O_PATH | O_NOFOLLOW | O_CLOEXEC)
			    : fcntl(l->parent, F_DUPFD_CLOEXEC, 3);
		struct stat st;
		int r;

		if (fd < 0 && errno == ENOENT && links)
			return to_nothing(e);
		if (fd < 0 && errno == ENOENT) {
			d->dirfd = nsv_steal_fd(&l->parent);
			d->name = nsv_steal_ptr(l->name);
			return 0;
		}
		if (fd < 0 || fstat(fd, &st) < 0)
			return nsv_err(e, errno, NSV_STAGE_WRITE);
		if (!S_ISLNK(st.st_mode)) {
			r = existing(l, fd, &st, d, e);
			return r < 0 ? r : 1;
		}
		if (!links && l->backs_up && l->name && !is_dir_behind(l)) {
			d->dirfd = nsv_steal_fd(&l->parent);
			d->name = nsv_steal_ptr(l->name);
			return 1;
		}
		r = check_owner(l->parent, &st, e);
		if (r == 0 && l->name && on_procfs(fd)) {
			r = behind_proc(l, d, e);
			return r < 0 ? r : 1;
		}
		if (r == 0)
			r = follow(l, fd, e);
		if (r < 0)
			return r;
	}
	return nsv_err(e, ELOOP, NSV_STAGE_WRITE);
}

int nsv_dest_host(const struct nsv_copy *c, const char *path, bool many, struct nsv_dest *d,
		  struct nsv_error *e)
{
	struct look l = {
		.parent = AT_FDCWD,
		.force = nsv_has(c, NSV_COPY_FORCE) || c->o.backup,
		.backs_up = c->o.backup,
		.dry = nsv_has(c, NSV_COPY_DRY_RUN),
	};
	int r = look_at(&l, path, e);

	if (r == 0)
		r = resolve(&l, d, e);
	nsv_close(l.parent);
	free(l.name);
	if (r < 0)
		return r;
	if (r == 1 && !d->is_dir && path[strlen(path) - 1] == '/')
		return nsv_err(e, ENOTDIR, NSV_STAGE_WRITE);
	if (r == 1 && many && !d->is_dir)
		return refuse(e, ENOTDIR, nsv_dest_no_dir(c, true));
	if (r == 0 && many)
		return refuse(e, ENOENT, nsv_dest_no_dir(c, false));
	return 0;
}
