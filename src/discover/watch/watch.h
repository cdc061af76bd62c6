/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* watch.h - opens a watch without process events, so that tests can try the polling. No locks. */
#ifndef NSV_DISCOVER_WATCH_H
#define NSV_DISCOVER_WATCH_H

#include <nsview/watch.h>

/* Like nsv_watch_new(). @events false: doesn't subscribe to the kernel's process events. */
int nsv_watch_open(unsigned flags, bool existing, unsigned poll_ms, bool events,
		   struct nsv_watch **ret_watch, struct nsv_error *e);

#endif
