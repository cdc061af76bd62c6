/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coherence.c - the hub of this room: keeps the records of containers, and acts on news. The
 * list's lock protects the list of records.
 */
#include "fuse/coherence/coherence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <time.h>

#include <fuse3/fuse_lowlevel.h>

#include "fuse/coherence/changes.h"
#include "fuse/coherence/coherence_state.h"
#include "fuse/coherence/container_events.h"
#include "fuse/coherence/invalidate.h"
#include "fuse/coherence/mapped.h"
#include "fuse/coherence/watched.h"
#include "fuse/containers/top.h"
#include "reach/clock.h"

#define MAX_HUNG	768 /* so many lanes may hang before others are delayed */
#define MOUNTS_REST	8   /* rest so many times as long as reading the table took */
#define MOUNTS_REST_MAX INT64_C(900000000)

static void put(struct coherence *h, struct watched_container *c, enum news_kind kind)
{
	deliver_put_kind(h->deliver, &c->lanes[LANE_NEWS], kind);
}

/* ---- mounts ---- */

/*
 * A container that mounts without end, among thousands of mounts, must not keep this thread
 * reading its table. So pause after each read, in proportion to its duration.
 */
static void rest(const struct watched_container *c)
{
	int64_t due = nsv_min(c->mounts_took * MOUNTS_REST, MOUNTS_REST_MAX);
	int64_t left = c->mounts_at + due - nsv_now_ns();
	struct timespec t = { .tv_nsec = left };

	if (left > 0)
		(void)nanosleep(&t, NULL);
}

/* If the table can't be read, any mount may have changed. */
static void mounts_changed(struct coherence *h, struct watched_container *c)
{
	const bool known = c->mount_points.known;
	nsv_automountinfo struct nsv_mountinfo table;
	int64_t began;
	char dir[16];
	int r;

	rest(c);
	began = nsv_now_ns();
	(void)snprintf(dir, sizeof(dir), "%d", atomic_load(&c->container->pid));
	r = nsv_mountinfo_open(&table, c->container->procfs, dir, NSV_MOUNTINFO_MAX);
	/* First the table that new answers are made from. */
	mounts_forget(&c->container->mounts);
	if (r == 0)
		r = mount_points_update(&c->mount_points, &table, invalidate_mount, &h->kernel,
					c->container);
	else
		mount_points_clear(&c->mount_points);
	/* Mount points are told by the names that the kernel knows, and in a folder that was moved
	 * those are others. */
	if (r < 0 || !known || atomic_load(&c->container->moved))
		invalidate_all(&h->kernel, c->container);
	c->mounts_at = nsv_now_ns();
	c->mounts_took = c->mounts_at - began;
}

/* The container was not used for two minutes. */
static void rests(struct coherence *h, struct watched_container *c)
{
	events_drop_mounts(h->events, c);
	/* Nothing may be cached any more. */
	put(h, c, NEWS_ALL);
	mapped_invalidate(h->mapped, c);
}

/* ---- the containers ---- */

/* On failure, the next scan of /proc notices the container's end. */
static void watch_process(struct coherence *h, struct watched_container *c)
{
	(void)events_watch(h->events, c, atomic_load(&c->container->pidfd));
}

/*
 * Another process represents the container. Events between the end of the first one and now were
 * missed.
 */
static void follow(struct coherence *h, struct watched_container *c)
{
	watch_process(h, c);
	put(h, c, NEWS_ALL);
}

static void release(void *data)
{
	struct watched_container *c = data;

	container_put(c->container);
}

/* Called by the last container_put(). */
static void free_record(struct watched_container *c)
{
	process_group_clear(&c->processes);
	mount_points_clear(&c->mount_points);
	free(c);
}

/*
 * Removes a record from the list, and ends its watches. The loop may still be using the record, so
 * its reference is dropped by a deferred task.
 */
static void drop(struct coherence *h, struct watched_container *c)
{
	c->ended = true;
	(void)pthread_mutex_lock(&h->list.lock);
	*c->prev = c->next;
	if (c->next)
		c->next->prev = c->prev;
	(void)pthread_mutex_unlock(&h->list.lock);
	mapped_drop(c);
	events_drop(h->events, c);
	if (h->changes)
		changes_drop_container(h->changes, c);
	c->release = (struct loop_task){ .run = release, .data = c };
	loop_defer(h->loop, &c->release);
}

static void came(struct coherence *h, struct container *p)
{
	struct watched_container *c = malloc(sizeof(*c));

	if (!c)
		return;
	container_get(p);
	watched_init(c, p);
	p->watched_free = free_record;
	atomic_store(&p->watched, c);
	(void)pthread_mutex_lock(&h->list.lock);
	c->next = h->list.first;
	c->prev = &h->list.first;
	if (c->next)
		c->next->prev = &c->next;
	h->list.first = c;
	(void)pthread_mutex_unlock(&h->list.lock);
	watch_process(h, c);
	if (h->mapped)
		mapped_add(h->mapped, c);
}

static void went(struct coherence *h, struct watched_container *c)
{
	mapped_drop(c);
	events_drop(h->events, c);
	if (h->changes)
		changes_drop_container(h->changes, c);
	deliver_drop(h->deliver, &c->lanes[LANE_NEWS]);
	put(h, c, NEWS_EXIT);
}

