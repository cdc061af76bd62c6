/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* folder.c - a package that is a folder. See folder.h. */
#include "collect/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "copy/data.h"
#include "reach/util.h"

/* Opens the folder of a path, making what is missing; the last component in *ret_name. */
static int open_parent(struct nsv_folder *f, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	nsv_autofree char *parent = strndup(path, len);
	nsv_autofd int dir = NSV_FD_NONE;
	char *rest = parent, *name;

	*ret_name = slash ? slash + 1 : path;
	if (!parent)
		return -ENOMEM;
	if (f->dir_path && strcmp(f->dir_path, parent) == 0)
		return 0;
	nsv_free_p(&f->dir_path);
	f->dir_path = strdup(parent);
	f->made = 0;
	dir = fcntl(f->top, F_DUPFD_CLOEXEC, 3);
	while (dir >= 0 && len && (name = strsep(&rest, "/"))) {
		int next;

		if (mkdirat(dir, name, 0700) == 0)
			f->made++;
		else if (errno != EEXIST)
			return -errno;
		next = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		nsv_close(dir);
		dir = next;
	}
	if (dir < 0 || !f->dir_path) {
		nsv_free_p(&f->dir_path);
		return dir < 0 ? -errno : -ENOMEM;
	}
	nsv_close(f->dir);
	f->dir = nsv_steal_fd(&dir);
	return 0;
}

int nsv_folder_begin(struct nsv_folder *f, const struct nsv_entity *m)
{
	const char *name;
	int r;

	/* Devices and FIFOs have no place on a host: files.jsonl has them and their other names. */
	if (!S_ISREG(m->mode) && !S_ISDIR(m->mode) && !S_ISLNK(m->mode))
		return 0;
	r = open_parent(f, m->path, &name);
	if (r < 0)
		return r;
	if (S_ISDIR(m->mode))
		return mkdirat(f->dir, name, 0700) < 0 && errno != EEXIST ? -errno : 0;
	if (S_ISLNK(m->mode) && !m->hard)
		return symlinkat(m->link, f->dir, name) < 0 ? -errno : 0;
	if (m->hard) {
		nsv_autofree char *other = strdup(m->hard);
		nsv_autofree char *own = nsv_steal_ptr(f->dir_path);
		nsv_autofd int to = nsv_steal_fd(&f->dir);
		const char *old;

		r = other ? open_parent(f, other, &old) : -ENOMEM;
		if (r == 0 && linkat(f->dir, old, to, name, 0) < 0)
			r = -errno;
		return r;
	}
	f->file = openat(f->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return f->file < 0 ? -errno : 0;
}

int nsv_folder_data(struct nsv_folder *f, const void *buf, size_t len)
{
	return nsv_write_all(f->file, buf, len);
}

int nsv_folder_hole(struct nsv_folder *f, uint64_t len)
{
	off_t end = lseek(f->file, (off_t)len, SEEK_CUR);

	return end < 0 || ftruncate(f->file, end) < 0 ? -errno : 0;
}

int nsv_folder_end(struct nsv_folder *f)
{
	nsv_close_p(&f->file);
	return 0;
}

/* The empty folders that were made for the last member: nothing would list them. */
static void remove_made(struct nsv_folder *f)
{
	for (unsigned left = f->made; left && f->dir_path; left--) {
		nsv_autofree char *path = strdup(f->dir_path);
		const char *name;

		if (!path || open_parent(f, path, &name) < 0 ||
		    unlinkat(f->dir, name, AT_REMOVEDIR) < 0)
			return;
	}
}

void nsv_folder_drop(struct nsv_folder *f, const char *path)
{
	const char *name;

	nsv_close_p(&f->file);
	if (open_parent(f, path, &name) == 0)
		(void)unlinkat(f->dir, name, 0);
	remove_made(f);
}

void nsv_folder_close(struct nsv_folder *f)
{
	nsv_close_p(&f->file);
	nsv_close_p(&f->dir);
	nsv_close_p(&f->top);
	nsv_free_p(&f->dir_path);
}
