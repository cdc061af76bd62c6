/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coherence.c - watches what is answered, and brings news to what makes the kernel forget
 * (invalidate.h).
 */
#include "fuse/coherence/coherence.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>

#include "fuse/coherence/changes.h"
#include "fuse/coherence/container_events.h"
#include "fuse/coherence/deliver.h"
#include "fuse/coherence/invalidate.h"
#include "fuse/coherence/mapped.h"
#include "fuse/coherence/mount_points.h"
#include "fuse/view.h"
#include "reach/util.h"

#define MAX_HUNG	256 /* containers whose news can't be told, before others are delayed */
#define MOUNTS_REST	8   /* times as long as it took to read them */
#define MOUNTS_REST_MAX INT64_C(900000000)

/* A container, from its coming until its end was told to the kernel. */
struct known {
	struct known *next;
	struct place *place;		/* counted */
	struct mount_points mounts;	/* of the one thread that brings this container's news */
	int64_t mounts_at, mounts_took; /* when they were read last, and how long it took, ns */
};

struct coherence {
	struct view *view;
	struct deliver *deliver;
	struct changes *changes;
	struct container_events *events;
	struct mapped *mapped;
	pthread_mutex_t lock;
	struct known *known;
};

/* ---- the containers ---- */

static struct known **find(struct coherence *f, uint64_t serial)
{
	struct known **p = &f->known;

	while (*p && (*p)->place->serial != serial)
		p = &(*p)->next;
	return p;
}