/* A hook of the top, on its scanning thread, which must not block: puts news instead of notifying.
 */
static void came_or_went(void *data, struct container *p, enum top_change change)
{
	struct watched_container *c = atomic_load(&p->watched);

	if (change == TOP_CAME)
		came(data, p);
	else if (c && change == TOP_FOLLOWED)
		follow(data, c);
	else if (c)
		went(data, c);
}

/* The process ended. Another of the container may live: the scan finds it. */
static void process_ended(struct coherence *h, struct watched_container *c)
{
	struct container *p = c->container;

	/* At once, before the scan: lookups ask again. */
	expire_name(&h->kernel, FUSE_ROOT_ID, p->name);
	if (!container_has_ended(p))
		(void)top_scan(h->top, false);
	if (container_alive(p)) {
		follow(h, c);
		return;
	}
	if (!container_has_ended(p))
		return; /* The scan failed; the next one will see it. */
	/* First what is held of it: the kernel may make this thread wait. */
	container_get(p);
	drop(h, c);
	invalidate_ended(&h->kernel, p);
	container_put(p);
}

static void bring(void *data, struct lane *lane, const struct news *news)
{
	struct coherence *h = data;
	struct watched_container *c = lane->of;

	/* This news belongs to no container. */
	if (news->kind == NEWS_TICK) {
		mapped_tick(h->mapped);
		return;
	}
	if (lane == &c->lanes[LANE_NEWS] && c->ended)
		return;
	switch (news->kind) {
	case NEWS_TICK:
		break;
	case NEWS_EXIT:
		process_ended(h, c);
		break;
	case NEWS_MOUNTS:
		mounts_changed(h, c);
		break;
	case NEWS_ALL:
		invalidate_all(&h->kernel, c->container);
		break;
	case NEWS_SCAN:
		mapped_scan(h->mapped, c);
		break;
	case NEWS_REST:
		rests(h, c);
		break;
	case NEWS_FILES:
		mapped_invalidate(h->mapped, c);
		break;
	case NEWS_CHANGE:
		invalidate_change(&h->kernel, news);
		break;
	case NEWS_LOST:
		invalidate_inode(&h->kernel, news->dir, true);
		break;
	case NEWS_FOLDER:
		invalidate_folder(&h->kernel, c->container, news->dir);
		break;
	}
}

/* ---- life ---- */

static void invalidate_mapped(void *data, uint64_t number)
{
	const struct coherence *h = data;

	invalidate_inode(&h->kernel, number, true);
}

static void unwatch(void *data, uint64_t number)
{
	const struct coherence *h = data;

	changes_drop(h->changes, number);
}

static void folder_moved(void *data, uint64_t from, const char *name, uint64_t to,
			 const char *to_name)
{
	const struct coherence *h = data;

	tree_move(h->kernel.tree, from, name, to, to_name);
}

static int start_watching(struct coherence *h, struct prober *prober)
{
	const struct mapped_config mapped = {
		.loop = h->loop,
		.deliver = h->deliver,
		.list = &h->list,
		.tree = h->kernel.tree,
		.prober = prober,
		.invalidate = invalidate_mapped,
		.data = h,
	};
	int r = changes_new(h->loop, h->deliver, 0, &h->changes);

	if (r == 0) {
		changes_set_moved(h->changes, folder_moved, h);
		r = mapped_new(&mapped, &h->mapped);
	}
	if (r == 0)
		tree_set_unwatch(h->kernel.tree, unwatch, h);
	return r;
}

int coherence_new(const struct coherence_config *config, struct coherence **ret_coherence)
{
	struct coherence *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->kernel = (struct kernel){ config->session, config->tree, &h->told };
	h->top = config->top;
	(void)pthread_mutex_init(&h->list.lock, NULL);
	r = loop_new(&h->loop);
	if (r == 0)
		r = deliver_new(h->loop, bring, h, MAX_HUNG, &h->deliver);
	if (r == 0)
		r = events_new(h->loop, h->deliver, &h->events);
	if (r == 0 && config->caches)
		r = start_watching(h, config->prober);
	if (r < 0) {
		(void)coherence_free(h);
		return r;
	}
	top_set_change(h->top, came_or_went, h);
	*ret_coherence = h;
	return 0;
}

bool coherence_free(struct coherence *h)
{
	if (!h)
		return true;
	top_set_change(h->top, NULL, NULL);
	tree_set_unwatch(h->kernel.tree, NULL, NULL);
	if (h->loop)
		loop_stop(h->loop);
	/* First the threads that deliver news: they use the top and everything else here. */
	if (h->deliver && !deliver_stop(h->deliver))
		return false;
	while (h->list.first)
		drop(h, h->list.first);
	h->loop = loop_free(h->loop);
	h->deliver = deliver_free(h->deliver);
	h->events = events_free(h->events);
	h->mapped = mapped_free(h->mapped);
	h->changes = changes_free(h->changes);
	(void)pthread_mutex_destroy(&h->list.lock);
	free(h);
	return true;
}
