/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * read_in.h - a file of procfs, as a process in a container's namespaces finds and reads it.
 *
 * Many files of proc(5) answer for the namespaces of the process that reads them, whichever mount
 * of procfs it reads them in (proc_reader.h knows which):
 *
 *	CLONE_NEWNET	/proc/sys/net/...
 *	CLONE_NEWIPC	/proc/sys/kernel/shm* msg* sem, /proc/sys/fs/mqueue/..., /proc/sysvipc/...
 *	CLONE_NEWUTS	/proc/sys/kernel/hostname, domainname
 *	CLONE_NEWTIME	/proc/uptime, start times in /proc/PID/stat
 *	CLONE_NEWCGROUP	/proc/PID/cgroup, roots in /proc/PID/mountinfo
 *	CLONE_NEWUSER	/proc/sys/user/..., and the users in /proc/net/tcp, /proc/PID/status, ...
 *
 * A helper (helper.h) joins these, looks the path up below a root and reads. It joins no PID and no
 * mount namespace: process IDs are those of the procfs that is read, so below the container's root
 * its own. What a container mounts over its /proc (lxcfs) is no procfs, and refused.
 */
#ifndef NSV_REACH_READ_IN_H
#define NSV_REACH_READ_IN_H

#include <stddef.h>
#include <sys/stat.h>

#include <nsview/error.h>
#include <nsview/target.h>

#include "enter.h"

#define NSV_READ_IN_MAX ((size_t)64 << 20)

/* All borrowed. */
struct nsv_in {
	const struct nsv_target *target;
	int root; /* O_PATH: where the path starts; the target's procfs for the host's own /proc */
	/*
	 * Bits of proc_reader.h: what of the target the reader is to have. A namespace that is the
	 * caller's too, or that this kernel does not have, is not joined; with NSV_READER_ROOT
	 * @root is the helper's root.
	 */
	unsigned depends;
	unsigned seconds; /* at most, for all */
};

/*
 * Reads @path, with the promises of nsview/root.h, a link in the last place followed.
 *
 * *ret_text is malloc'd, of *ret_len bytes and a NUL that does not count; what the kernel prints
 * may have others. At most @max bytes are read. *ret_st (may be NULL): the file's attributes as the
 * caller sees them.
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
 * it has ended; -EPERM or -EACCES a namespace can't be joined; -ENOENT no such file; -EXDEV not on
 * procfs; -ELOOP a magic link; -EISDIR, -ENXIO, -ENODEV; -EACCES may not be read; -E2BIG longer
 * than
 * @max; -ETIMEDOUT.
 *
 * Linux 5.8; time namespaces need CONFIG_TIME_NS. Threads: as helper.h.
 */
int nsv_read_in(const struct nsv_in *in, const char *path, size_t max, char **ret_text,
		size_t *ret_len, struct stat *ret_st, struct nsv_error *e);

/*
 * The same for what is there: an fd of @op, NSV_OP_PATH or NSV_OP_DIR, looked up by the helper.
 * @flags of nsview/root.h.
 */
int nsv_look_in(const struct nsv_in *in, enum nsv_op op, const char *path, unsigned flags,
		struct nsv_error *e);

#endif