static int open_mountinfo(const struct place *p)
{
	char path[32];
	int fd;

	(void)snprintf(path, sizeof(path), "%d/mountinfo", atomic_load(&p->pid));
	fd = openat(p->procfs, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void tell(struct coherence *f, enum news_kind kind, uint64_t serial)
{
	struct news news = { .kind = kind, .group = serial };

	deliver_put(f->deliver, &news);
}

/*
 * Under the lock, so that who forgets the container comes after. Without it its end is seen at the
 * next look, as without all this.
 */
static void watch_process(struct coherence *f, struct place *p)
{
	nsv_autofd int mountinfo = NSV_FD_NONE;
	bool watched = false;

	if (atomic_load(&p->mounts_watched))
		mountinfo = open_mountinfo(p);
	(void)pthread_mutex_lock(&f->lock);
	if (!(atomic_load(&p->state) & PLACE_DEAD)) {
		watched = atomic_exchange(&p->mounts_watched, mountinfo >= 0);
		if (events_watch(f->events, p->serial, atomic_load(&p->pidfd),
				 nsv_steal_fd(&mountinfo)) < 0)
			atomic_store(&p->mounts_watched, false);
	}
	(void)pthread_mutex_unlock(&f->lock);
	/* What was mounted between the one process and the other. */
	if (watched)
		tell(f, NEWS_ALL, p->serial);
}

/*
 * Once somebody looks into it: what is mounted there from now on is told. Most containers are not
 * looked into, and spared the fd.
 */
static bool watch_mounts(struct coherence *f, struct place *p)
{
	nsv_autofd int mountinfo = NSV_FD_NONE;
	bool watched;

	if (atomic_load(&p->mounts_watched))
		return true;
	mountinfo = open_mountinfo(p);
	if (mountinfo < 0)
		return false;
	(void)pthread_mutex_lock(&f->lock);
	watched = atomic_load(&p->mounts_watched);
	if (!watched && !(atomic_load(&p->state) & PLACE_DEAD)) {
		watched = events_watch_mounts(f->events, p->serial, nsv_steal_fd(&mountinfo)) == 0;
		atomic_store(&p->mounts_watched, watched);
		if (watched)
			tell(f, NEWS_MOUNTS, p->serial);
	}
	(void)pthread_mutex_unlock(&f->lock);
	return watched;
}

/* From mapped.h: nobody looked into it for long. */
static void let_mounts_alone(void *data, struct place *p)
{
	struct coherence *f = data;

	(void)pthread_mutex_lock(&f->lock);
	atomic_store(&p->mounts_watched, false);
	events_forget_mounts(f->events, p->serial);
	(void)pthread_mutex_unlock(&f->lock);
	/* Nothing may be believed any more. */
	tell(f, NEWS_ALL, p->serial);
}

static void known_free(struct known *k)
{
	mount_points_clear(&k->mounts);
	place_put(k->place);
	free(k);
}

/* ---- mounts ---- */

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/*
 * A container that mounts without end, among thousands of mounts, would have this thread read its
 * table without end: others have the processor for the most of the time.
 */
static void rest(const struct known *k)
{
	int64_t due = nsv_min(k->mounts_took * MOUNTS_REST, MOUNTS_REST_MAX);
	int64_t left = k->mounts_at + due - now_ns();
	struct timespec t = { .tv_nsec = left };

	if (left > 0)
		(void)nanosleep(&t, NULL);
}

static void mounts_changed(const struct coherence *f, struct known *k)
{
	const bool known = k->mounts.known;
	nsv_automountinfo struct nsv_mountinfo table;
	int64_t began;
	char dir[16];

	rest(k);
	began = now_ns();
	(void)snprintf(dir, sizeof(dir), "%d", atomic_load(&k->place->pid));
	if (nsv_mountinfo_open(&table, k->place->procfs, dir, NSV_MOUNTINFO_MAX) < 0)
		return;
	/* First what the answers to come are made from. */
	mounts_forget(&k->place->mounts);
	if (mount_points_update(&k->mounts, &table, invalidate_mount, f->view, k->place) < 0 ||
	    !known)
		invalidate_all(f->view, k->place);
	k->mounts_at = now_ns();
	k->mounts_took = k->mounts_at - began;
}

/* From the top, on a thread that serves: nothing is told to the kernel here. */
static void came_or_went(void *data, struct place *p, enum top_change change)
{
	struct coherence *f = data;
	struct known *k;

	if (change == TOP_FOLLOWED) {
		watch_process(f, p);
		return;
	}
	if (change == TOP_WENT) {
		(void)pthread_mutex_lock(&f->lock);
		events_forget(f->events, p->serial);
		(void)pthread_mutex_unlock(&f->lock);
		mapped_remove(f->mapped, p);
		changes_drop_container(f->changes, p->serial);
		deliver_drop(f->deliver, p->serial);
		tell(f, NEWS_EXIT, p->serial);
		return;
	}
	k = calloc(1, sizeof(*k));
	if (!k)
		return;
	place_get(p);
	k->place = p;
	(void)pthread_mutex_lock(&f->lock);
	k->next = f->known;
	f->known = k;
	(void)pthread_mutex_unlock(&f->lock);
	watch_process(f, p);
	(void)mapped_add(f->mapped, p);
}

/* The process ended. Another of the container may live: the scan finds it. */
static void ended(struct coherence *f, struct known *k)
{
	struct place *p = k->place;
	struct known **at;

	/* At once, before the scan: whoever comes asks again. */
	expire_name(f->view, FUSE_ROOT_ID, p->name);
	if (!(atomic_load(&p->state) & PLACE_DEAD))
		(void)top_scan(f->view->top, false);
	if (place_alive(p)) {
		watch_process(f, p);
		return;
	}
	if (!(atomic_load(&p->state) & PLACE_DEAD))
		return; /* The scan failed; who looks next will see it. */
	invalidate_name(f->view, FUSE_ROOT_ID, p->name);
	changes_drop_container(f->changes, p->serial);
	(void)pthread_mutex_lock(&f->lock);
	at = find(f, p->serial);
	if (*at == k)
		*at = k->next;
	(void)pthread_mutex_unlock(&f->lock);
	known_free(k);
}

/* One thread at a time for each container, so what was found stays. */
static void bring(void *data, const struct news *news)
{
	struct coherence *f = data;
	struct known *k;

	(void)pthread_mutex_lock(&f->lock);
	k = *find(f, news->group);
	(void)pthread_mutex_unlock(&f->lock);
	if (!k)
		return;
	switch (news->kind) {
	case NEWS_CHANGE:
		invalidate_change(f->view, news);
		break;
	case NEWS_LOST:
		invalidate_inode(f->view, news->dir, true);
		break;
	case NEWS_FOLDER:
		invalidate_folder(f->view, k->place, news->dir);
		break;
	case NEWS_ALL:
		invalidate_all(f->view, k->place);
		break;
	case NEWS_MOUNTS:
		mounts_changed(f, k);
		break;
	case NEWS_EXIT:
		ended(f, k);
		break;
	}
}

/* ---- watching ---- */

static enum notified notified_of(struct coherence *f, uint64_t number)
{
	static const enum notified by_state[] = {
		[CHANGES_NONE] = NOTIFIED_NOT,
		[CHANGES_PAUSED] = NOTIFIED_PAUSED,
		[CHANGES_WATCHED] = NOTIFIED,
		[CHANGES_OVER] = NOTIFIED_PAUSED,
	};

	return by_state[changes_state(f->changes, number)];
}

enum notified coherence_watch(struct coherence *f, const struct node *dir, int fd, bool *ret_new)
{
	enum changes_state state;
	uint64_t number;
	int r;

	if (ret_new)
		*ret_new = false;
	if (!f || dir->flags & (NODE_PSEUDO | NODE_REMOTE | NODE_HIDDEN) || !dir->place)
		return NOTIFIED_NOT;
	if (!watch_mounts(f, dir->place))
		return NOTIFIED_NOT;
	number = tree_number(f->view->tree, dir);
	state = changes_state(f->changes, number);
	if (state == CHANGES_WATCHED)
		return NOTIFIED;
	if (state == CHANGES_PAUSED)
		return NOTIFIED_PAUSED;
	/* First this: what is added after it is removed with the node. */
	((struct node *)(uintptr_t)dir)->watched = true;
	r = changes_watch_by(f->changes, atomic_load(&dir->place->owner), fd, dir->place->serial,
			     number);
	if (r < 0)
		return r == -EBUSY ? NOTIFIED_PAUSED : NOTIFIED_NOT;
	/* Its end, told while it was added, has forgotten the others only. */
	if (atomic_load(&dir->place->state) & PLACE_DEAD) {
		changes_drop(f->changes, number);
		return NOTIFIED_NOT;
	}
	if (ret_new)
		*ret_new = true;
	return notified_of(f, number);
}

enum notified coherence_watched(struct coherence *f, const struct node *dir)
{
	return f && dir->watched ? notified_of(f, tree_number(f->view->tree, dir)) : NOTIFIED_NOT;
}

void coherence_invalidate(struct coherence *f, const struct place *place, uint64_t number)
{
	const struct news news = {
		.kind = NEWS_CHANGE, .group = place->serial, .dir = number, .mask = IN_MODIFY
	};

	if (f)
		deliver_put(f->deliver, &news);
}

bool coherence_covers(const struct statx *dir, const struct found *found)
{
	return !(found->id.flags & NODE_FLAGS) && !S_ISDIR(found->st.stx_mode) &&
	       found->st.stx_nlink == 1 && found->st.stx_mnt_id == dir->stx_mnt_id;
}

static void forget_mapped(void *data, uint64_t number)
{
	const struct coherence *f = data;

	invalidate_inode(f->view, number, true);
}

static void unwatch(void *data, uint64_t number)
{
	struct coherence *f = data;

	changes_drop(f->changes, number);
}

/* ---- life ---- */

int coherence_new(struct view *v, struct coherence **ret_coherence)
{
	struct coherence *f = calloc(1, sizeof(*f));
	const struct mapped_hooks hooks = { forget_mapped, let_mounts_alone, f };
	int r;

	if (!f)
		return -ENOMEM;
	f->view = v;
	(void)pthread_mutex_init(&f->lock, NULL);
	r = deliver_new(bring, f, MAX_HUNG, &f->deliver);
	if (r == 0)
		r = changes_new(f->deliver, 0, &f->changes);
	if (r == 0)
		r = events_new(f->deliver, &f->events);
	if (r == 0)
		r = mapped_new(v->tree, &hooks, 0, &f->mapped);
	if (r < 0) {
		(void)coherence_free(f);
		return r;
	}
	top_set_change(v->top, came_or_went, f);
	tree_set_unwatch(v->tree, unwatch, f);
	*ret_coherence = f;
	return 0;
}

bool coherence_free(struct coherence *f)
{
	if (!f)
		return true;
	/* First those that bring news: they ask the top, and use all of the rest. */
	if (f->deliver)
		deliver_stop(f->deliver);
	top_set_change(f->view->top, NULL, NULL);
	tree_set_unwatch(f->view->tree, NULL, NULL);
	if (!mapped_free(f->mapped))
		return false;
	f->events = events_free(f->events);
	f->changes = changes_free(f->changes);
	f->deliver = deliver_free(f->deliver);
	while (f->known) {
		struct known *k = f->known;

		f->known = k->next;
		known_free(k);
	}
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
	return true;
}
