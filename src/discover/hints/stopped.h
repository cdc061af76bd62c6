/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stopped.h - whether an engine has a container without a process. For messages only: the lists are
 * the engine's, and no process confirms them.
 */
#ifndef NSV_DISCOVER_STOPPED_H
#define NSV_DISCOVER_STOPPED_H

#include <nsview/discover.h>

#define NSV_STOPPED_MAX 4096
/* nsv_name_stopped() with @files in place of the host's "/", for tests. */
int nsv_name_stopped_below(const struct nsv_scan *scan, int files, int procfs, const char *name,
			   struct nsv_error *e);

#endif
