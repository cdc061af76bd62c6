/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changes.c - one inotify instance, and a table of watches.
 *
 * The kernel identifies a watch by a descriptor that stands for an inode. A directory that two
 * containers share, or that is mounted at two places, has one descriptor and several entries here;
 * the watch is removed with the last entry.
 *
 * Defends against: a container in which very much happens, which would keep the loop busy, and
 * delay news of other containers.
 *
 * One lock (c->lock) protects the tables. The loop, which reads events, takes precedence over
 * other threads: without that, callers in quick succession (the kernel forgets a whole tree, say)
 * would delay news for seconds. The lock is not held while a watch is added, because that looks at
 * an inode of the container and may hang. So another thread may remove a watch between adding and
 * recording it: if any watch was removed meanwhile, a descriptor without an entry is added again.
 */
#include "fuse/coherence/changes.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

#include "fuse/coherence/moves.h"
#include "fuse/coherence/watched.h"
#include "fuse/owner/owner.h"
#include "reach/clock.h"
#include "reach/util.h"

#define MAX_WATCHES   131072u
#define ADD_ATTEMPTS  8
#define CHANGES_NAMES (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define EVENTS_BUFFER (64UL << 10)

/* Each event costs about 10 us here and in the kernel. */
static const struct rate_limit dir_limit = { .burst = 20000, .per_second = 2000 };
static const struct rate_limit group_limit = { .burst = 60000, .per_second = 6000 };

struct changes {
	pthread_mutex_t lock;
	pthread_cond_t was_read;
	_Atomic bool reading; /* the loop wants the lock, or has it */
	_Atomic bool taking;  /* it may have taken events, and not put them yet */
	struct deliver *deliver;
	struct watch_table table;
	size_t max_watches;
	uint64_t n_removals, n_events, n_versions;
	int inotify;
	struct loop_source source;
	struct moves moves;
	char buffer[EVENTS_BUFFER]; /* used only by the loop */
};

static void lock(struct changes *c)
{
	(void)pthread_mutex_lock(&c->lock);
	while (c->reading)
		(void)pthread_cond_wait(&c->was_read, &c->lock);
}

static void unlock(struct changes *c)
{
	(void)pthread_mutex_unlock(&c->lock);
}

static struct lane *lane_of(struct watch_group *g)
{
	return &watched_of_group(g)->lanes[LANE_NEWS];
}

/* Called with the lock held: deliver_put() never blocks. */
static void tell(struct changes *c, enum news_kind kind, const struct watch *w, uint32_t mask,
		 const char *name)
{
	const struct news news = { .kind = kind, .dir = w->dir, .mask = mask, .name = name };

	deliver_put(c->deliver, lane_of(w->of), &news);
}

static void tell_everybody(struct changes *c)
{
	for (struct watch_group *g = c->table.groups; g; g = g->next)
		deliver_put_kind(c->deliver, lane_of(g), NEWS_ALL);
}

/*
 * The kernel dropped the inode: it was deleted (NEWS_LOST), or its file system was unmounted
 * (NEWS_ALL). The next file system may get the same device number, and its mount the same mount
 * ID: then nothing distinguishes the new files from the old.
 */
static void lost(struct changes *c, int wd, enum news_kind kind)
{
	struct watch *w;

	c->n_removals++;
	while ((w = watch_table_by_wd(&c->table, wd))) {
		tell(c, kind, w, IN_IGNORED, NULL);
		watch_table_remove(&c->table, w);
	}
}

static uint32_t now_ms(void)
{
	return (uint32_t)(nsv_clock_ns(CLOCK_MONOTONIC_COARSE) / 1000000);
}

/*
 * Pauses all entries of a watch descriptor. Their events stop, so everything cached of them is
 * invalidated.
 */
static void pause_wd(struct changes *c, int wd, uint32_t now)
{
	struct watch *w = watch_table_by_wd(&c->table, wd);
	struct rate rate = w->rate;

	rate_pause(&rate, &dir_limit, now);
	c->n_removals++;
	(void)inotify_rm_watch(c->inotify, wd);
	for (; w; w = watch_table_by_wd(&c->table, wd)) {
		watch_table_set_wd(&c->table, w, -1);
		w->rate = rate;
		tell(c, NEWS_FOLDER, w, 0, NULL);
	}
}

/* No directory alone has too many events, but all of the container's together do. */
static void pause_group(struct changes *c, struct watch_group *g, uint32_t now)
{
	/* NEWS_ALL first: it makes news of single folders superfluous. */
	deliver_put_kind(c->deliver, lane_of(g), NEWS_ALL);
	for (struct watch *w = g->first; w; w = w->next_in_group)
		if (w->wd >= 0 && w->rate.level && now - w->rate.at < 1000)
			pause_wd(c, w->wd, now);
	g->rate = (struct rate){ 0 };
}

