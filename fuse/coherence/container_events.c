/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container_events.c - puts news when a process ends, and when a table of mounts changes.
 *
 * The container has one pidfd, borrowed here: the caller keeps its number open while it is
 * watched. An event may be of the process that had the number before, so the state is polled
 * again, with the lock held. Lock: container_events.lock.
 */
#include "fuse/coherence/container_events.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "fuse/coherence/watched.h"

struct container_events {
	pthread_mutex_t lock;
	struct loop *loop;
	struct deliver *deliver;
};

static void stop_mounts(struct container_events *e, struct watched_container *c)
{
	if (c->mountinfo >= 0)
		loop_remove(e->loop, c->mountinfo);
	nsv_close_p(&c->mountinfo);
	c->mounts_watched = false;
}

static void stop(struct container_events *e, struct watched_container *c)
{
	stop_mounts(e, c);
	if (c->pidfd >= 0)
		loop_remove(e->loop, c->pidfd);
	c->pidfd = NSV_FD_NONE;
}

static void process_ended(void *data)
{
	struct watched_container *c = data;
	struct container_events *e = c->events;
	struct pollfd p = { .events = POLLIN };

	(void)pthread_mutex_lock(&e->lock);
	p.fd = c->pidfd;
	if (p.fd >= 0 && poll(&p, 1, 0) == 1) {
		stop(e, c);
		deliver_put_kind(e->deliver, &c->lanes[LANE_NEWS], NEWS_EXIT);
	}
	(void)pthread_mutex_unlock(&e->lock);
}

static void mounts_changed(void *data)
{
	struct watched_container *c = data;
	struct container_events *e = c->events;

	(void)pthread_mutex_lock(&e->lock);
	if (c->mountinfo >= 0)
		deliver_put_kind(e->deliver, &c->lanes[LANE_NEWS], NEWS_MOUNTS);
	(void)pthread_mutex_unlock(&e->lock);
}

int events_watch(struct container_events *e, struct watched_container *c, int pidfd)
{
	int r;

	(void)pthread_mutex_lock(&e->lock);
	stop(e, c);
	/* Set once: the loop may be handling an event of the process before. */
	if (!c->events) {
		c->events = e;
		c->end_source = (struct loop_source){ process_ended, c };
		c->mounts_source = (struct loop_source){ mounts_changed, c };
	}
	r = c->gone ? -ESRCH : loop_add(e->loop, pidfd, EPOLLIN | EPOLLONESHOT, &c->end_source);
	if (r == 0)
		c->pidfd = pidfd;
	(void)pthread_mutex_unlock(&e->lock);
	return r;
}

int events_watch_mounts(struct container_events *e, struct watched_container *c, int mountinfo_take)
{
	nsv_autofd int mountinfo = mountinfo_take;
	int r = -ESRCH;

	(void)pthread_mutex_lock(&e->lock);
	if (c->pidfd >= 0) {
		stop_mounts(e, c);
		r = loop_add(e->loop, mountinfo, EPOLLPRI, &c->mounts_source);
	}
	if (r == 0) {
		c->mountinfo = nsv_steal_fd(&mountinfo);
		c->mounts_watched = true;
	}
	(void)pthread_mutex_unlock(&e->lock);
	return r;
}

void events_drop_mounts(struct container_events *e, struct watched_container *c)
{
	(void)pthread_mutex_lock(&e->lock);
	stop_mounts(e, c);
	(void)pthread_mutex_unlock(&e->lock);
}

void events_drop(struct container_events *e, struct watched_container *c)
{
	(void)pthread_mutex_lock(&e->lock);
	stop(e, c);
	c->gone = true;
	(void)pthread_mutex_unlock(&e->lock);
}

bool events_is_watched(struct container_events *e, const struct watched_container *c)
{
	bool watched;

	(void)pthread_mutex_lock(&e->lock);
	watched = c->pidfd >= 0 || c->mountinfo >= 0;
	(void)pthread_mutex_unlock(&e->lock);
	return watched;
}

struct container_events *events_free(struct container_events *e)
{
	if (e)
		(void)pthread_mutex_destroy(&e->lock);
	free(e);
	return NULL;
}

int events_new(struct loop *loop, struct deliver *deliver, struct container_events **ret_events)
{
	struct container_events *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	(void)pthread_mutex_init(&e->lock, NULL);
	e->loop = loop;
	e->deliver = deliver;
	*ret_events = e;
	return 0;
}
