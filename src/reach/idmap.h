/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idmap.h - user_namespaces(7) ID maps: which host number stands for which number
 * inside. Extents as /proc/PID/uid_map lists them to this process.
 */
#ifndef NSV_REACH_IDMAP_H
#define NSV_REACH_IDMAP_H

#include <stdbool.h>
#include <stdint.h>

/* The kernel's limit (UID_GID_MAP_MAX_EXTENTS, Linux 4.15). */
#define NSV_IDMAP_EXTENTS 340

struct nsv_id_extent {
	uint32_t inside, host, count;
};

struct nsv_idmap {
	bool identity; /* no user namespace between: every number is its own */
	unsigned n;
	struct nsv_id_extent *extents; /* owned; NULL for the identity */
};

/* Parses the text of a uid_map file. -EBADMSG for anything the kernel would not print. */
int nsv_idmap_parse(const char *text, struct nsv_idmap *ret);

/* Reads NAME ("uid_map") below an open process directory. */
int nsv_idmap_read(int procdir, const char *name, struct nsv_idmap *ret);

void nsv_idmap_clear(struct nsv_idmap *map);

/* NSV_ID_UNMAPPED where there is no counterpart. */
uint32_t nsv_idmap_to_host(const struct nsv_idmap *map, uint32_t inside);
uint32_t nsv_idmap_to_inside(const struct nsv_idmap *map, uint32_t host);

#endif
