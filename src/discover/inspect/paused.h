/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * paused.h - tells whether a process's cgroup is frozen, as by "docker pause": by cgroup.freeze of
 * version 2, or by the controller "freezer" of version 1 (cgroups(7)), its own or one above.
 *
 * Only files of cgroup file systems are read, which no process can make hang. No locks: one thread
 * uses a struct nsv_pauses, which keeps the mounts open that it has found.
 */
#ifndef NSV_DISCOVER_PAUSED_H
#define NSV_DISCOVER_PAUSED_H

struct nsv_pauses {
	int procfs; /* borrowed */
	struct nsv_pause_mount {
		int fd; /* of a hierarchy's top; none: not looked for, or only parts are mounted */
		int missing; /* the hierarchy is not mounted at all */
	} mounts[2];	     /* of version 1, of version 2 */
};

#define NSV_PAUSES_INIT(procfs_)                                                       \
	{                                                                              \
		.procfs = (procfs_), .mounts = { { .fd = -EBADF }, { .fd = -EBADF } }, \
	}

/*
 * 1: all of the cgroup of the process directory @dir ("PID") has stopped; 0: it runs. -ENOENT: no
 * cgroup that could be frozen can be seen from here; or another -errno.
 */
int nsv_paused(struct nsv_pauses *p, const char *dir);
void nsv_pauses_done(struct nsv_pauses *p);

#endif
