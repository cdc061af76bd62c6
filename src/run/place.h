/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * place.h - the folder in which a program finds what nsrun made for it: a tmpfs in a private copy
 * of the mount namespace, over a folder of the host.
 *
 * Everything here changes mounts by fds, never follows a link, and needs CAP_SYS_ADMIN over the
 * mount namespace. One thread.
 */
#ifndef NSV_RUN_PLACE_H
#define NSV_RUN_PLACE_H

#include <errno.h>
#include <stddef.h>

#include <nsview/error.h>

struct nsv_place {
	int dir;    /* the tmpfs's root */
	char *path; /* where it is mounted */
	char *root; /* @path/root: the container's files */
};

#define NSV_PLACE_NONE        \
	{                     \
		.dir = -EBADF \
	}

/*
 * Leaves the caller's mount namespace for a copy of it, in which what the host unmounts goes away,
 * and of which nothing gets out.
 */
int nsv_place_unshare(struct nsv_error *e);

/*
 * Mounts the tmpfs, with empty folders "root" and "empty": at /run/nsview, which root makes if it
 * is missing; else for an ordinary user at nsview in XDG_RUNTIME_DIR, which this makes; else at
 * /mnt.
 */
int nsv_place_make(struct nsv_place *ret, struct nsv_error *e);
/* Closes the fd and frees the path; the mount ends with the namespace. */
void nsv_place_close(struct nsv_place *p);

/* Writes a file, 0444, into the place. 0 or -errno. */
int nsv_place_write(const struct nsv_place *p, const char *name, const char *text, size_t len);

/* The place is read-only from now on, as is what nsv_place_cover() mounts. */
void nsv_place_seal(const struct nsv_place *p);

/*
 * Mounts @name of the place onto @path of the host. A link at @path is not followed: the name
 * itself is covered, also where the link leads nowhere. 0 or -errno: -ENOENT no such path.
 */
int nsv_place_cover(const struct nsv_place *p, const char *name, const char *path);

/* move_mount(2) of a detached tree onto @path, which is not followed, below @dir. */
int nsv_mount_attach(int tree, int dir, const char *path);

#endif
