/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proc.h - the one reader of what /proc/PID tells of a process: stat, status, namespaces.
 *
 * A process is named by its directory below an open procfs (or process directory): "PID",
 * "PID/task/TID" where the main thread has ended and others live on, or ".". Whether that procfs is
 * the host's own is the caller's matter (procfs.h). All answer -errno; -ENOENT and -ESRCH mean that
 * it has ended. No state, no locks.
 */
#ifndef NSV_REACH_PROC_H
#define NSV_REACH_PROC_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NSV_PROCESS_DIR 40 /* bytes that "PID/task/TID" takes */

/* The deepest nesting of PID namespaces that Linux allows (MAX_PID_NS_LEVEL), and the host. */
#define NSV_PID_LEVELS 33

static inline bool nsv_process_gone(int r)
{
	return r == -ENOENT || r == -ESRCH;
}

/*
 * Reads DIR/NAME whole, whatever its length up to 1 MiB (-E2BIG): a process may have 65,536
 * groups in its status. *ret_text is @small where that is enough, else malloc'd: free *ret_heap.
 */
ssize_t nsv_process_text(int procfs, const char *dir, const char *name, char *small, size_t size,
			 const char **ret_text, char **ret_heap);

/* ---- namespaces ---- */

/* Inode number of the namespace @kind ("mnt"): by readlink, which opens nothing. */
int nsv_process_ns(int procfs, const char *dir, const char *kind, uint64_t *ret);
/* The same by the whole name ("self/ns/mnt"); 0 and errno where it can't be read. */
uint64_t nsv_ns_inode(int dirfd, const char *name);

/* Of the main thread, else of one that lives on; fills @dir with the one that answered. */
int nsv_process_mntns(int procfs, pid_t pid, char dir[NSV_PROCESS_DIR], uint64_t *ret);

/* The process or thread that "PID" or "PID/task/TID" is. */
pid_t nsv_process_tid(const char *dir);

/* ---- stat: proc_pid_stat(5) ---- */

struct nsv_process_stat {
	char state; /* 'R', 'S', 'Z', 'X', ... */
	pid_t ppid;
	uint64_t start; /* clock ticks since boot (field 22) */
	bool kthread;	/* PF_KTHREAD */
	char comm[64];	/* as the process chose it */
};

/* 0 or -EBADMSG. */
int nsv_stat_parse(const char *text, struct nsv_process_stat *ret);
int nsv_process_stat(int procfs, const char *dir, struct nsv_process_stat *ret);

/* ---- status: proc_pid_status(5) ---- */

struct nsv_status {
	pid_t ppid, tgid;
	unsigned n_tgids, levels;    /* entries in the two lists below */
	pid_t tgids[NSV_PID_LEVELS]; /* NStgid: from the reader's PID namespace inwards */
	pid_t tids[NSV_PID_LEVELS];  /* NSpid: the thread's own, likewise */
	pid_t inside;		     /* the last of NSpid */
	unsigned n_uids;	     /* 4, or 0 where the line is missing or broken */
	uint32_t uids[4];	     /* real, effective, saved, of the file system */
	uint32_t uid, gid;	     /* effective */
	uint64_t caps[5];	     /* effective, permitted, bounding, inheritable, ambient */
	int seccomp;		     /* -1: the kernel does not tell */
	unsigned seccomp_filters;
	bool no_new_privs;
};

/* What is missing stays zero. */
void nsv_status_parse(const char *text, struct nsv_status *ret);
int nsv_status_read(int procfs, const char *dir, struct nsv_status *ret);

struct nsv_process_ids {
	pid_t tgid;	 /* of its thread group */
	unsigned levels; /* of PID namespaces, that of this /proc first */
	pid_t inside;	 /* its number in the innermost */
	uint32_t uid;	 /* effective */
};

/*
 * A process may be in 65,536 groups, which the kernel takes some 20 ms to print into its status,
 * and have thousands of children that are in them too. @slow counts those that were met; after a
 * few the same is asked for otherwise. NULL: not counted.
 */
int nsv_process_ids(int procfs, const char *dir, unsigned *slow, struct nsv_process_ids *ret);
/* The effective user, whatever its status costs. */
int nsv_process_euid(int procfs, const char *dir, uint32_t *ret);

/* ---- stat and status together, as a target keeps them ---- */

struct nsv_proc {
	char state;
	bool kthread;
	uint64_t start;
	unsigned levels;	     /* entries in each of the two lists below */
	pid_t tgids[NSV_PID_LEVELS]; /* thread group's PID, from the reader's namespace inwards */
	pid_t tids[NSV_PID_LEVELS];  /* the thread's own */
};

int nsv_proc_read(int procfs, const char *dir, struct nsv_proc *ret);

#endif
