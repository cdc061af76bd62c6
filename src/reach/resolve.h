/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resolve.h - opens paths confined to a root, with the guarantees of nsview/root.h. The proc route
 * calls it in this process, the setns route in its helper.
 *
 * Threads: any number may share a struct nsv_confine, if its hooks allow that.
 */
#ifndef NSV_REACH_RESOLVE_H
#define NSV_REACH_RESOLVE_H

#include <stdbool.h>
#include <sys/stat.h>

#include <nsview/error.h>

#include "proc.h"
#include "procfs.h"

struct nsv_confine {
	int root;		     /* O_PATH of the target's "/" */
	int procfs;		     /* O_PATH of the host's /proc, to reopen O_PATH fds */
	const struct nsv_proc *self; /* the process that /proc/self means; NULL: none (-ENOENT) */
	bool no_openat2;	     /* openat2(2) is missing: walk single components */
	/*
	 * Whether the walk may look up names in a directory, open as @dirfd with O_PATH; false
	 * is -EREMOTE. Keeps off file systems whose server may hang. NULL: every directory. Only
	 * for calls with ret_canonical, which always walk.
	 */
	bool (*may_enter)(void *data, int dirfd);
	/*
	 * Opens one name, or a path without links, below a directory with O_PATH | O_NOFOLLOW and
	 * @flags, in a process with more rights than this one. *ret_mode gets the type. Returns an
	 * fd or -errno. NULL: openat(2) in this process.
	 */
	int (*open_at)(void *data, int dirfd, const char *path, int flags, mode_t *ret_mode);
	void *data;
};

/* Whether openat2(2) works: false before Linux 5.6 and under a seccomp filter that refuses it. */
bool nsv_openat2_works(int rootfd);

/*
 * Opens @path with O_PATH. Returns an fd, the caller's, or -errno. @nofollow opens a link in the
 * last component itself. @ret_canonical (may be NULL) gets the path without links, malloc'd.
 * e->msg stays empty if errno says enough: strerror(3) could load a message catalogue in a helper.
 */
int nsv_resolve(const struct nsv_confine *c, const char *path, bool nofollow, char **ret_canonical,
		struct nsv_error *e);

/*
 * open(2) of a regular file with @access (O_RDONLY, O_WRONLY or O_RDWR), close-on-exec. Returns the
 * fd, the caller's, or -1 with errno: EWOULDBLOCK if the holder of a lease does not give it up in 2
 * s.
 */
int nsv_open_leased(int dirfd, const char *path, int access);
/* The same for reading; the fd stays O_NONBLOCK, which saves two calls. */
int nsv_open_nonblock(int dirfd, const char *path);

/*
 * Opens the file of an O_PATH fd for reading, through "self/fd/N" below @procfs: the same inode,
 * whatever its name leads to by now. A regular file or, if @dir, a directory; @ret_st may be NULL.
 * Returns an fd, the caller's, or -errno: -EISDIR, -ENOTDIR, -ENXIO, -ENODEV, -ELOOP the type;
 * -EWOULDBLOCK a lease; -ESTALE procfs led to another inode.
 */
int nsv_reopen_through(int procfs, int pathfd, bool dir, struct stat *ret_st, struct nsv_error *e);

#endif
