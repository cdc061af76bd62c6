/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapped_scan.h - which files the processes of a container may be writing to, as /proc tells.
 *
 * Threads: any, on arguments of their own. mapped_scan_process() waits for ever for a process that
 * keeps the lock of its address space; mapped_find_processes() waits for nobody.
 */
#ifndef NSV_FUSE_MAPPED_SCAN_H
#define NSV_FUSE_MAPPED_SCAN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct file_id {
	uint64_t ino;
	uint32_t dev; /* as container_dev(); 0 where only the inode number could be learnt */
};

struct file_set {
	struct file_id *ids;
	size_t n, room;
};

struct process {
	pid_t pid, tid; /* the thread by which it is read: another where the first has ended */
};

/* Processes with the mount namespace @mntns, or below the PID namespace of the process @pid. */
struct process_group {
	struct process_group *next; /* of those that are looked for together */
	uint64_t mntns;
	pid_t pid;
	struct process *processes;
	size_t n, room;
	uint64_t pidns; /* private */
};

/* 0 or -ENOMEM. */
int process_group_add(struct process_group *g, pid_t pid, pid_t tid);
void process_group_clear(struct process_group *g);
void file_set_clear(struct file_set *set);

/* Adds to the groups what runs now. 0 or -errno; those that may not be looked at are left out. */
int mapped_find_processes(int procfs, struct process_group *first);

/*
 * Adds the files that the process has mapped shared, or open for writing. 0, also when it has
 * ended; -EOVERFLOW past @max files; or -errno: then there may be others.
 */
int mapped_scan_process(int procfs, const struct process *process, struct file_set *set,
			size_t max);

#endif
