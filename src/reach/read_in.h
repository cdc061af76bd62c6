/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * read_in.h - a file of the host's /proc, as a process in a container's namespaces reads it.
 *
 * Many files of proc(5) answer for the namespaces of the process that reads them, whichever mount
 * of procfs it reads them in:
 *
 *	CLONE_NEWNET	/proc/sys/net/..., /proc/net/... (that is /proc/self/net)
 *	CLONE_NEWIPC	/proc/sys/kernel/shm* msg* sem, /proc/sys/fs/mqueue/..., /proc/sysvipc/...
 *	CLONE_NEWUTS	/proc/sys/kernel/hostname, domainname
 *	CLONE_NEWTIME	/proc/uptime, start times in /proc/PID/stat
 *	CLONE_NEWUSER	/proc/sys/user/..., and the users in /proc/net/tcp, /proc/sysvipc/shm, ...
 *
 * A helper (helper.h) joins these and reads. It joins no PID and no mount namespace: process IDs
 * (cpid and lpid of /proc/sysvipc/shm, the owners of locks in /proc/locks) are the host's, for the
 * procfs is; /proc/mounts and all of /proc/self but net are the helper's own, and of no use. Nor a
 * cgroup namespace. What a container mounts over its /proc (lxcfs) is not asked.
 */
#ifndef NSV_REACH_READ_IN_H
#define NSV_REACH_READ_IN_H

#include <stddef.h>

#include <nsview/error.h>
#include <nsview/target.h>

#define NSV_READ_IN_MAX ((size_t)64 << 20)

/*
 * Reads @path, relative to /proc and without a leading slash ("sys/net/core/somaxconn",
 * "net/tcp"), in those of the target's namespaces that @namespaces names by their CLONE_NEW* bits;
 * one that is the caller's too is not joined.
 *
 * *ret_text is malloc'd, of *ret_len bytes and a NUL that does not count; what the kernel prints
 * may have others. At most @max bytes are read, and for at most @seconds.
 *
 * Privilege: CAP_SYS_ADMIN over each namespace (setns(2)); without it the user namespace that owns
 * the first one is joined before, which its owner may, an ordinary user with a rootless container.
 * Users are then seen from there, with or without CLONE_NEWUSER. The file is opened with what the
 * caller, or the owner inside, may.
 *
 * Races: the namespaces are opened below the pinned /proc/PID, then the target is asked whether it
 * still lives. A process that goes from one namespace to another meanwhile is seen in either.
 *
 * Errors: -EINVAL an unknown bit, a target without a process, @max beyond NSV_READ_IN_MAX; -ESRCH
 * it has ended; -EPERM or -EACCES a namespace can't be joined; -ENOENT no such file, or namespace
 * on this kernel; -EXDEV or -ELOOP the path leads out of procfs; -EISDIR; -EACCES may not be read;
 * -E2BIG longer than @max; -ETIMEDOUT; -ENOSYS no openat2(2).
 *
 * Linux 5.8; time namespaces need CONFIG_TIME_NS. For callers of one thread, or see helper.h.
 */
int nsv_read_in(const struct nsv_target *t, int namespaces, const char *path, size_t max,
		unsigned seconds, char **ret_text, size_t *ret_len, struct nsv_error *e);

#endif
