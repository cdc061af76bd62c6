/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * opener.h - a process that pins containers and passes their fds to a daemon that has given up the
 * right to open them.
 *
 * A daemon that parses the bytes of containers should not keep CAP_SYS_PTRACE, and Landlock refuses
 * /proc/PID/root even to root. The opener is started before the daemon drops its rights. It parses
 * only requests of a fixed size, opens only the files that nsv_opener_pin() names, and refuses
 * processes of the host: a daemon that was taken over gets no fd of the host's root.
 *
 * The opener is a helper (helper.h): undumpable, and it dies with the thread that started it. It
 * has one thread, drops every capability except CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, and holds
 * no fd of a container. A child serves each request and lives NSV_OPENER_SECONDS at most, so a
 * container that hangs delays no other; NSV_OPENER_CHILDREN may hang at a time.
 */
#ifndef NSV_REACH_OPENER_H
#define NSV_REACH_OPENER_H

#include <stdint.h>
#include <sys/types.h>

#include "helper.h"

#define NSV_OPENER_SECONDS  10
#define NSV_OPENER_CHILDREN 32

/* The fds of a process that can be pinned. As a bit of @wanted: 1U << NSV_PIN_ROOT. */
enum nsv_pin {
	NSV_PIN_PIDFD, /* pidfd_open(2) */
	NSV_PIN_ROOT,  /* O_PATH of /proc/PID/root */
	NSV_PIN_EXE,   /* /proc/PID/exe, opened for reading */
	NSV_PIN_MNT,   /* from here on /proc/PID/ns/..., for setns(2): namespaces(7) */
	NSV_PIN_USER,
	NSV_PIN_PID,
	NSV_PIN_NET,
	NSV_PIN_IPC,
	NSV_PIN_UTS,
	NSV_PIN_CGROUP,
	NSV_PIN_TIME,
	NSV_PINS
};

struct nsv_pins {
	int fds[NSV_PINS];     /* the caller's; NSV_FD_NONE: not wanted, or not opened */
	int32_t err[NSV_PINS]; /* -errno if not opened; -ENOENT: the kernel has none; else 0 */
};

/*
 * The process as a scan saw it. The kernel gives numbers of namespaces again as soon as they are
 * free, as it does with PIDs, so another process may have both; its start time differs.
 */
struct nsv_pin_guard {
	pid_t pid;
	uint64_t mntns_ino; /* not 0 */
	uint64_t start;	    /* clock ticks since boot, field 22 of proc_pid_stat(5); 0: any */
};

struct nsv_opener {
	struct nsv_helper helper;
	int sock;
};

/*
 * Starts an opener, which dies with the calling thread. Call while the process has one thread and
 * the right to open containers: CAP_SYS_PTRACE, or as the owner of rootless ones. 0 or -errno.
 *
 * @confine (may be NULL) runs in the opener before the first request, when the rights that it does
 * not need are gone already: a filter of the caller's, say. If it fails, so do all requests.
 */
int nsv_opener_start(struct nsv_opener *ret, int (*confine)(void));

/*
 * Pins the process and opens the fds of @wanted, a set of bits. The opener gets the pidfd first,
 * compares mount namespace and start with the guard, and polls the pidfd last: a re-used PID is
 * -ESRCH, and the fds of a success belong to one process. If the process changes a namespace
 * meanwhile, its fd is of the old or the new one. The root's fd keeps the container's mounts busy
 * (umount(2)) until it is closed.
 *
 * @o NULL: the calling process opens them itself, as long as that takes.
 *
 * Waits at most @ms. Needs no privilege: socketpair(2), sendmsg(2), recvmsg(2), poll(2).
 * Threads: any number at once.
 *
 * Errors: -EINVAL an unknown bit, no bit, or a mntns_ino of 0; -ESRCH no such process, an ended
 * one, or another than the guard's; -EPERM a process in the host's mount namespace or with its
 * root; -EACCES the opener may not open it; -ETIMEDOUT; -EAGAIN NSV_OPENER_CHILDREN hang;
 * -ECONNRESET the opener or its child has ended; -EMFILE no room for the fds; others of
 * nsv_target_open_pid().
 */
int nsv_opener_pin(const struct nsv_opener *o, const struct nsv_pin_guard *guard, unsigned wanted,
		   int ms, struct nsv_pins *ret);

/* Closes every fd of @pins. */
void nsv_pins_close(struct nsv_pins *pins);

/* Kills and reaps the opener; its children die with it. */
void nsv_opener_end(struct nsv_opener *o);

#endif
