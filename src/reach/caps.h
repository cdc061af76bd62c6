/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * caps.h - the calling thread's capabilities (capabilities(7)), by bare system calls: a library for
 * them reads /proc, which may be a container's. 0 or -errno; async-signal-safe.
 */
#ifndef NSV_REACH_CAPS_H
#define NSV_REACH_CAPS_H

#include <linux/capability.h>
#include <stdint.h>

#define NSV_CAP(number) ((uint64_t)1 << (number))

struct nsv_caps {
	uint64_t effective, permitted, inheritable;
};

int nsv_caps_get(struct nsv_caps *ret);
int nsv_caps_set(const struct nsv_caps *caps);
/* Drops every capability that is not in @kept, for good. An ordinary user has none. */
int nsv_caps_keep(uint64_t kept);
/* Makes all that are permitted effective. */
int nsv_caps_raise(void);

#endif
