/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dest_make.c - makes missing directories on the way to DEST, one name at a time.
 *
 * Each part of the path is resolved as DEST itself is: in a container below its root. A directory
 * is made as one name in the open directory above it, through no link, and only where the
 * container's own root could make one. One thread.
 */
#include "dest_make.h"

#include <fcntl.h>
#include <string.h>

#include "sink.h"

static int open_part(const struct nsv_copy *c, const char *path, struct nsv_error *e)
{
	int fd;

	if (c->o.to)
		return nsv_root_open_path(c->o.to, path, 0, e);
	fd = open(path, O_PATH | O_CLOEXEC);
	return fd < 0 ? nsv_err(e, errno, NSV_STAGE_WRITE) : fd;
}

/* Opens the directory of @path's last name; *ret_name is malloc'd. */
static int open_above(const struct nsv_copy *c, const char *path, char **ret_name,
		      struct nsv_error *e)
{
	const char *slash = strrchr(path, '/');
	nsv_autofree char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	const char *name = slash ? slash + 1 : path;
	size_t len = strlen(name);
	int fd;

	if (c->o.to)
		fd = nsv_root_open_parent(c->o.to, path, &name, &len, e);
	else
		fd = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd < 0)
		return c->o.to ? fd : nsv_err(e, errno, NSV_STAGE_WRITE);
	*ret_name = strndup(name, len);
	if (*ret_name)
		return fd;
	nsv_close(fd);
	return nsv_err(e, ENOMEM, NSV_STAGE_WRITE);
}

static int make_one(struct nsv_copy *c, const char *path, struct nsv_error *e)
{
	const int flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW;
	struct nsv_source s = { .c = c };
	nsv_autofree char *name = NULL;
	nsv_autofd int above = open_above(c, path, &name, e);
	nsv_autofd int fd = NSV_FD_NONE;
	struct nsv_dir in = { .s = &s, .dst = above };
	bool created = false;
	uint32_t uid = c->o.uid, gid = c->o.gid;
	int r;

	if (above < 0)
		return above;
	r = nsv_dest_learn(&in, e);
	if (r == 0)
		r = nsv_put_dir(c, above, name, &fd, &created, e);
	if (r < 0 || !created)
		return r;
	nsv_dir_make_plain(c, &in, fd);
	if (uid != NSV_NO_ID)
		uid = nsv_ids_out(c, NSV_ID_USER, uid);
	if (gid != NSV_NO_ID)
		gid = nsv_ids_out(c, NSV_ID_GROUP, gid);
	if ((uid != NSV_NO_ID || gid != NSV_NO_ID) && fchownat(fd, "", uid, gid, flags) < 0)
		return nsv_err(e, errno, NSV_STAGE_META);
	return 0;
}

/* A DEST that a dry run does not make. */
static int not_there(struct nsv_copy *c, const char *path, size_t end, bool whole,
		     struct nsv_dest *ret, struct nsv_error *e)
{
	struct nsv_dest d = { .dirfd = NSV_FD_NONE, .stream = NSV_FD_NONE, .is_dir = whole };
	size_t start = end;

	while (start > 0 && path[start - 1] != '/')
		start--;
	d.text = strdup(path);
	if (!whole)
		d.name = strndup(path + start, end - start);
	if (!d.text || (!whole && !d.name)) {
		nsv_dest_close(&d);
		return nsv_err(e, ENOMEM, NSV_STAGE_WRITE);
	}
	nsv_emit(c, &(struct nsv_copy_event){ .kind = NSV_COPY_EVENT_NOTE,
					      .path = path,
					      .on_dest = true,
					      .msg = "missing directories would be made" });
	*ret = d;
	return 0;
}

int nsv_dest_make(struct nsv_copy *c, const char *path, bool many, struct nsv_dest *ret,
		  struct nsv_error *e)
{
	size_t end = strlen(path);
	bool whole = many || (end > 0 && path[end - 1] == '/');
	nsv_autofree char *part = strdup(path);

	if (!part)
		return nsv_err(e, ENOMEM, NSV_STAGE_WRITE);
	while (end > 1 && path[end - 1] == '/')
		end--;
	for (size_t i = 0; i < end; i++) {
		bool last = i + 1 == end;
		nsv_autofd int fd = NSV_FD_NONE;
		int r = 0;

		if (path[i] == '/' || !(last || path[i + 1] == '/') || (last && !whole))
			continue;
		part[i + 1] = '\0';
		fd = open_part(c, part, e);
		if (fd == -ENOENT && nsv_has(c, NSV_COPY_DRY_RUN))
			return not_there(c, path, end, whole, ret, e);
		if (fd == -ENOENT)
			r = make_one(c, part, e);
		else if (fd < 0)
			r = fd;
		if (r < 0)
			return r;
		part[i + 1] = path[i + 1];
	}
	return 0;
}
