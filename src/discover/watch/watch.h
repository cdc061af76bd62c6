/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* watch.h - a watch that is made to poll, for tests. */
#ifndef NSV_DISCOVER_WATCH_H
#define NSV_DISCOVER_WATCH_H

#include <nsview/watch.h>

/* nsv_watch_new(); without @events the kernel's process events are not asked for. */
int nsv_watch_open(unsigned flags, bool existing, unsigned poll_ms, bool events,
		   struct nsv_watch **ret_watch, struct nsv_error *e);

#endif