/* Returns the first watch that an event concerns. Pauses watches after too many events. */
static struct watch *concerned(struct changes *c, int wd, uint32_t now)
{
	struct watch *w = watch_table_by_wd(&c->table, wd);

	if (!w)
		return NULL;
	if (rate_event(&w->rate, &dir_limit, now))
		pause_wd(c, wd, now);
	else if (rate_event(&w->of->rate, &group_limit, now))
		pause_group(c, w->of, now);
	return watch_table_by_wd(&c->table, wd);
}

void changes_set_moved(struct changes *c, moved_fn fn, void *data)
{
	c->moves = (struct moves){ .fn = fn, .data = data };
}

static void event_happened(struct changes *c, const struct inotify_event *event, uint32_t now)
{
	if (event->mask & IN_Q_OVERFLOW) {
		tell_everybody(c);
		return;
	}
	if (event->mask & (IN_IGNORED | IN_UNMOUNT)) {
		lost(c, event->wd, event->mask & IN_UNMOUNT ? NEWS_ALL : NEWS_LOST);
		return;
	}
	if (!(event->mask & CHANGES_MASK))
		return;
	if (event->mask & IN_ISDIR && event->mask & (IN_MOVED_FROM | IN_MOVED_TO) && event->len > 0)
		moves_event(&c->moves, &c->table, event);
	for (struct watch *w = concerned(c, event->wd, now); w; w = watch_next(w)) {
		if (event->mask & CHANGES_NAMES)
			w->version.any = ++c->n_versions;
		if (event->mask & (IN_CREATE | IN_MOVED_TO))
			w->version.added = c->n_versions;
		tell(c, NEWS_CHANGE, w, event->mask, event->len > 0 ? event->name : NULL);
	}
}

static void put_events(struct changes *c, ssize_t n)
{
	const struct inotify_event *event;
	uint32_t now = now_ms();

	c->reading = true;
	(void)pthread_mutex_lock(&c->lock);
	for (const char *p = c->buffer; p < c->buffer + n; p += sizeof(*event) + event->len) {
		event = (const void *)p;
		event_happened(c, event, now);
		c->n_events++;
	}
	c->reading = false;
	(void)pthread_cond_broadcast(&c->was_read);
	(void)pthread_mutex_unlock(&c->lock);
}

static void read_events(void *data)
{
	struct changes *c = data;
	ssize_t n;

	c->taking = true;
	n = read(c->inotify, c->buffer, EVENTS_BUFFER);
	if (n > 0)
		put_events(c, n);
	c->taking = false;
}

/* First the queue: what is not there any more was taken, or put. */
bool changes_are_put(struct changes *c)
{
	int queued;

	return ioctl(c->inotify, FIONREAD, &queued) == 0 && queued == 0 && !c->taking;
}

/* Half of what the user may have: others on this machine watch too. */
static size_t allowed_watches(void)
{
	size_t allowed = 8192;
	FILE *f = fopen("/proc/sys/fs/inotify/max_user_watches", "re");

	if (f) {
		char line[32];

		if (fgets(line, sizeof(line), f))
			allowed = strtoul(line, NULL, 10);
		(void)fclose(f);
	}
	return nsv_min(allowed / 2, (size_t)MAX_WATCHES);
}

struct changes *changes_free(struct changes *c)
{
	if (!c)
		return NULL;
	watch_table_clear(&c->table);
	nsv_close(c->inotify);
	(void)pthread_cond_destroy(&c->was_read);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
	return NULL;
}

int changes_new(struct loop *loop, struct deliver *deliver, size_t max_watches,
		struct changes **ret_changes)
{
	struct changes *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->deliver = deliver;
	c->max_watches = max_watches > 0 ? max_watches : allowed_watches();
	c->source = (struct loop_source){ read_events, c };
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->was_read, NULL);
	c->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	r = c->inotify < 0 ? -errno : loop_add(loop, c->inotify, EPOLLIN, &c->source);
	if (r < 0)
		return changes_free(c), r;
	*ret_changes = c;
	return 0;
}

/* Removes an entry, and the kernel's watch with the last entry of its descriptor. */
static void drop_watch(struct changes *c, struct watch *w)
{
	int wd = w->wd;

	watch_table_remove(&c->table, w);
	if (wd >= 0 && !watch_table_by_wd(&c->table, wd)) {
		c->n_removals++;
		(void)inotify_rm_watch(c->inotify, wd);
	}
}

static bool is_full(const struct changes *c, const struct watch_group *g)
{
	return c->table.n >= c->max_watches || g->n >= (c->max_watches + 1) / 2;
}

/*
 * IN_MASK_ADD although the mask is always the same: without it the kernel, for a moment, has no
 * mask for a directory that is watched already, and an event in that moment is lost.
 */
