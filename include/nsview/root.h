/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/root.h - a target's "/", and the only way to open paths below it.
 *
 * A container chooses its symbolic links, and the host's kernel would follow
 * an absolute link from the host's "/". So these calls confine every path:
 * openat2(2) with RESOLVE_IN_ROOT (Linux 5.6) opens a path without links; any other
 * path is walked component by component, and this library follows the links. For
 * all calls:
 *   - "/" and ".." stop at the target's root, absolute links start there;
 *   - a path without a leading slash starts at "/" too; an empty path is -ENOENT;
 *   - a path may be longer than PATH_MAX and hold any byte but NUL;
 *   - more than 40 links are -ELOOP; the magic links of procfs (/proc/PID/root,
 *     fd/N, cwd, exe, ns/...) are refused with -ELOOP;
 *   - /proc/self and /proc/thread-self mean the target's process.
 *
 * Races: a rename meanwhile may make a call fail or find the new file. It can't
 * lead a call out of the root.
 *
 * The content of some files of procfs depends on the namespaces of the reader (sysctls, sysvipc,
 * users). A helper process, forked for each call, joins the target's namespaces except for the PID
 * and mount namespaces, then finds and reads such a file. nsv_root_open_file() returns a file in
 * memory with the content, its true size and the attributes. -EOPNOTSUPP: the content depends on
 * the reader's PID namespace or on the reader itself. nsv_open_file_at() and nsv_reopen() open the
 * file as the host sees it.
 *
 * Two routes lead to the root. proc: this process opens /proc/PID/root with O_PATH,
 * and paths below it. setns: a helper process joins the mount namespace (for an
 * ordinary user, its user namespace first), changes its root to the target's,
 * opens paths and passes the fds back (SCM_RIGHTS, unix(7)). The helper is
 * undumpable, stays out of the PID namespace, holds no other fd of the caller and
 * executes nothing. nsv_root_open() forks it: call that before starting threads. The
 * helper ends with nsv_root_free(), and with the thread that called nsv_root_open().
 *
 * Privilege: the proc route needs PTRACE_MODE_READ_FSCREDS over the process
 * (ptrace(2)), the setns route CAP_SYS_ADMIN over the mount namespace; the owner of
 * the user namespace that owns it has that there.
 *
 * Fds that these calls return belong to the caller and are O_CLOEXEC. An fd below a
 * mount keeps the container from unmounting it, so close it soon.
 *
 * Threads: several may use one root; the setns route serves one at a time.
 *
 * Kernel: Linux 5.8, whose openat2(2) the proc route needs too.
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
 * Opens the target's root. The root keeps the target alive, also after nsv_target_free(). The
 * caller owns *ret_root and frees it with nsv_root_free().
 * Errors: -EACCES or -EPERM no permission (the message says what is needed),
 * -ESRCH the process has ended, -EINVAL NSV_VIA_PROC without a process.
 */
int nsv_root_open(struct nsv_target *target, enum nsv_via via, struct nsv_root **ret_root,
		  struct nsv_error *e);

/* Ends the helper, closes the root's fds. NULL is fine. Returns NULL. */
struct nsv_root *nsv_root_free(struct nsv_root *root);

/* The route in use, never NSV_VIA_AUTO. */
enum nsv_via nsv_root_via(const struct nsv_root *root);

/* The target that the root belongs to, borrowed. */
struct nsv_target *nsv_root_target(const struct nsv_root *root);

/* Flags of the calls below. Unknown ones are refused with -EINVAL. */
enum nsv_root_flags {
	NSV_ROOT_NOFOLLOW = 1 << 0, /* don't follow a link in the last component */
};

/*
 * Opens @path with O_PATH, for fstat(2) and readlinkat(2) with "", not for
 * reading. A trailing slash requires a directory. Only a file system on the
 * way can block the call. Returns the fd, which the caller closes.
 * Errors: -ENOENT, -ENOTDIR, -ELOOP, -EACCES and others as of open(2); -EINVAL unknown
 * flags; -ECONNRESET the helper of the setns route has ended.
 */
int nsv_root_open_path(struct nsv_root *root, const char *path, unsigned flags,
		       struct nsv_error *e);

/*
 * Opens @path for reading if it is a regular file, and fills @ret_st (may be NULL).
 * The access time stays as it is if the caller has permission for O_NOATIME
 * (open(2)). Any other kind of file is opened with O_PATH only, so a FIFO never
 * blocks and a device is never touched: -EISDIR for a directory, -ENXIO for a
 * FIFO or socket, -ENODEV for a device, each with a message. Returns the fd, which the
 * caller closes. Other errors: those of nsv_root_open_path(), -EOPNOTSUPP (see above).
 */
int nsv_root_open_file(struct nsv_root *root, const char *path, unsigned flags, struct stat *ret_st,
		       struct nsv_error *e);

/* Opens a directory for reading (getdents) and as a base for single-name *at() calls. Returns the
 * fd, which the caller closes. Errors: those of nsv_root_open_path(); -ENOTDIR for other files. */
int nsv_root_open_dir(struct nsv_root *root, const char *path, unsigned flags, struct nsv_error *e);

/*
 * Opens the directory that holds the last component of @path, with O_PATH, for
 * creating that component: it is not looked up. *ret_name points to it in @path,
 * *ret_len is its length. -EINVAL when it is "", "." or "..". Returns the fd, which the
 * caller closes. Other errors: those of nsv_root_open_path().
 */
int nsv_root_open_parent(struct nsv_root *root, const char *path, const char **ret_name,
			 size_t *ret_len, struct nsv_error *e);

/*
 * Resolves every link of @path. *ret_path starts with "/", has any length, is
 * malloc'd and the caller's. The container may change the path meanwhile. Errors: those
 * of nsv_root_open_path(); -ENOMEM.
 */
int nsv_root_canonical(struct nsv_root *root, const char *path, unsigned flags, char **ret_path,
		       struct nsv_error *e);

/*
 * Opens an entry @name (one component, no slash) of a directory that a call above
 * opened, with the promises and errors of nsv_root_open_file() with NSV_ROOT_NOFOLLOW. -ELOOP for
 * a link; -EINVAL for no name of one component. Works without the helper. @dirfd is borrowed;
 * returns the fd, which the caller closes.
 */
int nsv_open_file_at(int dirfd, const char *name, struct stat *ret_st, struct nsv_error *e);

/*
 * Reopens an O_PATH fd for reading if it is a regular file or a directory; other
 * kinds fail. Errors: those of nsv_root_open_file(). @pathfd is borrowed. Returns the new
 * fd, which the caller closes.
 */
int nsv_reopen(int pathfd, struct stat *ret_st, struct nsv_error *e);

#ifdef __cplusplus
}
#endif
#endif
