/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mounts.h - the container's mounts: mounts.json, and which of them are left out. */
#ifndef NSV_COLLECT_MOUNTS_H
#define NSV_COLLECT_MOUNTS_H

#include "collect/internal.h"
#include "reach/mountinfo.h"

struct nsv_left_out {
	char *path; /* below the root, no slash at its beginning */
	const char *reason;
};

struct nsv_mount_rules {
	struct nsv_left_out *list;
	size_t n, room;
};

#define NSV_WHY_SECRET "a secret: left out as asked"

/* A token or secret of Kubernetes, Docker's or Podman's secrets. */
bool nsv_mount_is_secret(const struct nsv_mount_line *m);
/* Why a mount is left out; NULL: it is taken, as far as files are asked for. */
const char *nsv_mount_reason(const struct nsv_collection *c, const struct nsv_mount_line *m);
/* Writes mounts.json, and fills @rules with what the walk is not to touch. */
int nsv_collect_mounts(struct nsv_collection *c, struct nsv_mount_rules *rules);
/* The rule for a path, or NULL. */
const struct nsv_left_out *nsv_mount_rule(const struct nsv_mount_rules *rules, const char *path);
void nsv_mount_rules_free(struct nsv_mount_rules *rules);

#endif
