/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ids.c - translates a target's user and group IDs, and joins its user namespace.
 * stat(2) answers with the host's number, or with the container's once this process has joined the
 * container's user namespace. No locks.
 */
#include <nsview/target.h>

#include "pinned.h"
#include "userns.h"
#include "util.h"

static const struct nsv_idmap *map_of(const struct nsv_target *t, enum nsv_id_kind kind)
{
	return kind == NSV_ID_USER ? &t->uids : &t->gids;
}

uint32_t nsv_target_id_inside(const struct nsv_target *t, enum nsv_id_kind kind, uint32_t id)
{
	return t->joined ? id : nsv_idmap_to_inside(map_of(t, kind), id);
}

uint32_t nsv_target_id_host(const struct nsv_target *t, enum nsv_id_kind kind, uint32_t id)
{
	return t->joined ? nsv_idmap_to_host(map_of(t, kind), id) : id;
}

uint32_t nsv_target_id_chown(const struct nsv_target *t, enum nsv_id_kind kind, uint32_t id)
{
	uint32_t host = nsv_idmap_to_host(map_of(t, kind), id);

	return t->joined && host != NSV_ID_UNMAPPED ? id : host;
}

bool nsv_target_wants_userns(const struct nsv_target *t)
{
	return t->userns >= 0 && !t->own_userns && !t->joined && !nsv_capable_of_files();
}

int nsv_target_join_userns(struct nsv_target *t, struct nsv_error *e)
{
	int r = t->userns < 0 ? -EPERM : nsv_userns_join(t->userns);

	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_ENTER,
				     "its user namespace can't be joined: needs to be its owner");
	t->joined = true;
	return 0;
}
