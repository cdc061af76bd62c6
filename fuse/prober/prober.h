/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prober.h - looks at other processes for a daemon that is under Landlock.
 *
 * Landlock refuses a process all that ptrace(2)'s rules guard of processes outside of its domain:
 * /proc/PID/root, ns, map_files, fd. So a spawner (prober_process.c) is forked before the daemon
 * enters its sandbox, and forks workers which scan /proc, look for mapped files, and answer with
 * bytes. They serve the requests here and no others, pass no fd, open nothing for writing
 * (a filter, sandbox.h) and have no right to change anything.
 *
 * A worker serves one request at a time. A process may keep a reader of its maps for ever: then
 * that worker and the thread that waits for it hang, as the thread would without; others get
 * other workers. A few workers are kept while nobody asks, for half a minute. A scan, which parses
 * what users wrote, has a worker of its own that ends with it.
 *
 * A prober that is NULL: the calling process looks itself. That is for tests.
 *
 * Threads: any, but for prober_new() and prober_free(). One lock, a leaf, not held in a request.
 */
#ifndef NSV_FUSE_PROBER_H
#define NSV_FUSE_PROBER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "fuse/coherence/mapped_scan.h"
#include "fuse/prober/probe.h"
#include "reach/idmap.h"

struct prober;

/*
 * Before there are threads, and before the sandbox. @procfs is borrowed: O_PATH of the host's
 * /proc.
 */
int prober_new(int procfs, struct prober **ret);
/* The session (setsid(2)) that all its processes are in; 0 for NULL. */
pid_t prober_session(const struct prober *p);
/* After the last request. NULL is fine. Returns NULL. */
struct prober *prober_free(struct prober *p);

/* ---- requests: 0 or -errno; -EAGAIN where no worker can be had ---- */

/* Scans for containers, with engines' names and hostnames if @names. */
int prober_scan(struct prober *p, int procfs, bool names, struct probe_list *ret);

/* What a process is in. An error is in both results of *ret too. */
int prober_look(struct prober *p, int procfs, pid_t pid, struct probe_look *ret);

/* As mapped_find_processes(). */
int prober_find_processes(struct prober *p, int procfs, struct process_group *first);

/* As mapped_scan_process(), of all processes of the group. */
int prober_scan_processes(struct prober *p, int procfs, const struct process_group *g,
			  struct file_set *set, size_t max);

/* readlink(2) of what @link, an O_PATH fd, is: a link of a procfs, mostly. Its length, or -errno.
 */
ssize_t prober_readlink(struct prober *p, int link, char *buf, size_t size);

/* nsv_proc_differs() of the process with the open directory @procdir; all that is asked for where
 * that can't be known. */
unsigned prober_differs(struct prober *p, int procfs, int procdir, unsigned depends);

/* The ID maps of a user namespace, as the host has them. */
int prober_maps(struct prober *p, int procfs, int userns, struct nsv_idmap *ret_uids,
		struct nsv_idmap *ret_gids);

#endif
