/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capability.h - names of capabilities, their bounding and ambient sets; the others: reach/caps.h.
 */
#ifndef NSV_RUN_INSIDE_CAPABILITY_H
#define NSV_RUN_INSIDE_CAPABILITY_H

#include <stdbool.h>
#include <stdint.h>

/* Number of "CAP_CHOWN"; -EINVAL: unknown to this program. */
int nsv_cap_number(const char *name);

/* All from here on take effect on the calling thread, are 0 or -errno, and async-signal-safe. */

/* Drops from the bounding set what is not in @wanted. -EPERM without CAP_SETPCAP. */
int nsv_cap_bound(uint64_t wanted);
/* Makes exactly the set @wanted ambient. */
int nsv_cap_ambient(uint64_t wanted);

#endif
