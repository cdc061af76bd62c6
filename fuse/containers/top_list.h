/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_list.h - the list of containers behind top.h, private to top.c (reads it) and top_scan.c
 * (changes it).
 */
#ifndef NSV_FUSE_TOP_LIST_H
#define NSV_FUSE_TOP_LIST_H

#include <pthread.h>
#include <time.h>

#include "fuse/containers/top.h"

/*
 * A container that can't be shown. Its lead identifies it, because numbers of mount namespaces are
 * reused soon.
 */
struct top_refused {
	uint64_t mntns, start;
	pid_t pid;
};

struct top {
	/* Protects the list and everything about scans; the rest never changes after the first
	 * scan. */
	pthread_mutex_t lock;
	pthread_cond_t scanned, work;
	const struct view_options *options;
	int procfs;
	struct outside outside;
	uint32_t dev;
	uint64_t utsns; /* of the host */
	top_change_fn change;
	void *change_data;
	struct timespec since, changed;
	struct container **places; /* oldest first; one reference each */
	size_t n, size;
	struct top_refused *refused; /* containers of the last scan that can't be shown */
	size_t n_refused;
	uint64_t serial;
	struct containers_load load;
	struct layers layers;
	uint64_t started, done; /* numbers of scans */
	uint64_t wanted;	/* the latest scan that a request waits for */
	bool names_wanted, scanning, ending, has_thread;
	pthread_t thread;
	struct timespec patience; /* until when requests wait for the running scan */
	int result;
};

/* Call with the lock held, or on the scanning thread. NULL: none. */
struct container *top_find_mntns(const struct top *t, uint64_t mntns);

#endif
