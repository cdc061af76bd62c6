/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory.h - memory/PID.core of each process that is asked for, and memory.json: ELF cores that
 * gdb(1) opens, of processes that run on meanwhile (memory_reader.h, core_elf.h).
 */
#ifndef NSV_COLLECT_MEMORY_H
#define NSV_COLLECT_MEMORY_H

#include "collect/core_elf.h"
#include "collect/internal.h"
#include "collect/members.h"
#include "collect/memory_maps.h"
#include "collect/memory_reader.h"
#include "collect/proc_reader.h"

/* 0 or -errno of the package. Nothing where nothing was asked for. */
int nsv_collect_memory(struct nsv_collection *c);

/* ---- memory_choose.c ---- */

/*
 * Which of c->members are meant: true in ret[] at their places. A number is a PID of the host or of
 * the container; "host:N" and "inside:N" say which. What means no process of the container, or two,
 * is an outcome.
 */
void nsv_memory_choose(struct nsv_collection *c, bool *ret);
/* The PID in the container's PID namespace; 0: it has none there. */
pid_t nsv_memory_pid_inside(const struct nsv_collection *c, const struct nsv_status *status);

/* ---- memory_process.c: what a core says of a process ---- */

struct nsv_memory_process {
	const struct nsv_process *p;
	struct nsv_process_stat stat;
	struct nsv_status status;
	int nice;
	char arguments[80];
	char *auxv;
	size_t auxv_len;
	struct nsv_core_thread *threads;
	size_t n_threads;
	bool threads_cut;
};

/* 0; -ESRCH: it has ended; or another -errno. */
int nsv_memory_process_read(struct nsv_memory_process *m, struct nsv_collection *c,
			    struct nsv_proc_reader *reader);
void nsv_memory_process_free(struct nsv_memory_process *m);

/* ---- memory_ranges.c: what of its memory is to be taken ---- */

struct nsv_memory_ranges {
	struct nsv_core_range *list;
	size_t n, room;
	uint64_t bytes, most; /* most: a limit */
	const char *cut;      /* why there is less than there was; NULL */
};

/* Finds them, by --memory-filter, and writes each mapping to @j. 0 or -errno. */
int nsv_memory_ranges_find(struct nsv_memory_ranges *ret, struct nsv_memory_reader *reader,
			   struct nsv_maps *maps, unsigned filter, struct nsv_jout *j);

#endif
