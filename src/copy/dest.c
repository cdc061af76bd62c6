/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dest.c - resolves DEST by cp's rules and opens it. Only this file and dest_host.c resolve paths
 * of the destination.
 *
 * In a container DEST is resolved below its root. Files are renamed to the last name, so that name
 * must not be a link: a link to a file is replaced by its target first, and a dangling link is
 * refused, as by cp.
 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

static int refuse(struct nsv_error *e, int err, const char *text)
{
	return nsv_error_set(e, err, NSV_STAGE_WRITE, "%s", text);
}

static int inside_parent(struct nsv_root *root, const char *path, struct nsv_dest *d,
			 struct nsv_error *e)
{
	const char *name;
	size_t len;

	d->dirfd = nsv_root_open_parent(root, path, &name, &len, e);
	if (d->dirfd < 0)
		return d->dirfd;
	d->name = strndup(name, len);
	return d->name ? 0 : nsv_err(e, ENOMEM, NSV_STAGE_WRITE);
}

static int inside_existing(const struct nsv_copy *c, const char *path, int fd, bool many,
			   struct nsv_dest *d, struct nsv_error *e)
{
	struct nsv_root *root = c->o.to;
	nsv_autofree char *real = NULL;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	if (S_ISDIR(st.st_mode)) {
		d->is_dir = true;
		d->dirfd = nsv_reopen(fd, NULL, e);
		return d->dirfd < 0 ? d->dirfd : 0;
	}
	if (many)
		return refuse(e, ENOTDIR, nsv_dest_no_dir(c, true));
	if (!S_ISREG(st.st_mode) && !nsv_has(c, NSV_COPY_FORCE) && !c->o.backup)
		return refuse(e, ENODEV, "is a device, FIFO or socket: not written to");
	/* With a backup a link is what gets the backup's name, as with cp. */
	if (c->o.backup)
		return inside_parent(root, path, d, e);
	r = nsv_root_canonical(root, path, 0, &real, e);
	return r < 0 ? r : inside_parent(root, real, d, e);
}

static int inside_dest(const struct nsv_copy *c, const char *path, bool many, struct nsv_dest *d,
		       struct nsv_error *e)
{
	struct nsv_root *root = c->o.to;
	nsv_autofd int fd = nsv_root_open_path(root, path, 0, e);
	nsv_autofd int link = NSV_FD_NONE;
	nsv_autofree char *plain = strdup(path);
	size_t len = strlen(path);

	if (fd >= 0)
		return inside_existing(c, path, fd, many, d, e);
	if (fd != -ENOENT || !plain)
		return fd;
	while (len > 1 && plain[len - 1] == '/')
		plain[--len] = '\0';
	link = nsv_root_open_path(root, plain, NSV_ROOT_NOFOLLOW, NULL);
	if (link >= 0 && !c->o.backup)
		return refuse(e, ENOENT, "a link to nothing is not written through");
	if (many)
		return refuse(e, ENOENT, nsv_dest_no_dir(c, false));
	return inside_parent(root, path, d, e);
}

/* Whether @path names a link; with a slash at its end it names what the link leads to. */
static bool is_link(struct nsv_root *root, const char *path)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;

	if (path[strlen(path) - 1] == '/')
		return false;
	fd = root ? nsv_root_open_path(root, path, NSV_ROOT_NOFOLLOW, NULL)
		  : open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);
}

int nsv_dest_open(const struct nsv_copy *c, const char *path, bool many, struct nsv_dest *ret,
		  struct nsv_error *e)
{
	size_t len = strlen(path);
	struct nsv_dest d = { .dirfd = NSV_FD_NONE, .stream = NSV_FD_NONE };
	int r;

	if (!len)
		return refuse(e, ENOENT, "an empty path");
	d.text = strdup(path);
	if (!d.text)
		return nsv_err(e, ENOMEM, NSV_STAGE_WRITE);
	r = c->o.to ? inside_dest(c, path, many, &d, e) : nsv_dest_host(c, path, many, &d, e);
	if (r < 0) {
		nsv_dest_close(&d);
		return r;
	}
	d.want_dir = !d.is_dir && path[len - 1] == '/';
	d.by_link = d.is_dir && nsv_has(c, NSV_COPY_NO_TARGET_DIR) && is_link(c->o.to, path);
	*ret = d;
	return 0;
}

void nsv_dest_close(struct nsv_dest *d)
{
	nsv_close_p(&d->dirfd);
	nsv_close_p(&d->stream);
	nsv_free_p(&d->name);
	nsv_free_p(&d->text);
}

int nsv_open_beneath(int base, const char *path, const char **ret_name)
{
	nsv_autofd int dir = fcntl(base, F_DUPFD_CLOEXEC, 3);
	char name[NAME_MAX * 4 + 1];

	while (dir >= 0) {
		size_t len = strcspn(path, "/");
		int next;

		if (!path[len]) {
			*ret_name = path;
			return nsv_steal_fd(&dir);
		}
		if (len >= sizeof(name))
			return -ENAMETOOLONG;
		memcpy(name, path, len);
		name[len] = '\0';
		next = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		nsv_close(dir);
		dir = next;
		path += len + 1;
	}
	return -errno;
}
