/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container_events.c - one epoll over pidfds and mount tables, and the thread that waits on it.
 *
 * An event is believed only after the group was found in the table: it may have been forgotten, and
 * its fd's number be another's, since epoll answered. Pidfds are borrowed, so that there is one for
 * each container: they tell once, and their numbers are open as long as they are in the table.
 */
#include "fuse/coherence/container_events.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "fuse/thread.h"
#include "reach/util.h"

#define BUCKETS 256

/* What an event is about: the group, and which of its fds. */
#define KEY_END	   0u
#define KEY(g, mo) (((g) << 1) | (mo))

struct watched {
	struct watched *next;
	uint64_t group;
	int pidfd; /* borrowed; none once its process has ended */
	int mountinfo;
};

struct container_events {
	pthread_mutex_t lock;
	pthread_t thread;
	struct deliver *deliver;
	struct watched *buckets[BUCKETS];
	size_t n;
	int epoll;
	int end; /* eventfd */
};

static struct watched **place(struct container_events *x, uint64_t group)
{
	struct watched **p = &x->buckets[group % BUCKETS];

	while (*p && (*p)->group != group)
		p = &(*p)->next;
	return p;
}

static void stop_mounts(struct container_events *x, struct watched *w)
{
	if (w->mountinfo >= 0)
		(void)epoll_ctl(x->epoll, EPOLL_CTL_DEL, w->mountinfo, NULL);
	nsv_close_p(&w->mountinfo);
}

static void stop(struct container_events *x, struct watched *w)
{
	stop_mounts(x, w);
	if (w->pidfd >= 0)
		(void)epoll_ctl(x->epoll, EPOLL_CTL_DEL, w->pidfd, NULL);
	w->pidfd = NSV_FD_NONE;
}

/* Asked again: the event may be one of the process before it. */
static bool has_ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return pidfd >= 0 && poll(&p, 1, 0) == 1;
}

static void happened(struct container_events *x, uint64_t key)
{
	struct news news = { .group = key >> 1 };
	struct watched *w;

	(void)pthread_mutex_lock(&x->lock);
	w = *place(x, news.group);
	if (w && (key & 1) && w->mountinfo >= 0) {
		news.kind = NEWS_MOUNTS;
		deliver_put(x->deliver, &news);
	} else if (w && !(key & 1) && has_ended(w->pidfd)) {
		stop(x, w);
		news.kind = NEWS_EXIT;
		deliver_put(x->deliver, &news);
	}
	(void)pthread_mutex_unlock(&x->lock);
}

static void *thread_main(void *arg)
{
	struct container_events *x = arg;
	struct epoll_event events[32];

	for (;;) {
		int n = epoll_wait(x->epoll, events, NSV_ARRAY_SIZE(events), -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.u64 == KEY_END)
				return NULL;
			happened(x, events[i].data.u64);
		}
	}
}

static int start(struct container_events *x)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = KEY_END };

	x->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (x->epoll < 0)
		return -errno;
	x->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (x->end < 0)
		return -errno;
	if (epoll_ctl(x->epoll, EPOLL_CTL_ADD, x->end, &event) < 0)
		return -errno;
	return thread_start(&x->thread, NULL, thread_main, x);
}

static void clear(struct container_events *x)
{
	for (size_t i = 0; i < BUCKETS; i++)
		while (x->buckets[i]) {
			struct watched *w = x->buckets[i];

			x->buckets[i] = w->next;
			stop(x, w);
			free(w);
		}
	nsv_close(x->epoll);
	nsv_close(x->end);
	(void)pthread_mutex_destroy(&x->lock);
	free(x);
}

int events_new(struct deliver *deliver, struct container_events **ret_events)
{
	struct container_events *x = calloc(1, sizeof(*x));
	int r;

	if (!x)
		return -ENOMEM;
	x->deliver = deliver;
	x->epoll = NSV_FD_NONE;
	x->end = NSV_FD_NONE;
	(void)pthread_mutex_init(&x->lock, NULL);
	r = start(x);
	if (r < 0) {
		clear(x);
		return r;
	}
	*ret_events = x;
	return 0;
}

struct container_events *events_free(struct container_events *x)
{
	if (!x)
		return NULL;
	(void)eventfd_write(x->end, 1);
	(void)pthread_join(x->thread, NULL);
	clear(x);
	return NULL;
}

static struct watched *get(struct container_events *x, uint64_t group)
{
	struct watched **p = place(x, group);

	if (!*p) {
		struct watched *w = calloc(1, sizeof(*w));

		if (!w)
			return NULL;
		w->group = group;
		w->pidfd = NSV_FD_NONE;
		w->mountinfo = NSV_FD_NONE;
		*p = w;
		x->n++;
	}
	return *p;
}

static int add_fd(struct container_events *x, int fd, uint32_t events, uint64_t key)
{
	struct epoll_event event = { .events = events, .data.u64 = key };

	return epoll_ctl(x->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static void forget_locked(struct container_events *x, uint64_t group)
{
	struct watched **p = place(x, group), *w = *p;

	if (!w)
		return;
	*p = w->next;
	stop(x, w);
	free(w);
	x->n--;
}

static int add_mounts(struct container_events *x, struct watched *w, int *mountinfo)
{
	int r = add_fd(x, *mountinfo, EPOLLPRI, KEY(w->group, 1));

	if (r == 0)
		w->mountinfo = nsv_steal_fd(mountinfo);
	return r;
}

int events_watch(struct container_events *x, uint64_t group, int pidfd, int mountinfo_take)
{
	nsv_autofd int mountinfo = mountinfo_take;
	struct watched *w;
	int r = -ENOMEM;

	if (group == 0 || group >> 63)
		return -EINVAL;
	(void)pthread_mutex_lock(&x->lock);
	w = get(x, group);
	if (w) {
		stop(x, w);
		/* First the table of mounts: the end, which may be told at once, closes it. */
		r = mountinfo < 0 ? 0 : add_mounts(x, w, &mountinfo);
		if (r == 0)
			r = add_fd(x, pidfd, EPOLLIN | EPOLLONESHOT, KEY(group, 0));
		if (r == 0)
			w->pidfd = pidfd;
		else
			forget_locked(x, group);
	}
	(void)pthread_mutex_unlock(&x->lock);
	return r;
}

int events_watch_mounts(struct container_events *x, uint64_t group, int mountinfo_take)
{
	nsv_autofd int mountinfo = mountinfo_take;
	struct watched *w;
	int r = -ESRCH;

	(void)pthread_mutex_lock(&x->lock);
	w = *place(x, group);
	if (w && w->pidfd >= 0) {
		stop_mounts(x, w);
		r = add_mounts(x, w, &mountinfo);
	}
	(void)pthread_mutex_unlock(&x->lock);
	return r;
}

void events_forget_mounts(struct container_events *x, uint64_t group)
{
	struct watched *w;

	(void)pthread_mutex_lock(&x->lock);
	w = *place(x, group);
	if (w)
		stop_mounts(x, w);
	(void)pthread_mutex_unlock(&x->lock);
}

void events_forget(struct container_events *x, uint64_t group)
{
	(void)pthread_mutex_lock(&x->lock);
	forget_locked(x, group);
	(void)pthread_mutex_unlock(&x->lock);
}

size_t events_count(struct container_events *x)
{
	size_t n;

	(void)pthread_mutex_lock(&x->lock);
	n = x->n;
	(void)pthread_mutex_unlock(&x->lock);
	return n;
}
