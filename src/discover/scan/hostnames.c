/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hostnames.c - reads each container's hostname from the kernel, inside its UTS namespace.
 *
 * A helper process (reach/helper.h) joins each distinct UTS namespace with setns(2), calls uname(2)
 * and writes the answer to memory shared with the caller. An ordinary user must join the owning
 * user namespace first: a second helper, forked by the first, does this for all namespaces that it
 * can then join. The helpers join nothing else, execute nothing and read no file of a container.
 *
 * Defends against a re-used PID (the namespace's inode number must be the one that the scan saw)
 * and a stuck helper (one time limit for all hostnames). The container chooses the bytes: at most
 * 64, no NUL.
 *
 * The caller may have threads: the helpers make async-signal-safe calls only. No locks.
 */
#include "discover/internal.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "reach/clock.h"
#include "reach/helper.h"
#include "reach/message.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

/* For all hostnames together. A thousand take about 20 ms. */
#define TIME_LIMIT_S 3

enum state {
	WAITING, /* not asked yet */
	DENIED,	 /* needs a helper that joins the user namespace first */
	KNOWN,
	FAILED,
};

#define NS_UTS "/ns/uts"

/* One container, in memory shared with the helpers. */
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

/* ---- the helpers: async-signal-safe calls only ---- */

/* Opens the UTS namespace; -ESRCH if it is not the one that the scan saw. */
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

	/* A namespace of another user namespace can't even be opened here: a later helper asks. */
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

/* Asks each namespace once; after a failure, through its next process. */
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

struct work {
	int procfs;
	struct slot *slots;
	size_t n;
	const struct slot *first; /* the second helper joins this slot's user namespace */
};

/* The second helper: joins the user namespace of one slot and asks every namespace it then may. */
static void ask_from_userns(void *data, pid_t parent)
{
	const struct work *w = data;
	nsv_autofd int uts = open_utsns(w->procfs, w->first);
	nsv_autofd int userns = uts < 0 ? NSV_FD_NONE : ioctl(uts, NS_GET_USERNS);

	if (userns >= 0 && nsv_helper_join_userns(userns, parent) == 0)
		ask_all(w->procfs, w->slots, w->n, DENIED);
}

static void ask_in_helper(void *data, pid_t parent)
{
	struct work *w = data;

	ask_all(w->procfs, w->slots, w->n, WAITING);
	for (size_t i = 0; i < w->n; i++) {
		const struct nsv_helper_plan plan = {
			.run = ask_from_userns,
			.data = w,
			.keep = &w->procfs,
			.n_keep = 1,
			.nested = true,
		};
		struct nsv_helper h = NSV_HELPER_NONE;

		if (w->slots[i].state != DENIED)
			continue;
		w->first = &w->slots[i];
		if (nsv_helper_start(&plan, &h) == 0)
			while (waitpid(h.pid, NULL, 0) < 0 && errno == EINTR)
				;
		if (w->slots[i].state == DENIED)
			w->slots[i].state = FAILED;
	}
}

/* ---- the caller ---- */

struct nsv_hostnames {
	struct slot *slots; /* shared with the helpers */
	size_t n, size;
	struct nsv_helper helper;
	int64_t deadline; /* of nsv_now_ms() */
};

static void start_helper(int procfs, struct nsv_hostnames *h)
{
	struct work w = { .procfs = procfs, .slots = h->slots, .n = h->n };
	const struct nsv_helper_plan plan = {
		.run = ask_in_helper,
		.data = &w,
		.keep = &procfs,
		.n_keep = 1,
		.seconds = TIME_LIMIT_S + 1,
	};

	h->helper = (struct nsv_helper)NSV_HELPER_NONE;
	h->deadline = nsv_now_ms() + TIME_LIMIT_S * 1000L;
	(void)nsv_helper_start(&plan, &h->helper);
}

/* Waits until the deadline, then kills the helper. */
static void wait_for_helper(struct nsv_hostnames *h)
{
	(void)nsv_helper_wait(&h->helper, h->deadline);
	(void)nsv_helper_end(&h->helper, NSV_HELPER_END_MS);
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

/* A process whose main thread has ended has no ns/uts of its own: asks again through one of its
 * other threads. Returns how many. */
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
	h->helper = (struct nsv_helper)NSV_HELPER_NONE;
	qsort(h->slots, h->n, sizeof(*h->slots), by_utsns);
	if (h->n)
		start_helper(scan->procfs, h);
	return h;
}

void nsv_hostnames_finish(struct nsv_scan *scan, struct nsv_hostnames *h)
{
	if (!h)
		return;
	if (h->helper.pid > 0) {
		wait_for_helper(h);
		if (find_threads(scan, h)) {
			start_helper(scan->procfs, h);
			wait_for_helper(h);
		}
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
