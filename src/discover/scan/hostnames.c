/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hostnames.c - reads each container's hostname from the kernel, inside its UTS namespace.
 *
 * A helper process (reach/helper.h) joins each UTS namespace with setns(2), calls uname(2) and
 * writes the answer to memory shared with the caller. It starts before any container is known and
 * takes them as the scan finds them, so that it works beside the scan, on another CPU. An ordinary
 * user must join the owning user namespace first: a second helper, forked by the first, does this
 * for all namespaces that it can then join. The helpers join nothing else, execute nothing and read
 * no file of a container.
 *
 * Defends against a re-used PID (the namespace's inode number must be the one that the scan saw)
 * and a stuck helper (one time limit for all hostnames, from when the last container is known). The
 * container chooses the bytes: at most 64, no NUL.
 *
 * The caller may have threads: the helpers make async-signal-safe calls only. No locks.
 */
#include "discover/internal.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

/* One container. */
struct slot {
	uint64_t utsns;
	pid_t pid; /* both as the container has them */
	int state;
	char path[NSV_PROCESS_DIR + sizeof(NS_UTS)]; /* below /proc */
	char name[sizeof(((struct utsname *)NULL)->nodename)];
};

/* How many slots are published at once: waking a helper takes a system call. */
#define BATCH	16
#define NO_MORE (UINT32_C(1) << 31)

/* In memory shared with the helpers. */
struct board {
	_Atomic uint32_t published; /* number of slots that are filled in, and NO_MORE at the end */
	struct slot slots[];
};

static int by_utsns(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	if (x->utsns != y->utsns)
		return x->utsns < y->utsns ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
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

/* Neighbours often share a namespace, which is asked once; after a failure, through the next. */
static void ask_some(int procfs, struct slot *slots, size_t from, size_t to, int wanted)
{
	for (size_t i = from; i < to; i++) {
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
	struct board *board;
	size_t n;		  /* slots that were asked */
	const struct slot *first; /* the second helper joins this slot's user namespace */
};

/* Asks what the scan has found so far, until there is no more. */
static void ask_published(struct work *w)
{
	struct board *b = w->board;

	for (;;) {
		uint32_t now = atomic_load(&b->published);

		ask_some(w->procfs, b->slots, w->n, now & ~NO_MORE, WAITING);
		w->n = now & ~NO_MORE;
		if (now & NO_MORE)
			break;
		/* Returns at once if more was published meanwhile. */
		(void)syscall(SYS_futex, &b->published, FUTEX_WAIT, now, NULL, NULL, 0);
	}
}

/* The second helper: joins the user namespace of one slot and asks every namespace it then may. */
static void ask_from_userns(void *data, pid_t parent)
{
	const struct work *w = data;
	nsv_autofd int uts = open_utsns(w->procfs, w->first);
	nsv_autofd int userns = uts < 0 ? NSV_FD_NONE : ioctl(uts, NS_GET_USERNS);

	if (userns >= 0 && nsv_helper_join_userns(userns, parent) == 0)
		ask_some(w->procfs, w->board->slots, 0, w->n, DENIED);
}

static void ask_in_helper(void *data, pid_t parent)
{
	struct work *w = data;
	struct slot *slots = w->board->slots;

	ask_published(w);
	(void)alarm(TIME_LIMIT_S + 1);
	for (size_t i = 0; i < w->n; i++) {
		const struct nsv_helper_plan plan = {
			.run = ask_from_userns,
			.data = w,
			.keep = &w->procfs,
			.n_keep = 1,
			.nested = true,
		};
		struct nsv_helper h = NSV_HELPER_NONE;

		if (slots[i].state != DENIED)
			continue;
		w->first = &slots[i];
		if (nsv_helper_start(&plan, &h) == 0)
			while (waitpid(h.pid, NULL, 0) < 0 && errno == EINTR)
				;
		if (slots[i].state == DENIED)
			slots[i].state = FAILED;
	}
}

/* ---- the caller ---- */

struct nsv_hostnames {
	struct board *board; /* shared with the helpers */
	size_t n, room, size;
	const char *own; /* the caller's hostname, of the scan's arena */
	struct nsv_helper helper;
};

static void start_helper(int procfs, struct nsv_hostnames *h)
{
	struct work w = { .procfs = procfs, .board = h->board };
	const struct nsv_helper_plan plan = {
		.run = ask_in_helper,
		.data = &w,
		.keep = &procfs,
		.n_keep = 1,
	};

	h->helper = (struct nsv_helper)NSV_HELPER_NONE;
	(void)nsv_helper_start(&plan, &h->helper);
}

static void publish(struct nsv_hostnames *h, uint32_t no_more)
{
	atomic_store(&h->board->published, (uint32_t)h->n | no_more);
	(void)syscall(SYS_futex, &h->board->published, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Waits until the helper is done, for a limited time, then kills it. */
static void wait_for_helper(struct nsv_hostnames *h)
{
	publish(h, NO_MORE);
	(void)nsv_helper_wait(&h->helper, nsv_now_ms() + TIME_LIMIT_S * 1000L);
	(void)nsv_helper_end(&h->helper, NSV_HELPER_END_MS);
}

/* A process whose main thread has ended has no ns/uts of its own: asks again through one of its
 * other threads. Returns how many. */
static size_t find_threads(struct nsv_scan *scan, struct nsv_hostnames *h)
{
	size_t again = 0;

	for (size_t i = 0; i < h->n; i++) {
		struct slot *s = &h->board->slots[i];
		char dir[NSV_PROCESS_DIR];
		uint64_t mntns;

		if (s->state != FAILED ||
		    nsv_process_mntns(scan->procfs, s->pid, dir, &mntns) < 0 || !strchr(dir, '/'))
			continue;
		(void)snprintf(s->path, sizeof(s->path), "%s" NS_UTS, dir);
		s->state = WAITING;
		again++;
	}
	return again;
}

struct nsv_hostnames *nsv_hostnames_start(struct nsv_scan *scan, size_t room)
{
	struct nsv_hostnames *h;

	if (scan->recorded || room == 0)
		return NULL;
	h = nsv_arena_alloc(&scan->arena, sizeof(*h));
	if (!h)
		return NULL;
	*h = (struct nsv_hostnames){
		.room = nsv_min(room, (size_t)NO_MORE - 1),
		.helper = NSV_HELPER_NONE,
	};
	h->size = sizeof(*h->board) + h->room * sizeof(struct slot);
	h->board = mmap(NULL, h->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return h->board == MAP_FAILED ? NULL : h;
}

void nsv_hostnames_add(struct nsv_scan *scan, struct nsv_hostnames *h, struct nsv_container *c)
{
	struct utsname own;
	struct slot *s;

	if (!h || c->utsns == 0 || c->hostname || h->n == h->room)
		return;
	if (c->utsns == scan->utsns) {
		if (!h->own && uname(&own) == 0)
			h->own = nsv_arena_str(&scan->arena, own.nodename);
		c->hostname = h->own;
		return;
	}
	s = &h->board->slots[h->n++];
	*s = (struct slot){ .utsns = c->utsns, .pid = c->pid };
	(void)snprintf(s->path, sizeof(s->path), "%d" NS_UTS, (int)c->pid);
	if (h->n == 1)
		start_helper(scan->procfs, h);
	else if (h->n % BATCH == 0)
		publish(h, 0);
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
	/* The scan has sorted its containers meanwhile, and dropped some. */
	if (h->n)
		qsort(h->board->slots, h->n, sizeof(struct slot), by_utsns);
	for (size_t i = 0; i < scan->n; i++) {
		struct nsv_container *c = &scan->containers[i];
		const struct slot key = { .utsns = c->utsns, .pid = c->pid };
		const struct slot *s = bsearch(&key, h->board->slots, h->n, sizeof(key), by_utsns);

		if (s && s->state == KNOWN && !c->hostname)
			c->hostname = nsv_arena_strn(&scan->arena, s->name,
						     strnlen(s->name, sizeof(s->name)));
	}
	(void)munmap(h->board, h->size);
}

struct nsv_hostnames *nsv_hostnames_of_all(struct nsv_scan *scan)
{
	struct nsv_hostnames *h = nsv_hostnames_start(scan, scan->n);

	for (size_t i = 0; h && i < scan->n; i++)
		nsv_hostnames_add(scan, h, &scan->containers[i]);
	if (h && h->helper.pid > 0)
		publish(h, NO_MORE);
	return h;
}

void nsv_hostnames_fill(struct nsv_scan *scan)
{
	nsv_hostnames_finish(scan, nsv_hostnames_of_all(scan));
}
