/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watching.c - the side of coherence.h for those who answer the kernel: what is watched, and what
 * that tells of an answer.
 */
#include "fuse/coherence/coherence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <time.h>

#include "fuse/coherence/changes.h"
#include "fuse/coherence/coherence_state.h"
#include "fuse/coherence/container_events.h"
#include "fuse/coherence/invalidate.h"
#include "fuse/tree/tree.h"

#define SETTLE_MS 20

static int open_mountinfo(const struct container *p)
{
	char path[32];
	int fd;

	(void)snprintf(path, sizeof(path), "%d/mountinfo", atomic_load(&p->pid));
	fd = openat(p->procfs, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * Watches the mounts of a container from the first look into it. Most containers are never looked
 * into, and need no fd.
 */
static bool watch_mounts(struct coherence *h, struct watched_container *c)
{
	int mountinfo;

	if (c->mounts_watched)
		return true;
	mountinfo = open_mountinfo(c->container);
	if (mountinfo < 0 || events_watch_mounts(h->events, c, mountinfo) < 0)
		return false;
	deliver_put_kind(h->deliver, &c->lanes[LANE_NEWS], NEWS_MOUNTS);
	return true;
}

static enum notified notified_of(struct coherence *h, uint64_t number)
{
	static const enum notified by_state[] = {
		[CHANGES_NONE] = NOTIFIED_NOT,
		[CHANGES_PAUSED] = NOTIFIED_PAUSED,
		[CHANGES_WATCHED] = NOTIFIED,
		[CHANGES_OVER] = NOTIFIED_PAUSED,
	};

	return by_state[changes_state(h->changes, number)];
}

static struct watched_container *may_watch(const struct coherence *h, const struct node *dir)
{
	if (!h || !h->changes || dir->flags & (NODE_PSEUDO | NODE_REMOTE | NODE_HIDDEN) ||
	    !dir->container)
		return NULL;
	return atomic_load(&dir->container->watched);
}

enum notified coherence_watch(struct coherence *h, const struct node *dir, int fd, bool *ret_new)
{
	struct watched_container *c = may_watch(h, dir);
	enum changes_state state;
	uint64_t number;
	int r;

	if (ret_new)
		*ret_new = false;
	if (!c || !watch_mounts(h, c))
		return NOTIFIED_NOT;
	number = tree_number(h->kernel.tree, dir);
	state = changes_state(h->changes, number);
	if (state == CHANGES_WATCHED)
		return NOTIFIED;
	if (state == CHANGES_PAUSED)
		return NOTIFIED_PAUSED;
	/* First this: what is added after it is removed with the node. */
	tree_node(h->kernel.tree, number)->watched = true;
	r = changes_watch(h->changes, c, atomic_load(&dir->container->owner), fd, number);
	if (r < 0)
		return r == -EBUSY ? NOTIFIED_PAUSED : NOTIFIED_NOT;
	/* The container ended while the watch was added: this one was not there to be dropped. */
	if (container_has_ended(dir->container)) {
		changes_drop(h->changes, number);
		return NOTIFIED_NOT;
	}
	if (ret_new)
		*ret_new = true;
	return notified_of(h, number);
}

enum notified coherence_watched(struct coherence *h, const struct node *dir)
{
	return h && h->changes && dir->watched ? notified_of(h, tree_number(h->kernel.tree, dir))
					       : NOTIFIED_NOT;
}

struct names_version coherence_version(struct coherence *h, const struct node *dir)
{
	struct names_version version = { 0 };
	uint64_t all;

	if (h && h->changes && dir->watched)
		version = changes_version(h->changes, tree_number(h->kernel.tree, dir));
	if (version.any) {
		/* A sum, as both only grow. */
		all = atomic_load(&dir->container->invalidations);
		version.any += all;
		version.added += all;
	}
	return version;
}

uint32_t coherence_told(const struct coherence *h, const struct node *node)
{
	uint32_t sum = 0;

	/* A sum, as both only grow. */
	if (h)
		sum = invalidations_of(&h->kernel, tree_number(h->kernel.tree, node)) +
		      invalidations_of(&h->kernel, tree_number(h->kernel.tree, node->parent));
	return sum ? sum : 1;
}

void coherence_settle(struct coherence *h)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	/* At least once: a rename can be seen a moment before its event. */
	for (int i = 0; h && h->changes && i < SETTLE_MS; i++) {
		(void)nanosleep(&moment, NULL);
		if (changes_are_put(h->changes))
			return;
	}
}

bool coherence_is_quiet(struct coherence *h, const struct container *container)
{
	const struct watched_container *c = h ? atomic_load(&container->watched) : NULL;

	return c && h->changes && changes_are_put(h->changes) &&
	       deliver_is_done(h->deliver, &c->lanes[LANE_NEWS]);
}

void coherence_invalidate(struct coherence *h, const struct container *container, uint64_t number)
{
	struct watched_container *c = h ? atomic_load(&container->watched) : NULL;
	const struct news news = { .kind = NEWS_CHANGE, .dir = number, .mask = IN_MODIFY };

	if (c)
		deliver_put(h->deliver, &c->lanes[LANE_NEWS], &news);
}

bool coherence_covers(const struct statx *dir, const struct found *found)
{
	return !(found->id.flags & NODE_FLAGS & ~NODE_LAYERED) && !S_ISDIR(found->st.stx_mode) &&
	       found->st.stx_nlink == 1 && found->st.stx_mnt_id == dir->stx_mnt_id;
}
