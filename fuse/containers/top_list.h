/* SPDX-License-Identifier: GPL-2.0-or-later */
/* top_list.h - the list of containers behind top.h; for top.c (looks) and top_scan.c (changes it).
 */
#ifndef NSV_FUSE_TOP_LIST_H
#define NSV_FUSE_TOP_LIST_H

#include <pthread.h>
#include <time.h>

#include "fuse/containers/top.h"

/* By its lead too: the number of a mount namespace is used again soon. */
struct top_refused {
	uint64_t mntns, start;
	pid_t pid;
};

struct top {
	pthread_mutex_t lock;
	pthread_cond_t scanned, work;
	const struct view_options *options;
	int procfs;
	struct owner *owner; /* may be NULL */
	uint32_t dev;
	uint64_t utsns; /* the host's */
	top_change_fn change;
	void *change_data;
	struct timespec since, changed;
	struct container **places; /* oldest first; counted */
	size_t n, size;
	struct top_refused *refused; /* what the last scan found and is not shown */
	size_t n_refused;
	uint64_t serial;
	struct containers_load load;
	uint64_t started, done; /* scans */
	uint64_t wanted;	/* the latest scan that somebody waits for */
	bool names_wanted, scanning, ending, has_thread;
	pthread_t thread;
	struct timespec patience; /* until when the scan that runs is waited for */
	int result;
};

/* With the lock held, or by the scanning thread. */
struct container *top_find_mntns(const struct top *t, uint64_t mntns);

#endif
