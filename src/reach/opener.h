/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * opener.h - a process that pins containers and passes their fds on, for a daemon that gives up the
 * right to open them itself.
 *
 * What parses the bytes of containers is better off without CAP_SYS_PTRACE; Landlock refuses
 * /proc/PID/root even to root. The opener is started before, parses nothing but requests of a fixed
 * size, and opens nothing but what nsv_opener_pin() names, of processes that are containers: a
 * daemon that was taken over does not get the host's root from it.
 *
 * It is a helper (helper.h): undumpable, and it ends with the thread that started it. It has one
 * thread, keeps CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH of what capabilities it had, and holds no fd
 * of a container. Each request is served by a child of its own, which has NSV_OPENER_SECONDS to
 * live; one container that hangs is its own affair, and NSV_OPENER_CHILDREN that hang are the
 * limit.
 */
#ifndef NSV_REACH_OPENER_H
#define NSV_REACH_OPENER_H

#include <stdint.h>
#include <sys/types.h>

#include "helper.h"

#define NSV_OPENER_SECONDS  10
#define NSV_OPENER_CHILDREN 32

/* What there is to be had of a process; as a bit, 1U << NSV_PIN_ROOT. */
enum nsv_pin {
	NSV_PIN_PIDFD, /* pidfd_open(2) */
	NSV_PIN_ROOT,  /* O_PATH of its "/" */
	NSV_PIN_EXE,   /* its executable, readable */
	NSV_PIN_MNT,   /* namespaces(7), readable nsfs files */
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
	int fds[NSV_PINS];     /* the caller's; NSV_FD_NONE: not asked for, or not to be had */
	int32_t err[NSV_PINS]; /* why not: -errno; -ENOENT: none, or none on this kernel */
};

/*
 * Which process is meant, as a scan saw it. The kernel gives the numbers of namespaces again as
 * soon as they are free, as it does with PIDs, so that both may be another's; the start time is
 * not.
 */
struct nsv_pin_guard {
	pid_t pid;
	uint64_t mntns_ino; /* not 0 */
	uint64_t start;	    /* field 22 of /proc/PID/stat, clock ticks since boot; 0: any */
};

struct nsv_opener {
	struct nsv_helper helper;
	int sock;
};

/*
 * Starts it. For a process with one thread, the one that lives longest, while it has the right to
 * open containers: root, CAP_SYS_PTRACE, or an ordinary user with containers of theirs. 0 or
 * -errno.
 */
int nsv_opener_start(struct nsv_opener *ret);

/*
 * Pins the process and opens what the bits of @wanted say. The pidfd is opened first and asked
 * last, and mount namespace and start must be the guard's: a PID that was used again is -ESRCH. The
 * fds are of one process then; a namespace that it goes to in the middle is seen or not. An fd of
 * its root keeps the container's mounts busy (umount(2)) until it is closed.
 *
 * Needs no privilege: socketpair(2), sendmsg(2), recvmsg(2), poll(2). Waits at most @ms.
 * Threads: any number at once.
 *
 * Errors: -EINVAL an unknown bit, no bit, or a mntns_ino of 0; -ESRCH no such process, or
 * it has ended, or is not the one meant; -EPERM the host: its mount namespace, or its root; -EACCES
 * the opener itself has no right to; -ETIMEDOUT; -EAGAIN too many hang; -ECONNRESET the opener, or
 * its child, has ended; -EMFILE no room for the fds; others of nsv_target_open_pid().
 */
int nsv_opener_pin(const struct nsv_opener *o, const struct nsv_pin_guard *guard, unsigned wanted,
		   int ms, struct nsv_pins *ret);

/* Closes all of them. */
void nsv_pins_close(struct nsv_pins *pins);

/* Ends it and its children. */
void nsv_opener_end(struct nsv_opener *o);

#endif
