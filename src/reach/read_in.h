/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * read_in.h - reads a file of the host's /proc as a process in a container's namespaces sees it.
 *
 * The contents of many files of proc(5) depend on the namespaces of the reading process, whichever
 * mount of procfs they are read from:
 *
 *	CLONE_NEWNET	/proc/sys/net/..., /proc/net/... (that is /proc/self/net)
 *	CLONE_NEWIPC	/proc/sys/kernel/shm* msg* sem, /proc/sys/fs/mqueue/..., /proc/sysvipc/...
 *	CLONE_NEWUTS	/proc/sys/kernel/hostname, domainname
 *	CLONE_NEWTIME	/proc/uptime, start times in /proc/PID/stat
 *	CLONE_NEWUSER	/proc/sys/user/..., and the users in /proc/net/tcp, /proc/sysvipc/shm, ...
 *
 * A helper (helper.h) joins these namespaces and reads. It joins no PID, mount or cgroup namespace:
 * process IDs (cpid and lpid of /proc/sysvipc/shm, owners in /proc/locks) are the host's, as the
 * procfs is; /proc/mounts and /proc/self/... (except net) describe the helper and are of no use.
 * Files that a container mounts over its /proc (lxcfs) are not read.
 */
#ifndef NSV_REACH_READ_IN_H
#define NSV_REACH_READ_IN_H

#include <stddef.h>

#include <nsview/error.h>
#include <nsview/target.h>

#define NSV_READ_IN_MAX ((size_t)64 << 20)

/*
 * Reads @path, relative to /proc and without a leading slash ("sys/net/core/somaxconn",
 * "net/tcp"), in the target's namespaces whose CLONE_NEW* bits are in @namespaces. A namespace that
 * the caller is in already is not joined.
 *
 * *ret_text is malloc'd: *ret_len bytes, which may hold NULs, and a terminating NUL. Reads at most
 * @max bytes, for at most @seconds.
 *
 * Privilege: CAP_SYS_ADMIN over each namespace (setns(2)). Without it the helper first joins the
 * user namespace that owns the first of them, as the owner of a rootless container may; IDs are
 * then those of that user namespace, with or without CLONE_NEWUSER. The file is opened with the
 * caller's rights, or with the owner's inside.
 *
 * Races: the namespaces are opened below the pinned /proc/PID, and the pidfd is polled afterwards.
 * If the process changes a namespace meanwhile, the old or the new one is joined.
 *
 * Errors: -EINVAL an unknown bit, a target without a process, @max beyond NSV_READ_IN_MAX; -ESRCH
 * the target has ended; -EPERM or -EACCES a namespace can't be joined, or the file not be opened;
 * -ENOENT no such file, or no such namespace on this kernel; -EXDEV or -ELOOP the path leads out of
 * procfs; -EISDIR a directory;
 * -E2BIG longer than @max; -ETIMEDOUT; -ENOSYS no openat2(2).
 *
 * Linux 5.8; time namespaces need CONFIG_TIME_NS. Threads: as helper.h.
 */
int nsv_read_in(const struct nsv_target *t, int namespaces, const char *path, size_t max,
		unsigned seconds, char **ret_text, size_t *ret_len, struct nsv_error *e);

#endif
