/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hostnames.c - what each container calls itself, asked of the kernel inside its UTS namespace.
 *
 * One forked child goes through the distinct UTS namespaces, enters each (setns(2)), asks
 * uname(2) and leaves the answer in memory that it shares with the caller. Where an ordinary user
 * has to join the user namespace first, a child of that child does so, for all that it can reach
 * from there. Nothing else is entered, nothing executed, no file of a container read.
 *
 * Defends against: a PID that was used again (the namespace is compared with what the scan saw), a
 * container that would trace the child (undumpable, outside of its PID namespace), a child that is
 * stuck (a time limit for all). The bytes are the container's choice; at most 64, none of them NUL.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

#include "reach/clock.h"
#include "reach/proc.h"
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

#define NS_UTS "/ns/uts"

/* One container, in memory shared with the children. */
struct slot {
	uint64_t utsns;
	size_t index; /* in scan->containers */
	int state;
	char path[NSV_PROCESS_DIR + sizeof(NS_UTS)]; /* below /proc */
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

/* The UTS namespace that the scan saw: whoever has that one has that hostname. */
static int open_utsns(int procfs, const struct slot *s)
{
	nsv_autofd int fd = openat(procfs, s->path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return st.st_ino == s->utsns ? nsv_steal_fd(&fd) : -ESRCH;
}

static void ask(int procfs, struct slot *s)
{
	nsv_autofd int fd = open_utsns(procfs, s);
	struct utsname uts;

	/* From another user namespace not even the link can be read: its turn comes. */
	if (fd < 0 && s->state == DENIED)
		return;
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

struct nsv_hostnames {
	struct slot *slots; /* shared with the children */
	size_t n, size;
	pid_t child;	  /* <= 0: none */
	int64_t deadline; /* monotonic ms */
	sigset_t mask;	  /* the caller's */
};

static void start_child(int procfs, struct nsv_hostnames *h)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &h->mask);
	h->deadline = nsv_now_ms() + TIME_LIMIT_MS;
	h->child = fork();
	if (h->child == 0)
		child_main(procfs, h->slots, h->n);
	if (h->child < 0)
		(void)pthread_sigmask(SIG_SETMASK, &h->mask, NULL);
}

/* Waits for the child, no longer than the limit; then it is killed. */
static void wait_for_child(struct nsv_hostnames *h)
{
	struct pollfd p = { .events = POLLIN };
	nsv_autofd int pidfd = (int)syscall(SYS_pidfd_open, h->child, 0);
	int64_t now = nsv_now_ms();

	p.fd = pidfd;
	/* No signal arrives: they are blocked. */
	if (pidfd < 0 || poll(&p, 1, h->deadline > now ? (int)(h->deadline - now) : 0) != 1) {
		if (pidfd >= 0)
			(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
		else
			(void)kill(h->child, SIGKILL);
	}
	while (waitpid(h->child, NULL, 0) < 0 && errno == EINTR)
		;
	(void)pthread_sigmask(SIG_SETMASK, &h->mask, NULL);
}

static size_t fill_slots(struct nsv_scan *scan, struct slot *slots)
{
	struct utsname own;
	const char *name = NULL;
	size_t n = 0;

	for (size_t i = 0; i < scan->n; i++) {
		struct nsv_container *c = &scan->containers[i];

		if (c->utsns == 0 || c->hostname)
			continue;
		if (c->utsns == scan->utsns) {
			if (!name && uname(&own) == 0)
				name = nsv_arena_str(&scan->arena, own.nodename);
			c->hostname = name;
			continue;
		}
		slots[n] = (struct slot){ .utsns = c->utsns, .index = i };
		(void)snprintf(slots[n].path, sizeof(slots[n].path), "%d" NS_UTS, (int)c->pid);
		n++;
	}
	return n;
}

/* Those whose main thread has ended before the others are asked for through one of these. */
static size_t find_threads(struct nsv_scan *scan, struct nsv_hostnames *h)
{
	size_t again = 0;

	for (size_t i = 0; i < h->n; i++) {
		struct slot *s = &h->slots[i];
		char dir[NSV_PROCESS_DIR];
		uint64_t mntns;

		if (s->state != FAILED ||
		    nsv_process_mntns(scan->procfs, scan->containers[s->index].pid, dir, &mntns) <
			0 ||
		    !strchr(dir, '/'))
			continue;
		(void)snprintf(s->path, sizeof(s->path), "%s" NS_UTS, dir);
		s->state = WAITING;
		again++;
	}
	return again;
}

struct nsv_hostnames *nsv_hostnames_start(struct nsv_scan *scan)
{
	struct nsv_hostnames *h;

	if (scan->recorded || scan->n == 0)
		return NULL;
	h = nsv_arena_alloc(&scan->arena, sizeof(*h));
	if (!h)
		return NULL;
	h->size = scan->n * sizeof(struct slot);
	h->slots = mmap(NULL, h->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (h->slots == MAP_FAILED)
		return NULL;
	h->n = fill_slots(scan, h->slots);
	qsort(h->slots, h->n, sizeof(*h->slots), by_utsns);
	if (h->n)
		start_child(scan->procfs, h);
	return h;
}

void nsv_hostnames_finish(struct nsv_scan *scan, struct nsv_hostnames *h)
{
	if (!h)
		return;
	if (h->child > 0)
		wait_for_child(h);
	if (h->child > 0 && find_threads(scan, h)) {
		start_child(scan->procfs, h);
		if (h->child > 0)
			wait_for_child(h);
	}
	for (size_t i = 0; i < h->n; i++) {
		struct slot *s = &h->slots[i];

		if (s->state == KNOWN)
			scan->containers[s->index].hostname =
			    nsv_arena_strn(&scan->arena, s->name,
					   strnlen(s->name, sizeof(s->name)));
	}
	(void)munmap(h->slots, h->size);
}

void nsv_hostnames_fill(struct nsv_scan *scan)
{
	nsv_hostnames_finish(scan, nsv_hostnames_start(scan));
}
