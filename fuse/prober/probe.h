/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe.h - what the view has to know of processes that ptrace(2)'s rules guard: their roots,
 * namespaces and mappings. Landlock refuses that to the daemon; see prober.h for who asks.
 *
 * What a scan found travels as bytes. A reader of these bytes believes nothing: every length is
 * checked, and every text ends.
 *
 * Threads: any, on arguments of their own. No state, no locks. A scan forks.
 */
#ifndef NSV_FUSE_PROBE_H
#define NSV_FUSE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <nsview/discover.h>

/* All containers of a scan together. */
#define PROBE_BYTES_MAX ((size_t)64 << 20)
/* A longer name or ID is left out: nothing that long can be a name in the view. */
#define PROBE_TEXT_MAX ((size_t)1024)

/* What a process is in. */
struct probe_look {
	int32_t ns_result, root_result; /* 0 or -errno, for the two parts below */
	uint64_t mntns;			/* inode number of its mount namespace */
	uint64_t root_mnt, root_ino;	/* of its "/" */
	uint32_t root_dev;		/* as container_dev() */
	uint32_t zero;
};

void probe_look(int procfs, pid_t pid, struct probe_look *ret);

/* A container of a scan: of @c the kind, pid, start, mntns, utsns and the texts engine, id,
 * engine_name and hostname are there. */
struct probed {
	struct nsv_container c;
	struct probe_look look; /* of its lead */
};

struct probe_list {
	struct probed *items;
	size_t n;
	char *bytes; /* what the texts point into */
};

void probe_list_clear(struct probe_list *list);

/* Scans, with engines' names and hostnames if @names. *ret_bytes is the caller's, to be freed. */
int probe_scan(int procfs, bool names, char **ret_bytes, size_t *ret_size);

/* Takes @bytes, also where it fails. -EBADMSG, -ENOMEM. */
int probe_list_read(char *bytes, size_t size, struct probe_list *ret);

#endif
