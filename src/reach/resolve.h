/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resolve.h - paths below a root, opened so that nothing in the container can lead
 * outside. The promises are those of nsview/root.h; both routes end here, the
 * setns route inside its helper process.
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
	const struct nsv_proc *self; /* whom /proc/self means; NULL for nobody */
	bool no_openat2;	     /* walk single components only */
	/*
	 * Whether a folder, open as O_PATH, may be looked into on the way along links: not where a
	 * server might not answer. NULL: any. Only with ret_canonical.
	 */
	bool (*may_enter)(void *data, int dirfd);
	/*
	 * Opens one name, or a path without links, below a folder with O_PATH | O_NOFOLLOW and
	 * @flags, and tells its type: for who may more than this process. NULL: the kernel does.
	 */
	int (*open_at)(void *data, int dirfd, const char *path, int flags, mode_t *ret_mode);
	void *data;
};

/* Whether openat2(2) works here: false for an old kernel or a seccomp filter. */
bool nsv_openat2_works(int rootfd);

/*
 * Opens @path with O_PATH. @nofollow: a link in the last place is meant itself.
 * @ret_canonical (may be NULL) gets the link-free path, malloc'd. e->msg stays
 * empty where errno says all, so that no message catalogue is loaded in a helper.
 */
int nsv_resolve(const struct nsv_confine *c, const char *path, bool nofollow, char **ret_canonical,
		struct nsv_error *e);

/*
 * From an O_PATH fd to a readable one, through "self/fd/N" of the given procfs:
 * the very same inode, whatever its name points to by now. Regular files, and
 * directories if @dir. @ret_st may be NULL.
 */
int nsv_reopen_through(int procfs, int pathfd, bool dir, struct stat *ret_st, struct nsv_error *e);

#endif
