/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory_maps.h - the mappings of a process, from its smaps (proc_pid_smaps(5)) as it comes in
 * pieces, and what each is to a dump of memory. Names are the process's to choose, and have their
 * newlines escaped by the kernel. No locks.
 */
#ifndef NSV_COLLECT_MEMORY_MAPS_H
#define NSV_COLLECT_MEMORY_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nsv_map_kind {
	NSV_MAP_ANONYMOUS, /* private memory without a file */
	NSV_MAP_HEAP,
	NSV_MAP_STACK,
	NSV_MAP_SHARED, /* without a file that has a name: shared memory, memfd */
	NSV_MAP_FILE,
	NSV_MAP_VDSO,
	NSV_MAP_NOT, /* not to be touched: devices, the kernel's own pages */
};

struct nsv_map {
	uint64_t start, end, offset, inode;
	size_t path; /* offset into paths */
	char perms[5];
	bool io;    /* VmFlags "io" or "pf": no ordinary memory */
	bool flags; /* VmFlags were there */
	enum nsv_map_kind kind;
};

struct nsv_maps {
	struct nsv_map *list; /* ascending */
	size_t n, room;
	char *paths; /* terminated, one after another */
	size_t paths_len, paths_room;
	bool cut; /* there were more */
	/* while it is read */
	char *line;
	size_t used;
};

/* Initialise with zeroes. @data: struct nsv_maps. 0 or -ENOMEM. */
int nsv_maps_take(void *data, const char *text, size_t len);
/* After the last piece: kinds are known. */
void nsv_maps_finish(struct nsv_maps *m);
void nsv_maps_free(struct nsv_maps *m);

const char *nsv_map_path(const struct nsv_maps *m, const struct nsv_map *map);
/* The one that holds an address, or NULL. */
struct nsv_map *nsv_maps_find(struct nsv_maps *m, uint64_t address);

#endif
