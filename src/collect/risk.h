/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * risk.h - which file systems of a container may never answer, and which mounts hold secrets.
 *
 * Sure are those that the host has mounted itself and no server serves, and those of memory. What
 * the container mounted may lie on a file that hangs: an overlay, a loop device. No call here asks
 * a file system anything. No locks.
 */
#ifndef NSV_COLLECT_RISK_H
#define NSV_COLLECT_RISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nsv_collection;

struct nsv_risks {
	uint32_t *sure; /* devices, as of nsv_mount_dev() */
	size_t n, room;
	uint32_t *secret; /* IDs of mounts, where these are left out */
	size_t n_secret, secret_room;
	bool files; /* one of the mounts that the walk goes through may hang */
};

/* Reads the tables of mounts. 0 or -errno; then all is a risk. */
int nsv_risks_read(struct nsv_collection *c, struct nsv_risks *ret);
bool nsv_is_secret_mount(const struct nsv_risks *r, uint64_t id);
bool nsv_may_hang(const struct nsv_risks *r, uint32_t dev);
void nsv_risks_free(struct nsv_risks *r);

#endif
