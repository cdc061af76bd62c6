/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opening.c - opens nodes of a container, and looks at names in its folders.
 *
 * Defends against: links and mounts that replace a folder on a node's path (RESOLVE_*, identity);
 * servers that hang (at a mount point attributes come from the kernel's memory first); a view that
 * shows itself (own device, file system type). No locks.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuse/containers/container.h"
#include "reach/beneath.h"
#include "reach/util.h"

#define STATX_WANTED (STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID)

/* ---- opening ---- */

/* Tries without the helper first: that is faster. */
int container_open_at(struct container *p, int dirfd, const char *path, int flags)
{
	struct owner_ns *owner = atomic_load(&p->owner);
	int fd = open_beneath(dirfd, path, flags);
	int theirs;

	if (fd != -EACCES && fd != -EPERM)
		return fd;
	theirs = owner_open(owner, dirfd, path, flags);
	if (theirs >= 0 || fd == -EACCES)
		return theirs;
	/* O_NOATIME requires the file's owner or CAP_FOWNER. */
	return open_beneath(dirfd, path, flags & ~O_NOATIME);
}

int container_can_open(void)
{
	nsv_autofd int fd = open_beneath(AT_FDCWD, "/", O_PATH | O_DIRECTORY);

	return fd < 0 ? fd : 0;
}

/* Opens a path longer than PATH_MAX in pieces, from the root. */
static int open_long(struct container *p, int root, const struct node *node, int flags)
{
	const size_t size = node_path_size(node);
	nsv_autofree char *buf = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	char *path;
	int r;

	buf = malloc(size);
	r = buf ? node_path(node, buf, size, &path) : -ENOMEM;
	if (r < 0)
		return r;
	for (;;) {
		char *cut = path + PATH_MAX - 1;
		bool last = strlen(path) < PATH_MAX;
		int next;

		if (!last) {
			while (*cut != '/')
				cut--;
			*cut = '\0';
		}
		next = container_open_at(p, fd >= 0 ? fd : root, path,
					 last ? flags : O_PATH | O_DIRECTORY);
		if (next < 0 || last)
			return next;
		nsv_close(fd);
		fd = next;
		path = cut + 1;
	}
}

/*
 * The node was a file or folder at this path. These errors mean that its path leads there no more.
 */
static int stale(int r)
{
	return r == -ENOENT || r == -ELOOP || r == -ENOTDIR || r == -EXDEV ? -ESTALE : r;
}

int container_look_at(struct owner_ns *owner, int fd, unsigned flags, struct statx *ret)
{
	const int how = AT_SYMLINK_NOFOLLOW | (flags & NODE_REMOTE ? 0 : AT_STATX_DONT_SYNC);

	if (statx(fd, "", AT_EMPTY_PATH | how, STATX_WANTED, ret) == 0)
		return 0;
	return errno == EACCES ? owner_statx(owner, fd, how, ret) : -errno;
}

int container_open(struct container *p, const struct node *node, int flags, struct statx *ret_st)
{
	nsv_autofd int fd = NSV_FD_NONE;
	char buf[PATH_MAX];
	char *path;
	int r = node_path(node, buf, sizeof(buf), &path);

	if (r == 0)
		fd = container_open_at(p, atomic_load(&p->root), path, flags);
	else
		fd = open_long(p, atomic_load(&p->root), node, flags);
	if (fd < 0)
		return stale(fd);
	/* Attributes of the root come from memory: listing the top folder must not wait for a
	 * server. */
	r = container_look_at(atomic_load(&p->owner), fd, node->kind == NODE_ROOT ? 0 : node->flags,
			      ret_st);
	if (r < 0)
		return r;
	if (ret_st->stx_ino != node->ino || container_dev(ret_st) != node->dev)
		return -ESTALE;
	return nsv_steal_fd(&fd);
}

int container_look_path(struct container *p, const char *path, struct statx *ret)
{
	nsv_autofd int fd = container_open_at(p, atomic_load(&p->root), path, O_PATH);

	return fd < 0 ? fd : container_look_at(atomic_load(&p->owner), fd, 0, ret);
}

/* Sets the flags of a node at the root of another mount. */
static int cross(struct container *p, const struct statx *st, uint8_t *flags)
{
	unsigned mount;
	int r;

	*flags = NODE_MOUNTED;
	/* A mounted file, such as resolv.conf, belongs to what a walker of the root wants. */
	if (container_dev(st) == p->own_dev ||
	    (p->options->mounts_hidden && S_ISDIR(st->stx_mode))) {
		*flags |= NODE_HIDDEN;
		return 0;
	}
	r = mounts_flags(&p->mounts, p->procfs, atomic_load(&p->pid), st->stx_mnt_id, &mount);
	if (r < 0)
		return r;
	if (mount & NSV_FS_VIEW)
		*flags |= NODE_HIDDEN;
	else if (mount & NSV_FS_KERNEL)
		*flags |= NODE_PSEUDO | (p->options->pseudo ? 0 : NODE_HIDDEN);
	else if (mount & NSV_FS_SERVED)
		*flags |= NODE_REMOTE | (p->options->remote ? 0 : NODE_HIDDEN);
	else if (mount & NSV_FS_LAYERED)
		*flags |= NODE_LAYERED;
	return 0;
}

bool container_may_enter(struct container *p, int dirfd)
{
	uint8_t flags = 0;
	struct statx st;

	return container_look_at(atomic_load(&p->owner), dirfd, 0, &st) == 0 &&
	       (st.stx_mnt_id == p->root_mnt || cross(p, &st, &flags) == 0) &&
	       !(flags & NODE_HIDDEN);
}

bool container_excludes(const struct container *p, const struct node *dir, const char *name)
{
	nsv_autofree char *full = NULL;
	char buf[PATH_MAX];
	char *path;

	if (!p->options->n_excludes)
		return false;
	if (node_path(dir, buf, sizeof(buf), &path) < 0)
		path = buf + sizeof(buf) - 1; /* no path pattern can match; name patterns can */
	if (asprintf(&full, "%s%s/%s", *path == '.' && !path[1] ? "" : "/",
		     *path == '.' && !path[1] ? "" : path, name) < 0) {
		full = NULL;
		return true;
	}
	return view_options_excluded(p->options, name, full);
}

/* @flags are a node's. */
static int look_by_name(struct container *p, int dirfd, const char *name, unsigned flags,
			struct statx *ret)
{
	const int how =
	    AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (flags & NODE_REMOTE ? 0 : AT_STATX_DONT_SYNC);
	struct owner_ns *owner = atomic_load(&p->owner);
	nsv_autofd int fd = NSV_FD_NONE;

	if (statx(dirfd, name, how, STATX_WANTED, ret) == 0)
		return 0;
	if (errno != EACCES)
		return -errno;
	/* statx(2) of an open fd mostly requires no permission. */
	fd = owner_open(owner, dirfd, name, O_PATH);
	return fd < 0 ? fd : container_look_at(owner, fd, flags, ret);
}

int container_look(struct container *p, const struct node *dir, int dirfd,
		   const struct statx *dirst, const char *name, struct found *ret)
{
	struct found found = { .id = { .kind = NODE_PATH,
				       .flags = dir->flags & ~(unsigned)NODE_MOUNTED,
				       .container = p } };
	int r = 0;

	if (container_excludes(p, dir, name))
		return -ENOENT;
	/* From memory first: a mount point's server may hang, and a hidden mount must not be
	 * asked. */
	r = look_by_name(p, dirfd, name, 0, &found.st);
	if (r < 0)
		return r;
	if (found.st.stx_mnt_id != dirst->stx_mnt_id)
		r = cross(p, &found.st, &found.id.flags);
	if (r < 0)
		return r;
	if ((found.id.flags & (NODE_REMOTE | NODE_HIDDEN)) == NODE_REMOTE)
		r = look_by_name(p, dirfd, name, NODE_REMOTE, &found.st);
	if (r < 0)
		return r;
	found.id.ino = found.st.stx_ino;
	found.id.dev = container_dev(&found.st);
	*ret = found;
	return 0;
}

int container_look_root(struct container *p, struct found *ret)
{
	struct found found = { .id = { .kind = NODE_ROOT, .flags = p->id.flags, .container = p } };
	int r = container_look_at(atomic_load(&p->owner), atomic_load(&p->root), 0, &found.st);

	if (r < 0)
		return r;
	found.id.ino = found.st.stx_ino;
	found.id.dev = container_dev(&found.st);
	*ret = found;
	return 0;
}
