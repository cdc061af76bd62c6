/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* identity.h - user and groups of a program, set just before it is executed. */
#ifndef NSV_RUN_IDENTITY_H
#define NSV_RUN_IDENTITY_H

#include <stdint.h>

#include <nsview/error.h>

/*
 * Drops supplementary groups and sets all group and user IDs; NSV_ID_UNMAPPED leaves a kind as it
 * is, both leave everything. Without root's user ID the process loses its capabilities
 * (capabilities(7)). 0 or -errno with @e.
 */
int nsv_identity_set(uint32_t uid, uint32_t gid, struct nsv_error *e);

/* Root's IDs in the user namespace that was joined last. */
int nsv_identity_root(struct nsv_error *e);

#endif
