/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stopped.h - whether an engine has a container without a process. For messages only: the lists are
 * the engine's, and no process confirms them.
 */
#ifndef NSV_DISCOVER_STOPPED_H
#define NSV_DISCOVER_STOPPED_H

#include <nsview/discover.h>

/*
 * For a @name that means no container of @scan: -ENOENT with "not running" in @e if Docker or
 * Podman has a container of that name or ID, as the caller may read; else 0. Reads at most
 * NSV_STOPPED_MAX state files.
 */
int nsv_name_stopped(const struct nsv_scan *scan, const char *name, struct nsv_error *e);
#define NSV_STOPPED_MAX 4096
/* The same with @files in place of the host's "/", for tests. */
int nsv_name_stopped_below(const struct nsv_scan *scan, int files, int procfs, const char *name,
			   struct nsv_error *e);

#endif
