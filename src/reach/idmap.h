/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idmap.h - ID maps of user_namespaces(7): translates IDs between a container and the host.
 * Extents are those of /proc/PID/uid_map as this process reads it. Threads may share a map that
 * none of them changes.
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
	bool identity; /* the same user namespace: an ID means itself */
	unsigned n;
	struct nsv_id_extent *extents; /* owned; NULL for the identity */
};

/* Parses the text of a uid_map file into *ret, to be cleared. -EBADMSG: not such a text; -ENOMEM.
 */
int nsv_idmap_parse(const char *text, struct nsv_idmap *ret);

/* Reads @name ("uid_map") below an open directory of /proc, likewise; or -errno of reading. */
int nsv_idmap_read(int procdir, const char *name, struct nsv_idmap *ret);

void nsv_idmap_clear(struct nsv_idmap *map);

/* The counterpart, or NSV_ID_UNMAPPED. */
uint32_t nsv_idmap_to_host(const struct nsv_idmap *map, uint32_t inside);
uint32_t nsv_idmap_to_inside(const struct nsv_idmap *map, uint32_t host);

#endif
