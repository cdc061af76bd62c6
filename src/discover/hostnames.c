/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hostnames.c - what each container calls itself, asked of the kernel inside its UTS namespace.
 *
 * One forked child goes through the distinct UTS namespaces, enters each (setns(2)), asks
 * uname(2) and leaves the answer in memory that it shares with the caller. Where an ordinary user
 * has to join the user namespace first, a child of that child does so, for all that it can reach
 * from there. Nothing else is entered, nothing executed, no file of a container read.
 *
 * Defends against: a PID that was used again (the process's directory is held while its
 * namespaces are compared with what the scan saw), a container that would trace the child
 * (undumpable, outside of its PID namespace), a child that is stuck (a time limit for all). The
 * bytes are the container's choice; at most 64, none of them NUL.
 *
 * The caller may have threads: the children use async-signal-safe calls only, and all signals are
 * blocked in them. No locks.
 */
#include "discover/internal.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "discover/process.h"
#include "reach/procfs.h"
#include "reach/util.h"

/* For all hostnames together: a thousand take some 20 ms. */
#define TIME_LIMIT_MS 3000

enum state {
	WAITING, /* not asked yet */
	DENIED,	 /* its user namespace has to be joined first */
	KNOWN,
	FAILED,
};

/* One container, in memory shared with the children. */
struct slot {
	uint64_t utsns, mntns;
	size_t index; /* in scan->containers */
	int state;
	char dir[NSV_PROCESS_DIR]; /* below /proc: PID, or a thread where the main one has ended */
	char name[sizeof(((struct utsname *)NULL)->nodename)];
};

static int by_utsns(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	if (x->utsns != y->utsns)
		return x->utsns < y->utsns ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* ---- the children: async-signal-safe calls only ---- */

static int harden(void)
{
	/* A change of credentials clears the death signal: this is called again after it. */
	return prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : 0;
}

/* The UTS namespace of the slot's process, if it is still the one that the scan saw. */
static int open_utsns(int procfs, const struct slot *s)
{
	nsv_autofd int dir = openat(procfs, s->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;

	if (dir < 0)
		return -errno;
	fd = openat(dir, "ns/uts", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_ino != s->utsns || nsv_ns_inode(dir, "ns/mnt") != s->mntns)
		return -ESRCH;
	return nsv_steal_fd(&fd);
}

static void ask(int procfs, struct slot *s)
{
	nsv_autofd int fd = open_utsns(procfs, s);
	struct utsname uts;

	s->state = FAILED;
	if (fd < 0)
		return;
	if (setns(fd, CLONE_NEWUTS) < 0) {
		if (errno == EPERM)
			s->state = DENIED;
	} else if (uname(&uts) == 0) {
		memcpy(s->name, uts.nodename, sizeof(s->name));
		s->name[sizeof(s->name) - 1] = '\0';
		s->state = KNOWN;
	}
}

/* Each namespace once; its next process is asked when one has failed. */
static void ask_all(int procfs, struct slot *slots, size_t n, int wanted)
{
	for (size_t i = 0; i < n; i++) {
		struct slot *s = &slots[i];

		if (s->state != wanted)
			continue;
		if (i && s[-1].utsns == s->utsns && s[-1].state == KNOWN) {
			memcpy(s->name, s[-1].name, sizeof(s->name));
			s->state = KNOWN;
			continue;
		}
		ask(procfs, s);
	}
}

/* In a child of the child: joins the user namespace of one slot, asks all that it may there. */
static void ask_from_userns(int procfs, struct slot *slots, size_t n, const struct slot *first)
{
	nsv_autofd int uts = open_utsns(procfs, first);
	nsv_autofd int userns = uts < 0 ? NSV_FD_NONE : ioctl(uts, NS_GET_USERNS);

	if (userns >= 0 && harden() == 0 && setns(userns, CLONE_NEWUSER) == 0 && harden() == 0)
		ask_all(procfs, slots, n, DENIED);
	_exit(0);
}

static void child_main(int procfs, struct slot *slots, size_t n)
{
	if (harden() < 0)
		_exit(1);
	ask_all(procfs, slots, n, WAITING);
	for (size_t i = 0; i < n; i++) {
		pid_t pid;

		if (slots[i].state != DENIED)
			continue;
		/* fork(3) would take locks that a thread of the caller may have held. */
		pid = _Fork();
		if (pid == 0)
			ask_from_userns(procfs, slots, n, &slots[i]);
		while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		if (slots[i].state == DENIED)
			slots[i].state = FAILED;
	}
	_exit(0);
}

/* ---- the caller ---- */

/* Waits for the child, no longer than the limit; then it is killed. */
static void wait_for_child(pid_t pid)
{
	struct pollfd p = { .events = POLLIN };
	nsv_autofd int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	p.fd = pidfd;
	/* No signal arrives: they are blocked. */
	if (pidfd < 0 || poll(&p, 1, TIME_LIMIT_MS) != 1) {
		if (pidfd >= 0)
			(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
		else
			(void)kill(pid, SIGKILL);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void ask_in_child(int procfs, struct slot *slots, size_t n)
{
	sigset_t all, old;
	pid_t pid;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	pid = fork();
	if (pid == 0)
		child_main(procfs, slots, n);
	if (pid > 0)
		wait_for_child(pid);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static size_t fill_slots(struct nsv_scan *scan, struct slot *slots)
{
	struct utsname own;
	const char *name = NULL;
	size_t n = 0;

	for (size_t i = 0; i < scan->n; i++) {
		struct nsv_container *c = &scan->containers[i];
		uint64_t mntns;

		if (c->utsns == 0 || c->hostname)
			continue;
		if (c->utsns == scan->utsns) {
			if (!name && uname(&own) == 0)
				name = nsv_arena_str(&scan->arena, own.nodename);
			c->hostname = name;
			continue;
		}
		slots[n] = (struct slot){ .utsns = c->utsns, .mntns = c->mntns, .index = i };
		if (nsv_process_mntns(scan->procfs, c->pid, slots[n].dir, &mntns) == 0)
			n++;
	}
	return n;
}

void nsv_hostnames_fill(struct nsv_scan *scan)
{
	size_t size = scan->n * sizeof(struct slot);
	struct slot *slots;
	size_t n;

	if (scan->recorded || scan->n == 0)
		return;
	slots = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (slots == MAP_FAILED)
		return;
	n = fill_slots(scan, slots);
	qsort(slots, n, sizeof(*slots), by_utsns);
	if (n)
		ask_in_child(scan->procfs, slots, n);
	for (size_t i = 0; i < n; i++)
		if (slots[i].state == KNOWN)
			scan->containers[slots[i].index].hostname =
			    nsv_arena_strn(&scan->arena, slots[i].name,
					   strnlen(slots[i].name, sizeof(slots->name)));
	(void)munmap(slots, size);
}
