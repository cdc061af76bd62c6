/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/target.h - resolves what a person types to one pinned process.
 *
 * A target is the process whose files the caller wants, held by a pidfd
 * (pidfd_open(2), Linux 5.3), or a mount namespace without a process, held by
 * its namespace file (nsfs, namespaces(7)).
 *
 * Races: a target never turns into another process. The pidfd is opened first,
 * the files in /proc next, and the pidfd is polled last, so a PID that was re-used
 * in between gives -ESRCH, never another process's files.
 *
 * Privilege: PTRACE_MODE_READ_FSCREDS over the process (ptrace(2)): the same user
 * and a dumpable process, or CAP_SYS_PTRACE in the target's user namespace.
 * A namespace file needs read permission here, and CAP_SYS_ADMIN over the
 * namespace when its root is opened.
 *
 * Kernel: Linux 5.8.
 *
 * Threads: several threads may read one target. No other thread may use it during
 * nsv_target_free() or nsv_target_join_userns().
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
 * Resolves a name that is neither a PID nor a namespace file. Returns 0 with the PID, the inode
 * number that its mount namespace must have and its start time (0: any; nsv_target_open_pid()), or
 * -errno with @e filled: -ENOENT for no such container, -ENOTUNIQ for several. nsv_resolve_name()
 * of discover.h is such a function.
 */
typedef int (*nsv_name_resolver)(const char *name, void *data, pid_t *ret_pid, uint64_t *ret_mntns,
				 uint64_t *ret_start, struct nsv_error *e);

/*
 * Opens the target that @spec names:
 *   PID         a process or thread ID as this process sees it in /proc
 *   PID:INODE   the same; its mount namespace must have this inode number, as
 *               nsenter(1) prints it: a guard against a re-used PID
 *   FILE        a text with a slash that does not begin with "pod:" or "host:": a mount
 *               namespace file, /proc/PID/ns/mnt or a bind mount of one
 *   NAME        any other text: resolved by @names (NULL: -ENOENT), with @data
 *
 * On success the caller owns *ret_target and frees it with nsv_target_free().
 * Errors: -EINVAL the spec is empty, a number out of range or a file of the
 * wrong kind; -ENOENT no such name or file; -ESRCH no such process, a zombie
 * without threads, a process that ended meanwhile or whose mount namespace is not
 * INODE; -EACCES or -EPERM no permission; -EOPNOTSUPP a kernel thread; -ENOSYS the
 * kernel is older than 5.8; -ENOTDIR /proc is not procfs.
 */
int nsv_target_open(const char *spec, nsv_name_resolver names, void *data,
		    struct nsv_target **ret_target, struct nsv_error *e);

/*
 * Opens a target by PID, with two guards against a re-used PID; 0 disables a guard. @mntns_ino is
 * the inode number of the process's mount namespace. @start is its start time in clock ticks since
 * boot (field 22 of proc_pid_stat(5)), such as nsv_container.start. The kernel re-uses the number
 * of a namespace as soon as the namespace is gone, so a new process may have both the PID and the
 * number; only @start tells the two apart, unless both started within one clock tick. The guards
 * are compared while the pidfd is open. The caller owns *ret_target. Errors as of
 * nsv_target_open(); -ESRCH if a guard differs.
 *
 * Without @start, another process of the namespace stands in for a zombie.
 */
int nsv_target_open_pid(pid_t pid, uint64_t mntns_ino, uint64_t start,
			struct nsv_target **ret_target, struct nsv_error *e);

/* Opens a target by a mount namespace file; @path may be relative to the working directory. The
 * caller owns *ret_target. Errors as of nsv_target_open(). */
int nsv_target_open_nsfile(const char *path, struct nsv_target **ret_target, struct nsv_error *e);

/* Gives the target up; what it holds is closed when no root of it (root.h) is left either. NULL is
 * fine. Returns NULL. */
struct nsv_target *nsv_target_free(struct nsv_target *target);

/*
 * 0 while the process lives. -ESRCH when it has ended: then open files stay
 * readable, and no other file can be opened. Always 0 for a namespace file.
 */
int nsv_target_alive(const struct nsv_target *target);

/* The thread group's PID; 0 when the target is a namespace file. */
pid_t nsv_target_pid(const struct nsv_target *target);

/* The pidfd, borrowed: readable (poll(2)) when the process has ended. -EBADF for a namespace file.
 */
int nsv_target_pidfd(const struct nsv_target *target);

/* Inode number of the mount namespace, as `ls -i /proc/PID/ns/mnt` and lsns(8) print it. */
uint64_t nsv_target_mntns_ino(const struct nsv_target *target);

/* Whether that is the calling process's own mount namespace: then the files are the host's. */
bool nsv_target_is_host(const struct nsv_target *target);

/*
 * A user or group ID has two numbers: one inside the container's user namespace and
 * one on the host (user_namespaces(7)). stat(2) answers in the numbers of the calling
 * process's user namespace; these three calls take that into account, also after
 * nsv_target_join_userns(). An ID without a number on the other side becomes
 * NSV_ID_UNMAPPED, which chown(2) takes for "don't change"; for display the kernel's
 * overflow ID 65534 is usual.
 */
#define NSV_ID_UNMAPPED ((uint32_t)-1)

enum nsv_id_kind { NSV_ID_USER, NSV_ID_GROUP };

/* The container's number for an ID that stat(2) returned to this process. */
uint32_t nsv_target_id_inside(const struct nsv_target *target, enum nsv_id_kind kind, uint32_t id);
/* The host's number for an ID that stat(2) returned to this process. */
uint32_t nsv_target_id_host(const struct nsv_target *target, enum nsv_id_kind kind, uint32_t id);
/* The ID that this process must give to chown(2) for a container's number. */
uint32_t nsv_target_id_chown(const struct nsv_target *target, enum nsv_id_kind kind, uint32_t id);

/*
 * Whether this process is an ordinary user who needs the container's user
 * namespace to reach all of its files: the owner of a rootless container.
 */
bool nsv_target_wants_userns(const struct nsv_target *target);

/*
 * Joins the user namespace that owns the target's mount namespace (setns(2), Linux 3.8).
 * The owner of a rootless container has every capability over its files there.
 * The calling process must have one thread and can't return. It becomes
 * undumpable, so that the container can't trace it.
 * Errors: -EPERM not the owner, -EINVAL several threads or already a member.
 */
int nsv_target_join_userns(struct nsv_target *target, struct nsv_error *e);

#ifdef __cplusplus
}
#endif
#endif
