/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorded_proc.h - a folder that looks like /proc, made from a table of processes, and scans of
 * it.
 */
#ifndef NSV_TESTS_RECORDED_PROC_H
#define NSV_TESTS_RECORDED_PROC_H

#include <stdbool.h>
#include <stddef.h>

#include <nsview/discover.h>

#define HOST_MNT 100
#define HOST_PID 200

struct process {
	const char *nspid; /* NULL: only the host's */
	const char *root;  /* a folder of the tree's roots */
	const char *cgroup, *comm, *fstype;
	int pid, ppid;
	int thread; /* one that lives on after a dead main thread */
	unsigned start, mntns, pidns, uid;
	bool kthread, dead; /* dead: no ns, no root */
	bool scant;	    /* nothing but ns/mnt and root */
};

struct tree {
	char path[64]; /* removed when the program ends */
	int fd;
};

/* Adds one process, whose folder is called @name. */
void add_process(const struct tree *t, const struct process *p, const char *name);
/* Makes the tree; a failure fails the test. */
void make_tree(struct tree *t, const struct process *processes, size_t n);
/* A scan of such a tree, freed by the caller. */
struct nsv_scan *scan_of(const struct process *processes, size_t n, unsigned flags);
#define SCAN(processes, flags) scan_of(processes, NSV_ARRAY_SIZE(processes), flags)

#endif
