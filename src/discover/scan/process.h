/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * process.h - the few facts about one process that a scan reads, each by one call.
 * A process is named by its directory below /proc: "PID", or "PID/task/TID" where the
 * main thread has ended and others live on. All answer -errno; -ENOENT and -ESRCH mean that it
 * has ended. No state, no locks.
 */
#ifndef NSV_DISCOVER_PROCESS_H
#define NSV_DISCOVER_PROCESS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define NSV_PROCESS_DIR 40 /* bytes that "PID/task/TID" takes */

struct nsv_process_stat {
	pid_t ppid;
	uint64_t start; /* clock ticks since boot */
	bool kthread;
	char comm[64];
};

struct nsv_process_ids {
	pid_t tgid;	 /* of its thread group */
	unsigned levels; /* of PID namespaces, that of this /proc first */
	pid_t inside;	 /* its number in the innermost */
	uint32_t uid;	 /* effective */
};

/* Inode number of the namespace @kind ("mnt"): by readlink, which opens nothing. */
int nsv_process_ns(int procfs, const char *dir, const char *kind, uint64_t *ret);

/* Of the main thread, else of one that lives on; fills @dir with the one that answered. */
int nsv_process_mntns(int procfs, pid_t pid, char dir[NSV_PROCESS_DIR], uint64_t *ret);

int nsv_process_stat(int procfs, const char *dir, struct nsv_process_stat *ret);
/*
 * A process may be in 65,536 groups, which the kernel takes some 20 ms to print into its status,
 * and have thousands of children that are in them too. @slow counts those that were met; after a
 * few the same is asked for otherwise. NULL: not counted.
 */
int nsv_process_ids(int procfs, const char *dir, unsigned *slow, struct nsv_process_ids *ret);
/* The effective user, whatever its status costs. */
int nsv_process_euid(int procfs, const char *dir, uint32_t *ret);

/*
 * Reads DIR/NAME whole, whatever its length up to 1 MiB (-E2BIG): a process may have 65,536
 * groups in its status. *ret_text is @small where that is enough, else malloc'd: free *ret_heap.
 */
ssize_t nsv_process_text(int procfs, const char *dir, const char *name, char *small, size_t size,
			 const char **ret_text, char **ret_heap);

static inline bool nsv_process_gone(int r)
{
	return r == -ENOENT || r == -ESRCH;
}

#endif
