/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bundle.h - reads the config.json of a container's OCI bundle: what its engine asked the runtime
 * to make of it (OCI runtime specification, config.md).
 *
 * The file counts by the rules of hints.h: the container's monitor names the bundle, or the
 * bundle's PID is a process of the container; and root, the caller or the container's owner alone
 * could have written it. The owner of a rootless container may have written anything: @owner says
 * so.
 */
#ifndef NSV_DISCOVER_BUNDLE_H
#define NSV_DISCOVER_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include <nsview/discover.h>

struct nsv_bundle {
	char *text; /* config.json, terminated, the caller's to free; at most 1 MiB */
	size_t len;
	uint32_t owner;	 /* 0, or the host's user who may have written it */
	char path[4096]; /* of the bundle; "" unknown */
};

/*
 * @c is a container of @scan, which has NSV_SCAN_HINTS. 0; -ENOENT: none is found, or none can be
 * believed; -ENOMEM. Cost: some 50 system calls. One thread at a time on a scan.
 */
int nsv_bundle_read(struct nsv_scan *scan, const struct nsv_container *c, struct nsv_bundle *ret);

#endif