static int add_watch(const struct changes *c, int fd, struct owner_ns *owner)
{
	const uint32_t mask = CHANGES_MASK | IN_ONLYDIR | IN_EXCL_UNLINK | IN_MASK_ADD;
	char path[32];
	int wd;

	/* Through the link of an fd that is held: no name of the container's is walked. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(c->inotify, path, mask);
	if (wd < 0 && errno == EACCES)
		return owner_watch(owner, c->inotify, fd, mask);
	return wd < 0 ? -errno : wd;
}

static void new_version(struct changes *c, struct watch *w)
{
	w->version.any = w->version.added = ++c->n_versions;
}

/* Notes what add_watch() answered. -EAGAIN: it may have been removed since. */
static int note_watch(struct changes *c, int wd, struct watch_group *g, uint64_t dir,
		      uint64_t removals)
{
	struct watch *w;

	if (!watch_table_by_wd(&c->table, wd) && c->n_removals != removals)
		return -EAGAIN;
	w = watch_table_find(&c->table, dir);
	if (w && w->wd == wd && w->of == g)
		return 0;
	if (w && w->wd < 0 && w->of == g) {
		watch_table_set_wd(&c->table, w, wd);
		new_version(c, w);
		/* What was read of it while it was paused. */
		tell(c, NEWS_FOLDER, w, 0, NULL);
		return 0;
	}
	if (w)
		drop_watch(c, w);
	if (watch_table_add(&c->table, wd, g, dir) < 0)
		return -ENOMEM;
	new_version(c, watch_table_find(&c->table, dir));
	return 0;
}

/* 0, or the reason against a watch: -EBUSY or -ENOSPC. */
static int may_watch(const struct changes *c, const struct watch_group *g, uint64_t dir)
{
	const struct watch *w = watch_table_find(&c->table, dir);

	if (w && w->wd < 0 && !rate_pause_is_over(&w->rate, now_ms()))
		return -EBUSY;
	return !w && is_full(c, g) ? -ENOSPC : 0;
}

/*
 * Removes a watch without an entry. A thread that got the same descriptor meanwhile sees
 * n_removals change.
 */
static void give_back(struct changes *c, int wd)
{
	if (watch_table_by_wd(&c->table, wd))
		return;
	c->n_removals++;
	(void)inotify_rm_watch(c->inotify, wd);
}

int changes_watch(struct changes *c, struct watched_container *container, struct owner_ns *owner,
		  int fd, uint64_t dir)
{
	struct watch_group *g = &container->watches;
	int r = -EAGAIN;

	lock(c);
	for (int i = 0; i < ADD_ATTEMPTS && r == -EAGAIN; i++) {
		uint64_t removals = c->n_removals;
		int wd;

		r = may_watch(c, g, dir);
		if (r < 0)
			break;
		unlock(c);
		wd = add_watch(c, fd, owner);
		lock(c);
		r = wd < 0 ? wd : note_watch(c, wd, g, dir, removals);
		if (wd >= 0 && r < 0 && (r != -EAGAIN || i == ADD_ATTEMPTS - 1))
			give_back(c, wd);
	}
	unlock(c);
	return r;
}

enum changes_state changes_state(struct changes *c, uint64_t dir)
{
	enum changes_state state = CHANGES_WATCHED;
	const struct watch *w;

	lock(c);
	w = watch_table_find(&c->table, dir);
	if (!w)
		state = CHANGES_NONE;
	else if (w->wd < 0)
		state = rate_pause_is_over(&w->rate, now_ms()) ? CHANGES_OVER : CHANGES_PAUSED;
	else if (w->rate.level && rate_is_near(&w->rate, &dir_limit, now_ms()))
		state = CHANGES_PAUSED;
	unlock(c);
	return state;
}

struct names_version changes_version(struct changes *c, uint64_t dir)
{
	struct names_version version = { 0 };
	const struct watch *w;

	lock(c);
	w = watch_table_find(&c->table, dir);
	if (w && w->wd >= 0)
		version = w->version;
	unlock(c);
	return version;
}

void changes_drop(struct changes *c, uint64_t dir)
{
	struct watch *w;

	lock(c);
	w = watch_table_find(&c->table, dir);
	if (w)
		drop_watch(c, w);
	unlock(c);
}

void changes_drop_container(struct changes *c, struct watched_container *container)
{
	lock(c);
	while (container->watches.first)
		drop_watch(c, container->watches.first);
	unlock(c);
}

uint64_t changes_events(struct changes *c)
{
	uint64_t n;

	lock(c);
	n = c->n_events;
	unlock(c);
	return n;
}

size_t changes_count(struct changes *c)
{
	size_t n;

	lock(c);
	n = c->table.n;
	unlock(c);
	return n;
}
