/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * procfs.h - reading the host's /proc, and being sure that it is one.
 *
 * Everything nsview decides (who a PID is, which namespaces it has) comes from
 * the host's own procfs, held by a checked fd; never from a /proc that a
 * container mounted. Reads are bounded.
 */
#ifndef NSV_REACH_PROCFS_H
#define NSV_REACH_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <nsview/error.h>

/* The deepest nesting of PID namespaces that Linux allows (MAX_PID_NS_LEVEL), and the host. */
#define NSV_PID_LEVELS 33

/* Inode number of a procfs's own root directory (PROC_ROOT_INO in the kernel). */
#define NSV_PROC_ROOT_INO 1

/* One process as /proc/PID/stat and status tell of it. */
struct nsv_proc {
	char state;		     /* 'R', 'S', 'Z', 'X', ... */
	bool kthread;		     /* PF_KTHREAD */
	uint64_t start;		     /* start time, clock ticks since boot (field 22) */
	unsigned levels;	     /* entries in the two lists below */
	pid_t tgids[NSV_PID_LEVELS]; /* thread group's PID, from the reader's namespace inwards */
	pid_t tids[NSV_PID_LEVELS];  /* the thread's own */
};

/* Opens /proc with O_PATH; -ENOTDIR if what lies there is no procfs. */
int nsv_procfs_open(struct nsv_error *e);

/* Whether an open directory is (any directory of) a procfs, and whether it is its root. */
bool nsv_is_procfs(int fd);
bool nsv_is_procfs_root(int fd);

/*
 * Whether a file below @dirfd is procfs's own: a container may have mounted a FIFO or a
 * device over one in the /proc that it sees. Looks with O_PATH only.
 */
bool nsv_is_procfs_file(int dirfd, const char *name);

/*
 * Reads a small text file below @dirfd whole into @buf, terminated. Returns its
 * length, -E2BIG if it is longer than @size - 1, or -errno.
 */
ssize_t nsv_read_text(int dirfd, const char *name, char *buf, size_t size);

/*
 * Reads NAME/stat and NAME/status below @dirfd, where NAME is "PID" or
 * "PID/task/TID" or "." for an open process directory.
 */
int nsv_proc_read(int dirfd, const char *name, struct nsv_proc *ret);

/* Inode number of a namespace link ("ns/mnt") below a process directory; 0 when unreadable. */
uint64_t nsv_ns_inode(int procdir, const char *name);

/* A decimal number that is the whole of @s: 0 and *ret, -EINVAL, or -ERANGE above @max. */
int nsv_parse_u64(const char *s, uint64_t max, uint64_t *ret);

#endif
