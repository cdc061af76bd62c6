/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/target.h - from what a person types to one pinned process.
 *
 * A target is a process whose files are wanted, held by a pidfd
 * (pidfd_open(2), Linux 5.3), or a mount namespace without a process, held by
 * its namespace file (nsfs). The target never turns into another process: its
 * files in /proc are opened first and the pidfd is asked last, so a PID that
 * was re-used in between gives -ESRCH, never somebody else's files.
 *
 * Privilege: what PTRACE_MODE_READ_FSCREDS asks for (ptrace(2)): the same user
 * and a dumpable process, or CAP_SYS_PTRACE in the target's user namespace.
 * A namespace file asks for read permission on it here, and for CAP_SYS_ADMIN
 * over the namespace when its root is opened.
 *
 * Threads: a target may be read by several threads at once; freeing it, and
 * nsv_target_join_userns(), want to be alone.
 */
#ifndef NSVIEW_TARGET_H
#define NSVIEW_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <nsview/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nsv_target;

/*
 * Answers a name that is neither a PID nor a namespace file. Returns 0, the PID
 * and the inode number of the mount namespace that the answer is about (0: any), or
 * -errno with @e filled: -ENOENT for no such container, -ENOTUNIQ for several.
 * nsv_resolve_name() of discover.h is one.
 */
typedef int (*nsv_name_resolver)(const char *name, void *data, pid_t *ret_pid, uint64_t *ret_mntns,
				 struct nsv_error *e);

/*
 * Opens the target that @spec names:
 *   PID         a process or thread ID as this process sees it in /proc
 *   PID:INODE   the same, and its mount namespace must have that inode number,
 *               as nsenter(1) has it: a guard against a re-used PID
 *   FILE        anything with a slash that does not begin with "pod:" or "host:": a mount
 *               namespace file, /proc/PID/ns/mnt or a bind mount of one
 *   other       handed to @names (may be NULL: then -ENOENT)
 *
 * On success *ret_target is the caller's, to be given to nsv_target_free().
 * Errors: -EINVAL the spec is empty, a number out of range or a file of the
 * wrong kind; -ENOENT no such name or file; -ESRCH no such process, a zombie
 * with no thread left, or one that ended meanwhile, or whose mount namespace
 * is not INODE; -EACCES or -EPERM not allowed; -EOPNOTSUPP a kernel thread;
 * -ENOSYS the kernel is older than 5.8; -ENOTDIR /proc is not procfs.
 */
int nsv_target_open(const char *spec, nsv_name_resolver names, void *data,
		    struct nsv_target **ret_target, struct nsv_error *e);

/* The same for a PID that is known; @mntns_ino 0 stands for any. */
int nsv_target_open_pid(pid_t pid, uint64_t mntns_ino, struct nsv_target **ret_target,
			struct nsv_error *e);

/* The same for a mount namespace file, relative to the working directory. */
int nsv_target_open_nsfile(const char *path, struct nsv_target **ret_target, struct nsv_error *e);

/* Closes what the target holds. NULL is fine. Returns NULL. */
struct nsv_target *nsv_target_free(struct nsv_target *target);

/*
 * 0 while the process lives, -ESRCH when it has ended (then files already open
 * stay readable, and nothing new is reached). Always 0 without a process.
 */
int nsv_target_alive(const struct nsv_target *target);

/* The thread group's PID; 0 when the target is a namespace file. */
pid_t nsv_target_pid(const struct nsv_target *target);

/* A borrowed pidfd (poll(2) for its end), or -EBADF without a process. */
int nsv_target_pidfd(const struct nsv_target *target);

/* Inode number of the mount namespace, as `ls -i /proc/PID/ns/mnt` and lsns(8) print it. */
uint64_t nsv_target_mntns_ino(const struct nsv_target *target);

/* Whether that is the mount namespace of the calling process: the host's own files. */
bool nsv_target_is_host(const struct nsv_target *target);

/*
 * User and group IDs have two faces: inside (what the container calls them) and
 * host. What stat(2) answers depends on the caller's user namespace; these three
 * take that into account, also after nsv_target_join_userns().
 * An ID with no face on that side is NSV_ID_UNMAPPED (chown(2) calls it "leave
 * as is"); for display the kernel's overflow ID 65534 is usual.
 */
#define NSV_ID_UNMAPPED ((uint32_t)-1)

enum nsv_id_kind { NSV_ID_USER, NSV_ID_GROUP };

/* From what stat(2) answered to this process, to the container's number. */
uint32_t nsv_target_id_inside(const struct nsv_target *target, enum nsv_id_kind kind, uint32_t id);
/* From what stat(2) answered to this process, to the host's number. */
uint32_t nsv_target_id_host(const struct nsv_target *target, enum nsv_id_kind kind, uint32_t id);
/* From the container's number, to what this process has to give chown(2). */
uint32_t nsv_target_id_chown(const struct nsv_target *target, enum nsv_id_kind kind, uint32_t id);

/*
 * Whether this process is an ordinary user who needs the container's user
 * namespace to reach all of its files: the owner of a rootless container.
 */
bool nsv_target_wants_userns(const struct nsv_target *target);

/*
 * Joins the user namespace that owns the target's mount namespace (setns(2)),
 * where the owner of a rootless container has every capability over its files.
 * For a command's only thread or a forked child: it cannot be undone, and it
 * makes the process undumpable, so that the container can't trace it.
 * Errors: -EPERM not the owner, -EINVAL several threads or already there.
 */
int nsv_target_join_userns(struct nsv_target *target, struct nsv_error *e);

#ifdef __cplusplus
}
#endif
#endif
