/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proc.h - reads stat, status and namespaces of a process in /proc.
 *
 * @dir names the process below the open directory @procfs: "PID"; "PID/task/TID" if the main thread
 * has ended and others live on; or "." if @procfs is a process's own directory. The caller makes
 * sure that @procfs is the host's own (procfs.h).
 *
 * Calls return 0 or -errno: -ENOENT and -ESRCH the process has ended, -EBADMSG the text is not the
 * kernel's, -EACCES not allowed (namespaces take PTRACE_MODE_READ_FSCREDS, ptrace(2)). Any thread.
 */
#ifndef NSV_REACH_PROC_H
#define NSV_REACH_PROC_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NSV_PROCESS_DIR 40 /* bytes that hold any "PID/task/TID" */

/* The initial PID namespace, and the 32 levels below it that Linux allows (pid_namespaces(7)). */
#define NSV_PID_LEVELS 33

static inline bool nsv_process_gone(int r)
{
	return r == -ENOENT || r == -ESRCH;
}

/*
 * Reads @dir/@name whole, up to 1 MiB (then -E2BIG): a status may list 65,536 groups. Returns the
 * length. *ret_text is terminated, and is @small if the text is shorter than @size; else it is
 * *ret_heap, to be freed.
 */
ssize_t nsv_process_text(int procfs, const char *dir, const char *name, char *small, size_t size,
			 const char **ret_text, char **ret_heap);

/* ---- namespaces ---- */

/* Inode number of the namespace @kind ("mnt"), by readlink(2), which takes no reference to it. */
int nsv_process_ns(int procfs, const char *dir, const char *kind, uint64_t *ret);
/* The same of a path ("self/ns/mnt") below @dirfd; 0, with errno set, if unreadable. */
uint64_t nsv_ns_inode(int dirfd, const char *name);

/* The mount namespace of the main thread or, if that has ended, of another thread. @dir gets the
 * directory that was read. */
int nsv_process_mntns(int procfs, pid_t pid, char dir[NSV_PROCESS_DIR], uint64_t *ret);

/* The PID in "PID", the TID in "PID/task/TID". */
pid_t nsv_process_tid(const char *dir);

/* ---- stat: proc_pid_stat(5) ---- */

struct nsv_process_stat {
	char state; /* 'R', 'S', 'Z', 'X', ... */
	pid_t ppid;
	uint64_t start; /* clock ticks since boot (field 22) */
	bool kthread;	/* PF_KTHREAD */
	char comm[64];	/* chosen by the process, unescaped */
};

int nsv_stat_parse(const char *text, struct nsv_process_stat *ret);
int nsv_process_stat(int procfs, const char *dir, struct nsv_process_stat *ret);

/* ---- status: proc_pid_status(5) ---- */

struct nsv_status {
	pid_t ppid, tgid;
	unsigned n_tgids, levels;    /* entries in the two lists below */
	pid_t tgids[NSV_PID_LEVELS]; /* NStgid: from the reader's PID namespace inwards */
	pid_t tids[NSV_PID_LEVELS];  /* NSpid: the thread's own ID, likewise */
	pid_t inside;		     /* the last of NSpid: in the innermost namespace */
	unsigned n_uids;	     /* 4; less if the line is missing or malformed */
	uint32_t uids[4];	     /* real, effective, saved, file system */
	uint32_t uid, gid;	     /* effective */
	uint64_t caps[5];	     /* effective, permitted, bounding, inheritable, ambient */
	int seccomp;		     /* -1: not in this kernel's status */
	unsigned seccomp_filters;
	bool no_new_privs;
};

/* Missing lines leave zeroes. */
void nsv_status_parse(const char *text, struct nsv_status *ret);
int nsv_status_read(int procfs, const char *dir, struct nsv_status *ret);

struct nsv_process_ids {
	pid_t tgid;	 /* the thread group's PID, in the PID namespace of this /proc */
	unsigned levels; /* PID namespaces from that of this /proc to the innermost */
	pid_t inside;	 /* the number in the innermost PID namespace */
	uint32_t uid;	 /* effective */
	pid_t ppid;	 /* 0: none that this /proc shows, or not known */
};

/*
 * Reads these IDs. A process may be in 65,536 groups, whose list in status takes the kernel some
 * 20 ms to print, and may have thousands of such children. @slow counts such processes over
 * several calls: after 16 the IDs are taken from a pidfd's fdinfo where possible. NULL: no count.
 */
int nsv_process_ids(int procfs, const char *dir, unsigned *slow, struct nsv_process_ids *ret);
/* The effective user, without reading status. */
int nsv_process_euid(int procfs, const char *dir, uint32_t *ret);

/* ---- the parts of stat and status that identify a process; members as above ---- */

struct nsv_proc {
	char state;
	bool kthread;
	uint64_t start;
	unsigned levels;	     /* entries in each of the two lists below */
	pid_t tgids[NSV_PID_LEVELS]; /* thread group's PID, from the reader's namespace inwards */
	pid_t tids[NSV_PID_LEVELS];  /* the thread's own ID, likewise */
};

int nsv_proc_read(int procfs, const char *dir, struct nsv_proc *ret);

#endif
