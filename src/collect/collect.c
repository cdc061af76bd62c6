/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * collect.c - a collection from its beginning to its end. The order is that of what is lost first;
 * whatever happens on the way, the package is closed with its manifest as long as it can be
 * written.
 */
#include <nsview/collect.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "collect/changes.h"
#include "collect/engine.h"
#include "collect/frozen.h"
#include "collect/internal.h"
#include "collect/listings.h"
#include "collect/manifest.h"
#include "collect/memory.h"
#include "collect/mounts.h"
#include "collect/network.h"
#include "collect/processes.h"
#include "collect/room.h"
#include "collect/root.h"
#include "copy/data.h"
#include "reach/clock.h"
#include "reach/sized.h"

#define KNOWN_FLAGS ((unsigned)(NSV_COLLECT_NO_ROOM << 1) - 1)
#define ROOM	    ((uint64_t)20 << 20) /* that is kept free for the end */

static int no_memory(struct nsv_error *e)
{
	return nsv_error_set(e, ENOMEM, NSV_STAGE_NONE, "out of memory");
}

static int set_up(struct nsv_collection *c, struct nsv_error *e)
{
	const struct nsv_collect_options *o = c->o;
	struct nsv_package_options p = { .path = o->package,
					 .per_second = o->per_second,
					 .sign = o->sign };
	int r;
	unsigned char random[8] = { 0 };

	c->log = c->outcomes = c->timeline = c->body = c->files = (struct nsv_text)NSV_TEXT_INIT;
	for (unsigned i = 0; i < NSV_MTREE_PARTS; i++)
		c->mtree[i] = (struct nsv_text)NSV_TEXT_INIT;
	(void)clock_gettime(CLOCK_REALTIME, &c->started);
	c->started_ns = nsv_clock_ns(CLOCK_BOOTTIME);
	if (getrandom(random, sizeof(random), 0) < 0)
		memcpy(random, &c->started_ns, sizeof(random));
	nsv_hex(random, sizeof(random), c->id);
	p.now = c->started.tv_sec;
	c->buf = malloc(NSV_BUFFER);
	c->members = calloc(1, sizeof(*c->members));
	if (!c->buf || !c->members || nsv_inodes_new(&c->inodes) < 0 ||
	    nsv_sockets_new(&c->sockets) < 0)
		return no_memory(e);
	r = nsv_risks_read(c, &c->risks);
	if (r < 0)
		nsv_log(c, "risks", "the tables of mounts: %s", strerror(-r));
	r = nsv_room_look(c, e);
	return r < 0 ? r : nsv_package_open(&p, &c->package, e);
}

static void clear(struct nsv_collection *c)
{
	c->package = nsv_package_free(c->package);
	c->inodes = nsv_inodes_free(c->inodes);
	c->sockets = nsv_sockets_free(c->sockets);
	c->frozen = nsv_frozen_free(c->frozen);
	if (c->members)
		nsv_members_free(c->members);
	free(c->members);
	nsv_risks_free(&c->risks);
	free(c->buf);
	nsv_text_free(&c->log);
	nsv_text_free(&c->outcomes);
	nsv_text_free(&c->timeline);
	nsv_text_free(&c->body);
	nsv_text_free(&c->files);
	for (unsigned i = 0; i < NSV_MTREE_PARTS; i++)
		nsv_text_free(&c->mtree[i]);
}

/* Processes, network, mounts, what the engine says. */
static int take_state(struct nsv_collection *c, struct nsv_mount_rules *rules)
{
	const char *json = c->o->container_json;
	int r = nsv_collect_processes(c);

	if (r == 0)
		r = nsv_collect_network(c);
	if (r == 0)
		r = nsv_collect_mounts(c, rules);
	if (r == 0 && json) {
		r = nsv_wrote(c,
			      nsv_package_buffer(c->package, "container.json", json, strlen(json)));
		nsv_outcome(c, "container", "container.json", NSV_TAKEN, NULL);
	}
	return r < 0 ? r : nsv_collect_engine(c);
}

