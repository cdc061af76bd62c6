/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core_elf.h - the head of an ELF core file (elf(5), core(5)): its header, program headers and
 * notes, as the kernel writes them and gdb(1) reads them, for x86-64 and aarch64. What follows is
 * the memory of each range, in order.
 *
 * Registers are those that /proc/PID/task/TID/syscall tells of a thread that waits: where it is,
 * its stack, and the call's arguments. All others are 0. Thread IDs are those of the process's own
 * PID namespace: by them libthread_db matches threads with what it finds in memory. Pure: bytes
 * into a buffer; no locks.
 */
#ifndef NSV_COLLECT_CORE_ELF_H
#define NSV_COLLECT_CORE_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "collect/tar_header.h"

#define NSV_CORE_PAGE 4096

/* A piece of memory that the file has. */
struct nsv_core_range {
	uint64_t at, len; /* whole pages */
	uint32_t flags;	  /* PF_R, PF_W, PF_X */
};

/* A mapping of a file. */
struct nsv_core_file {
	uint64_t start, end, offset; /* bytes */
	const char *path;
};

struct nsv_core_thread {
	pid_t tid, tid_inside;
	bool known;   /* the next three are */
	bool in_call; /* and so are the last two */
	uint64_t sp, pc;
	int64_t call; /* its number */
	uint64_t args[6];
};

struct nsv_core {
	uint16_t machine; /* EM_X86_64, EM_AARCH64 */
	pid_t pid;	  /* in its own PID namespace, as it and its threads know themselves */
	uint32_t uid, gid;
	char state; /* 'R', 'S', ... */
	int nice;
	const char *name;      /* up to 15 bytes */
	const char *arguments; /* up to 79 bytes */
	const void *auxv;
	size_t auxv_len;
	const struct nsv_core_thread *threads; /* the main thread first */
	size_t n_threads;
	const struct nsv_core_file *files;
	size_t n_files;
	const struct nsv_core_range *ranges; /* ascending */
	size_t n_ranges;
};

/* Appends to the empty @out. It ends on a page; the ranges' bytes follow. 0 or -ENOMEM. */
int nsv_core_head(const struct nsv_core *core, struct nsv_bytes *out);

/* "NUMBER ARGUMENTS SP PC", "-1 SP PC" or "running". Sets all of *t but tid. */
void nsv_core_parse_syscall(const char *text, struct nsv_core_thread *t);

#endif
