/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inspector.h - the parts of an inspection (nsview/inspect.h); private to this folder. Each part
 * reads one bounded thing and notes with nsv_inspect_missing() what it could not read. A part
 * returns 0, or -errno (-ENOMEM mostly), which ends the inspection. No locks: one thread.
 */
#ifndef NSV_DISCOVER_INSPECTOR_H
#define NSV_DISCOVER_INSPECTOR_H

#include <nsview/inspect.h>

#include "discover/arena.h"
#include "discover/cmdline.h"
#include "discover/inspect/ports.h"
#include "reach/mountinfo.h"
#include "reach/pinned.h"

#define NSV_NS_KINDS ((size_t)NSV_NS_TIME + 1)

/* The lists that inspection.c shows one by one; their lengths are in struct nsv_inspection. */
struct nsv_inspection_lists {
	struct nsv_namespace ns[NSV_NS_KINDS];
	pid_t nspids[NSV_PID_LEVELS];
	const struct nsv_address *addresses;
	const struct nsv_id_range *uid_map, *gid_map;
	const struct nsv_mount *mounts;
	const struct nsv_member *members; /* ascending by PID */
	const struct nsv_listener *listeners;
	const struct nsv_limit *limits;
	const struct nsv_variable *environment;
	const char *const *missing;
};

struct nsv_inspector {
	struct nsv_inspection i; /* the caller's; the first member, so that free can cast back */
	struct nsv_inspection_lists lists;
	struct nsv_arena arena;		 /* owns every string and list */
	const struct nsv_target *target; /* borrowed */
	size_t missing_room;
	struct nsv_cmdlines cmdlines;
	struct nsv_ports tcp; /* by nsv_inspect_inside(); valid if tcp_known */
	bool tcp_known;
	unsigned slow; /* see nsv_process_ids() */
};

/* Makes room for one more element of @size bytes in a list in the arena. Returns the list, which
 * may have moved; NULL when out of memory. */
void *nsv_inspect_grow(struct nsv_inspector *in, const void *list, size_t n, size_t *room,
		       size_t size);
/* Adds "WHAT: reason" to missing[]; with @why NULL the reason is @err's text. 0 or -ENOMEM. */
int nsv_inspect_missing(struct nsv_inspector *in, const char *what, int err, const char *why);

/* commands.c: the command line of the process directory @dir ("PID" below /proc), at most @max
 * bytes; else "[comm]", or "" where that can't be read either. NULL when out of memory. */
const char *nsv_inspect_command(struct nsv_inspector *in, const char *dir, size_t max);
/* Ends the helper; notes it in missing[] if a process blocked its reader. 0 or -ENOMEM. */
int nsv_inspect_commands_done(struct nsv_inspector *in);

/* Each reads one part. */
int nsv_inspect_status(struct nsv_inspector *in);
int nsv_inspect_security(struct nsv_inspector *in);
int nsv_inspect_namespaces(struct nsv_inspector *in);
int nsv_inspect_id_maps(struct nsv_inspector *in);
int nsv_inspect_mounts(struct nsv_inspector *in);
int nsv_inspect_members(struct nsv_inspector *in);
int nsv_inspect_listeners(struct nsv_inspector *in);
int nsv_inspect_limits(struct nsv_inspector *in);
int nsv_inspect_environment(struct nsv_inspector *in);
/* Reads HOSTNAME and ADDRESSES, as far as @flags asks for them, through a helper process; and TCP
 * sockets for nsv_inspect_listeners(), which does without if that fails. */
int nsv_inspect_inside(struct nsv_inspector *in, unsigned flags);

/* mounts.c: takes the mounts of @table; separate for tests. */
int nsv_mounts_take(struct nsv_inspector *in, struct nsv_mountinfo *table);

/* ---- addresses.c: rtnetlink(7), in the calling thread's network namespace ---- */

#define NSV_ADDRESSES_MAX 65536U /* for links and for addresses */

struct nsv_link_record {
	uint32_t index;
	uint32_t flags; /* IFF_* */
	char name[16];	/* a name of 16 bytes has no NUL */
};

struct nsv_address_record {
	uint32_t index;
	uint32_t order; /* position in the kernel's list */
	uint8_t family, prefix, scope;
	uint8_t bytes[16];
};

struct nsv_net_records {
	struct nsv_link_record *links;
	struct nsv_address_record *addresses;
	size_t n_links, n_addresses, room_links, room_addresses;
	bool cut; /* more than NSV_ADDRESSES_MAX links or addresses: the rest is missing */
};

/* 0 or -errno. On success the caller frees *ret with nsv_net_done(). */
int nsv_net_read(struct nsv_net_records *ret);
void nsv_net_done(struct nsv_net_records *records);
/* Sorts the records and adds them to the inspection. 0 or -ENOMEM. */
int nsv_net_show(struct nsv_inspector *in, struct nsv_net_records *records);

#endif
