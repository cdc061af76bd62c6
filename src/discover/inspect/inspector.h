/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inspector.h - how an inspection (inspect.h) is put together; for the files of this
 * room. Each part reads one thing, all of it bounded, and says by nsv_inspect_missing() what it
 * could not read. An answer below zero is -ENOMEM or another end of the whole. No locks: one
 * thread.
 */
#ifndef NSV_DISCOVER_INSPECTOR_H
#define NSV_DISCOVER_INSPECTOR_H

#include <nsview/inspect.h>

#include "discover/arena.h"
#include "discover/cmdline.h"
#include "reach/mountinfo.h"
#include "reach/pinned.h"

struct nsv_inspector {
	struct nsv_inspection i; /* what the caller gets: first, so that it can be freed */
	struct nsv_arena arena;	 /* owns every string and list in it */
	const struct nsv_target *target;
	size_t missing_room;
	struct nsv_cmdlines cmdlines;
	unsigned slow; /* see nsv_process_ids() */
};

/* A list in the arena that doubles: makes room for one more of @size bytes. NULL without memory. */
void *nsv_inspect_grow(struct nsv_inspector *in, const void *list, size_t n, size_t *room,
		       size_t size);
/* "WHAT: reason" into missing[]; @why NULL: the errno's text. 0 or -ENOMEM. */
int nsv_inspect_missing(struct nsv_inspector *in, const char *what, int err, const char *why);

/* commands.c: the command line of the process directory @dir ("PID" below /proc), at most @max
 * bytes. NULL without memory; "" where it can't be read. */
const char *nsv_inspect_command(struct nsv_inspector *in, const char *dir, size_t max);
/* Says how many processes did not tell theirs. */
int nsv_inspect_commands_done(struct nsv_inspector *in);

/* One part each. */
int nsv_inspect_status(struct nsv_inspector *in);
int nsv_inspect_security(struct nsv_inspector *in);
int nsv_inspect_namespaces(struct nsv_inspector *in);
int nsv_inspect_id_maps(struct nsv_inspector *in);
int nsv_inspect_mounts(struct nsv_inspector *in);
int nsv_inspect_members(struct nsv_inspector *in);
/* Those of HOSTNAME and ADDRESSES that @flags has, by a child in the namespaces. */
int nsv_inspect_inside(struct nsv_inspector *in, unsigned flags);

/* mounts.c: for tests a part of its own. */
int nsv_mounts_take(struct nsv_inspector *in, struct nsv_mountinfo *table);

/* ---- addresses.c: rtnetlink(7), in the network namespace that the caller is in ---- */

#define NSV_ADDRESSES_MAX 65536U

struct nsv_link_record {
	uint32_t index;
	uint32_t flags; /* IFF_* */
	char name[16];	/* not terminated at full length */
};

struct nsv_address_record {
	uint32_t index;
	uint32_t order; /* as the kernel told them */
	uint8_t family, prefix, scope;
	uint8_t bytes[16];
};

struct nsv_net_records {
	struct nsv_link_record *links;
	struct nsv_address_record *addresses;
	size_t n_links, n_addresses, room_links, room_addresses;
	bool cut; /* there were more than NSV_ADDRESSES_MAX of one */
};

int nsv_net_read(struct nsv_net_records *ret);
void nsv_net_done(struct nsv_net_records *records);
/* Turns records into addresses of the inspection. */
int nsv_net_show(struct nsv_inspector *in, struct nsv_net_records *records);

#endif
