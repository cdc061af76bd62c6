/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host_path.h - opens a folder of the host that a container's mounts or an engine's files name:
 * component by component, no link followed, no folder on the way that another user could have
 * changed, no mount whose server may hang.
 */
#ifndef NSV_CHANGES_HOST_PATH_H
#define NSV_CHANGES_HOST_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "reach/mountinfo.h"

struct nsv_host {
	int procfs;	/* borrowed */
	uint32_t owner; /* who may change folders on the way, beside root */
	bool own;	/* the caller is an ordinary user, with no more rights than the owner */
	bool read;	/* mounts */
	struct nsv_mount_list mounts; /* the host's */
};

void nsv_host_done(struct nsv_host *h);
/*
 * O_PATH of the folder @path, where the caller may have it as a read-only clone, so that no access
 * time moves; which begins with a slash. Owners count only for the first @checked
 * bytes of it. -EINVAL: "..", "."; -EPERM: another user's, or another user may write there;
 * -EREMOTE; -ELOOP or -ENOTDIR: a link; or of open(2).
 */
int nsv_host_open(struct nsv_host *h, const char *path, size_t checked);
/* What such an error means for a person. */
const char *nsv_host_why(int err);

#endif