static void take_all(struct nsv_collection *c)
{
	struct nsv_mount_rules rules = { 0 };
	struct nsv_path_set changed = { 0 };
	bool files = nsv_wants_files(c);
	int r;

	nsv_listings_begin(c);
	nsv_package_keep_room(c->package, ROOM);
	/* Before anything is read, so that all of it is of one moment. */
	nsv_collection_freeze(c);
	r = take_state(c, &rules);
	if (r == 0)
		r = nsv_collect_memory(c);
	if (r == 0 && nsv_wants(c, NSV_COLLECT_CHANGES) && !nsv_stop(c))
		r = nsv_collect_changes(c, &changed);
	if (r == 0 && (files || changed.n) && !nsv_stop(c))
		r = nsv_collect_root(c, &rules, &changed);
	if (r < 0)
		(void)nsv_wrote(c, r);
	nsv_path_set_free(&changed);
	nsv_mount_rules_free(&rules);
	nsv_collection_thaw(c);
}

static void tell_end(struct nsv_collection *c, struct nsv_collect_result *ret)
{
	if (nsv_target_alive(c->target) < 0)
		c->ended = true;
	if (c->ended)
		nsv_outcome(c, "collection", "container", NSV_TRUNCATED,
			    "the container ended meanwhile");
	if (c->full)
		nsv_outcome(c, "collection", "package", NSV_TRUNCATED,
			    "no space was left where the package is written");
	if (c->o->cancel && __atomic_load_n(c->o->cancel, __ATOMIC_RELAXED))
		nsv_outcome(c, "collection", "collection", NSV_TRUNCATED,
			    "it was ended by a signal");
	ret->complete = !nsv_stop(c) && !c->counts[NSV_FAILED];
	ret->processes = c->n_processes;
	ret->files = c->n_files;
	ret->bytes = c->n_bytes;
	ret->taken = c->counts[NSV_TAKEN];
	ret->empty = c->counts[NSV_EMPTY];
	ret->missing = c->counts[NSV_MISSING];
	ret->failed = c->counts[NSV_FAILED];
	ret->changed = c->counts[NSV_CHANGED];
	ret->truncated = c->counts[NSV_TRUNCATED];
	ret->skipped = c->counts[NSV_SKIPPED];
}

int nsv_collect(struct nsv_target *target, struct nsv_root *root,
		const struct nsv_collect_options *options, struct nsv_collect_result *ret,
		struct nsv_error *e)
{
	struct nsv_collect_options own;
	const struct nsv_collect_options *o = &own;
	struct nsv_collection c = { .o = o, .target = target, .root = root };
	struct nsv_collect_result result = { 0 };
	int r;

	if (nsv_sized_take(&own, sizeof(own), options) < 0 || !nsv_sized_is_set(ret) ||
	    (o->flags & ~KNOWN_FLAGS) || !o->package)
		return nsv_error_set(e, EINVAL, NSV_STAGE_NONE, "unknown option");
	/* Memory has the environment, at places that nobody can tell. */
	if (o->flags & NSV_COLLECT_MEMORY && o->flags & NSV_COLLECT_NO_ENV)
		return nsv_error_set(e, EINVAL, NSV_STAGE_NONE,
				     "memory can't be taken without values of the environment");
	if (target->pid == 0)
		return nsv_error_set(e, EINVAL, NSV_STAGE_TARGET,
				     "a namespace without a process: nothing to collect");
	r = set_up(&c, e);
	if (r == 0) {
		nsv_log(&c, "start", "nscollect %s, collection %s", NSVIEW_VERSION, c.id);
		take_all(&c);
		tell_end(&c, &result);
		r = c.fatal < 0 ? c.fatal : nsv_manifest_write(&c, result.complete);
		if (r < 0)
			r = nsv_error_set(e, -r, NSV_STAGE_WRITE, "%s", strerror(-r));
	}
	if (r == 0)
		r = nsv_package_close(c.package, result.root_hash, e);
	clear(&c);
	if (r == 0)
		(void)nsv_sized_give(ret, &result, sizeof(result));
	return r;
}
