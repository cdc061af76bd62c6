/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * item.c - opens one file, link or node of a source by the type that its fd shows, and says whether
 * the run wants it. No locks.
 */
#include "item.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "source.h"

#define TURNS 4

/* Opens a regular file for reading; -ELOOP, -EISDIR, -ENXIO, -ENODEV for any other type. */
static int open_source(const struct nsv_item *it, struct stat *st, struct nsv_error *e)
{
	nsv_autofd int fd = NSV_FD_NONE;

	if (it->pathfd >= 0)
		return nsv_reopen(it->pathfd, st, e);
	if (!it->follow)
		return nsv_open_file_at(it->dir->src, it->name, st, e);
	fd = nsv_source_follow(it->dir, it->name, e);
	return fd < 0 ? fd : nsv_reopen(fd, st, e);
}

/* Opens a link or node with O_PATH. */
static int open_look(const struct nsv_item *it, struct stat *st, struct nsv_error *e)
{
	nsv_autofd int fd = NSV_FD_NONE;

	if (it->pathfd >= 0)
		fd = fcntl(it->pathfd, F_DUPFD_CLOEXEC, 3);
	else if (it->follow)
		fd = nsv_source_follow(it->dir, it->name, e);
	else
		fd = openat(it->dir->src, it->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && it->follow)
		return fd;
	if (fd < 0 || fstat(fd, st) < 0)
		return nsv_err(e, errno, NSV_STAGE_READ);
	return nsv_steal_fd(&fd);
}

/* Whether a file on another mount is left out (Docker binds /etc/hosts). */
bool nsv_item_left_out(const struct nsv_item *it, int fd, const struct stat *st)
{
	struct nsv_source *s = it->dir->s;

	if (it->dir->is_arg)
		return false;
	if (nsv_has(s->c, NSV_COPY_ONE_MOUNT) && !it->follow &&
	    nsv_mount_id(fd, "", AT_EMPTY_PATH) != s->mnt_id) {
		nsv_count(s->c, NSV_N_EXCLUDED, 1);
		return true;
	}
	/* On an overlay each layer's files have another device. */
	if (s->on_kernel_fs || st->st_dev == it->dir->src_dev ||
	    st->st_dev == atomic_load_explicit(&s->plain_dev, memory_order_relaxed))
		return false;
	if (!nsv_on_kernel_fs(fd, NULL)) {
		atomic_store_explicit(&s->plain_dev, st->st_dev, memory_order_relaxed);
		return false;
	}
	nsv_tell(it->dir, it->name, NSV_COPY_EVENT_SKIPPED, "on a kernel file system");
	return true;
}

/* A kernel file that would block until an event (/proc/kmsg) fails with EAGAIN instead. */
static void never_wait(const struct nsv_item *it, int fd, const struct stat *st)
{
	if (st->st_size == 0 || it->dir->s->on_kernel_fs)
		(void)fcntl(fd, F_SETFL, O_NONBLOCK);
}

static bool is_another_kind(int r)
{
	return r == -ELOOP || r == -EISDIR || r == -ENXIO || r == -ENODEV;
}

int nsv_item_open(const struct nsv_item *it, bool *ret_file, struct stat *ret_st,
		  struct nsv_error *e)
{
	bool file = it->type == DT_REG || it->type == DT_UNKNOWN;

	for (int turn = 0; turn < TURNS; turn++, file = !file) {
		struct nsv_error own = NSV_ERROR_INIT;
		nsv_autofd int fd =
		    file ? open_source(it, ret_st, &own) : open_look(it, ret_st, &own);

		if (fd < 0 && file && is_another_kind(fd))
			continue;
		if (fd < 0) {
			*e = own;
			return fd;
		}
		if (S_ISDIR(ret_st->st_mode))
			break;
		if (S_ISREG(ret_st->st_mode) != file)
			continue;
		if (file)
			never_wait(it, fd, ret_st);
		*ret_file = file;
		return nsv_steal_fd(&fd);
	}
	return nsv_error_set(e, ESTALE, NSV_STAGE_READ,
			     "became another kind of file while it was looked at");
}

/* The message for a source that is a FIFO, socket or device: it names the option that copies one.
 */
static const char *left_out_text(const struct nsv_item *it, mode_t mode)
{
	if (S_ISCHR(mode) || S_ISBLK(mode))
		return "is a device: only --special copies it";
	/* On the host /dev/stdin may be an open socket. */
	if (S_ISSOCK(mode) && !it->dir->s->root)
		return "is a socket: it can't be read as a file";
	return "is a FIFO or socket: only -a or --special copies it";
}

/* Whether the run makes a file of this type; else the call has counted or reported it. */
bool nsv_item_wanted(const struct nsv_item *it, mode_t mode)
{
	struct nsv_copy *c = it->dir->s->c;
	bool device = S_ISCHR(mode) || S_ISBLK(mode);

	if (S_ISLNK(mode) ||
	    nsv_has(c, device ? NSV_COPY_SPECIAL : NSV_COPY_FIFOS | NSV_COPY_SPECIAL))
		return true;
	if (it->dir->is_arg)
		(void)nsv_fail_text(it->dir, it->name, device ? ENODEV : ENXIO, NSV_STAGE_READ,
				    left_out_text(it, mode));
	else
		nsv_count(c, NSV_N_NODES, 1);
	return false;
}

char *nsv_item_link_text(struct nsv_worker *w, const struct nsv_item *it, int fd)
{
	ssize_t n = readlinkat(fd, "", w->buf, NSV_BUFFER);
	char *text;

	if (n < 0 || (size_t)n == NSV_BUFFER) {
		(void)nsv_fail_text(it->dir, it->name, n < 0 ? errno : ENAMETOOLONG, NSV_STAGE_READ,
				    NULL);
		return NULL;
	}
	text = strndup(w->buf, (size_t)n);
	if (!text)
		(void)nsv_fail_text(it->dir, it->name, ENOMEM, NSV_STAGE_READ, NULL);
	return text;
}
