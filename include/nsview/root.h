/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/root.h - a target's "/", and the only way to open paths below it.
 *
 * A container chooses its symbolic links, and the host's kernel would follow
 * an absolute one from the host's "/". Every path is therefore opened confined:
 * openat2(2) with RESOLVE_IN_ROOT (Linux 5.6), and where links take part, a walk
 * of single components in which no link is ever followed by the kernel. What
 * holds for all calls:
 *   - "/" and ".." stop at the target's root, absolute links start there;
 *   - a path without a leading slash starts at "/" too; an empty one is -ENOENT;
 *   - a path may be longer than PATH_MAX and hold any byte but NUL;
 *   - 40 links are followed, then -ELOOP; the magic links of procfs
 *     (/proc/PID/root, fd/N, cwd, exe, ns/...) are refused with -ELOOP;
 *   - /proc/self and /proc/thread-self mean the target's process;
 *   - a rename meanwhile may make a call fail or find the new file; it can't
 *     make it leave the root.
 *
 * Two routes lead there. proc: O_PATH on /proc/PID/root, paths are opened by
 * this process. setns: a helper process joins the mount namespace (and, for an
 * ordinary user, its user namespace first), changes its root to the target's,
 * opens paths and passes the fds back. The helper is undumpable, stays out of
 * the PID namespace, holds no other fd of the caller and executes nothing. It
 * is forked by nsv_root_open(): call that before any thread is started. It ends
 * with nsv_root_free(), and with the calling process.
 *
 * Fds that these calls return are the caller's, O_CLOEXEC, and hold no lock; an
 * fd open below a mount keeps the container from unmounting it, so close soon.
 *
 * Threads: several may use one root (the setns route serves one at a time).
 */
#ifndef NSVIEW_ROOT_H
#define NSVIEW_ROOT_H

#include <sys/stat.h>

#include <nsview/error.h>
#include <nsview/target.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nsv_root;

enum nsv_via {
	NSV_VIA_AUTO, /* proc, unless there is no process, no openat2 or no permission */
	NSV_VIA_PROC,
	NSV_VIA_SETNS,
};

/*
 * Opens the target's root. The target is borrowed and must outlive the root.
 * Errors: -EACCES or -EPERM not allowed (the message says what is needed),
 * -ESRCH the process has ended, -EINVAL NSV_VIA_PROC without a process.
 */
int nsv_root_open(struct nsv_target *target, enum nsv_via via, struct nsv_root **ret_root,
		  struct nsv_error *e);

/* Ends the helper, closes what the root holds. NULL is fine. Returns NULL. */
struct nsv_root *nsv_root_free(struct nsv_root *root);

/* The route in use, never NSV_VIA_AUTO. */
enum nsv_via nsv_root_via(const struct nsv_root *root);

/* The target that the root belongs to, borrowed. */
struct nsv_target *nsv_root_target(const struct nsv_root *root);

/* Flags of the calls below. Unknown ones are refused with -EINVAL. */
enum {
	NSV_NOFOLLOW = 1 << 0, /* a link in the last component is meant itself */
};

/*
 * Opens @path with O_PATH: for looking (fstat, readlinkat with ""), never for
 * bytes. A trailing slash asks for a directory. Blocks on nothing but the file
 * systems on the way.
 */
int nsv_root_open_path(struct nsv_root *root, const char *path, unsigned flags,
		       struct nsv_error *e);

/*
 * Opens @path for reading if it is a regular file; @ret_st (may be NULL) gets its
 * attributes. No access time changes where the caller may ask for that
 * (O_NOATIME). Anything else is looked at with O_PATH only, so a FIFO never
 * blocks and a device is never touched: -EISDIR for a directory, -ENXIO for a
 * FIFO or socket, -ENODEV for a device, each with a message that says so.
 */
int nsv_root_open_file(struct nsv_root *root, const char *path, unsigned flags, struct stat *ret_st,
		       struct nsv_error *e);

/* Opens a directory for reading (getdents) and as a base for single-name *at() calls. */
int nsv_root_open_dir(struct nsv_root *root, const char *path, unsigned flags, struct nsv_error *e);

/*
 * Opens the directory that holds the last component of @path, with O_PATH, and
 * points *ret_name into @path at that component (ending at a slash or the end;
 * its length in *ret_len). For creating things: the name itself is not looked
 * up. -EINVAL when the last component is "", "." or "..".
 */
int nsv_root_open_parent(struct nsv_root *root, const char *path, const char **ret_name,
			 size_t *ret_len, struct nsv_error *e);

/*
 * The path of @path with every link resolved, starting with "/", no matter how
 * long; malloc'd, the caller's. The thing itself need not stay what it was.
 */
int nsv_root_canonical(struct nsv_root *root, const char *path, unsigned flags, char **ret_path,
		       struct nsv_error *e);

/*
 * For an entry @name (one component, no slash) of a directory opened by the calls
 * above: the same promises as nsv_root_open_file() with NSV_NOFOLLOW. -ELOOP for
 * a link. It needs no helper.
 */
int nsv_open_file_at(int dirfd, const char *name, struct stat *ret_st, struct nsv_error *e);

/*
 * Re-opens an O_PATH fd for reading: regular files and directories only, as in
 * nsv_root_open_file(). @pathfd is borrowed.
 */
int nsv_reopen(int pathfd, struct stat *ret_st, struct nsv_error *e);

#ifdef __cplusplus
}
#endif
#endif
