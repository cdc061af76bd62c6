/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner.h - an ordinary user's power over the files of their rootless containers.
 *
 * The kernel gives them all files of all IDs that the container's user namespace maps, but only to
 * a process that has joined this namespace. The daemon has threads, and can't. So what it is
 * refused with EACCES it asks of a worker (owner_process.c), which has joined, opens the same
 * path the same way, and hands the fd back. What the namespace does not map, as files of the
 * host's root, is refused to the worker too.
 *
 * A worker serves one request at a time, and is one thread's for so long: a container that hangs
 * hangs that thread and that worker, as it would without. Workers are kept for the namespace (one
 * for all rootless containers of an engine, mostly), a few of them while nobody asks, none when
 * its last container has ended.
 *
 * Root has no need of this: there everything is NULL.
 *
 * Threads: any, but for owner_new() and owner_free(). One lock, a leaf, not held during a request.
 */
#ifndef NSV_FUSE_OWNER_H
#define NSV_FUSE_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct statx;

struct owner;
struct owner_ns;

/* Before there are threads. @procfs is borrowed: O_PATH of the host's /proc. */
int owner_new(int procfs, struct owner **ret_owner);
/* The session (setsid(2)) that all the processes are in; 0 without @o. */
pid_t owner_session(const struct owner *o);
/* After the last owner_ns_put(). NULL is fine. Returns NULL. */
struct owner *owner_free(struct owner *o);

/* The namespace of this fd, which is borrowed. Counted. NULL without @o, or memory. */
struct owner_ns *owner_ns_get(struct owner *o, int userns);
/* NULL is fine. The last one ends its workers: no request of it is under way. */
void owner_ns_put(struct owner_ns *ns);

/* ---- requests: -EACCES for a NULL @ns too, and where no worker can be had ---- */

/* As open_beneath(), but for O_NOATIME, which is done without where it is not allowed. */
int owner_open(struct owner_ns *ns, int dirfd, const char *path, int flags);
/* As nsv_reopen_through(), of files. */
int owner_reopen(struct owner_ns *ns, int fd);
/* inotify_add_watch(2) for what @fd is: a number. */
int owner_watch(struct owner_ns *ns, int inotify, int fd, uint32_t mask);
/* getxattr(2) of what @fd is; listxattr(2) for the name "". */
ssize_t owner_xattr(struct owner_ns *ns, int fd, const char *name, char *buf, size_t size);
/*
 * statx(2) of what @fd is, with these flags: a FUSE file system that was mounted in the namespace
 * lets nobody ask from outside of it. Owners are the host's numbers.
 */
int owner_statx(struct owner_ns *ns, int fd, int flags, struct statx *ret);

#endif
