/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* freeze.c - which cgroup, is it the container's alone, frozen and looked at again. See freeze.h.
 */
#include "collect/freeze.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/freeze_group.h"
#include "collect/freeze_guard.h"
#include "reach/clock.h"
#include "reach/proc.h"
#include "reach/util.h"

/* A process that an engine starts in a container is in its cgroup before it is in its namespaces.
 */
#define TRIES	   5
#define BETWEEN_MS 50

struct nsv_frozen {
	struct nsv_freeze_plan plan;
	struct nsv_freeze_group group;
	struct nsv_guard guard;
	struct nsv_freeze_report report;
	bool over;
};

struct look {
	size_t inside, outside; /* processes of the container */
	pid_t stranger;
	char name[64];
};

static int by_number(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool has(const pid_t *list, size_t n, pid_t pid)
{
	return n && bsearch(&pid, list, n, sizeof(pid), by_number);
}

/* A process that is none of the container's, lives, and is no thread of one that is. */
static bool is_stranger(const struct nsv_freeze_plan *p, const pid_t *members, size_t n, pid_t id,
			struct look *l)
{
	struct nsv_process_stat st;
	struct nsv_status status;
	char dir[NSV_PROCESS_DIR];
	uint64_t ns;
	int r;

	if (has(members, n, id))
		return false;
	(void)snprintf(dir, sizeof(dir), "%d", (int)id);
	r = nsv_status_read(p->procfs, dir, &status);
	if (nsv_process_gone(r) || (r == 0 && status.tgid != id && has(members, n, status.tgid)))
		return false;
	/* A zombie has no namespaces, and does nothing any more. */
	if (nsv_process_gone(nsv_process_mntns(p->procfs, id, dir, &ns)))
		return false;
	l->stranger = id;
	(void)snprintf(dir, sizeof(dir), "%d", (int)id);
	(void)snprintf(l->name, sizeof(l->name), "%s",
		       nsv_process_stat(p->procfs, dir, &st) == 0 ? st.comm : "?");
	return true;
}

/*
 * The cgroup's processes first, the container's afterwards: one that was started in between is in
 * the second list only, one that ended is not there any more.
 */
static int look_at(const struct nsv_freeze_plan *p, const struct nsv_freeze_group *g,
		   struct look *ret)
{
	nsv_autofree pid_t *ids = NULL, *members = NULL;
	size_t n_ids = 0, n_members = 0;
	struct look l = { 0 };
	int r = nsv_freeze_group_ids(g, &ids, &n_ids);

	if (r == 0)
		r = p->members(p->data, &members, &n_members);
	if (r < 0)
		return r;
	if (n_ids)
		qsort(ids, n_ids, sizeof(*ids), by_number);
	for (size_t i = 0; i < n_members; i++)
		if (has(ids, n_ids, members[i]))
			l.inside++;
		else
			l.outside++;
	for (size_t i = 0; i < n_ids && !l.stranger; i++)
		(void)is_stranger(p, members, n_members, ids[i], &l);
	*ret = l;
	return 0;
}

static int fail(struct nsv_error *e, int r, const struct nsv_freeze_group *g, const char *text)
{
	return nsv_error_set(e, -r, NSV_STAGE_NONE, "cgroup v%u %s: %s", g->version,
			     g->path ? g->path : "", text ? text : strerror(-r));
}

static int refuse(struct nsv_error *e, const struct nsv_freeze_group *g, const struct look *l)
{
	return nsv_error_set(
	    e, EBUSY, NSV_STAGE_NONE,
	    "cgroup v%u %s: process %d (%s) is in it, which is not the container's", g->version,
	    g->path, (int)l->stranger, l->name);
}

/* Goes up while that finds more of the container's processes, and nobody else's. */
static void widen(const struct nsv_freeze_plan *p, struct nsv_freeze_group *g, struct look *l)
{
	struct nsv_freeze_group at = NSV_FREEZE_GROUP_INIT, up = NSV_FREEZE_GROUP_INIT;
	const struct nsv_freeze_group *from = g;

	while (l->outside && nsv_freeze_group_up(from, &up) == 0) {
		struct look wider;

		nsv_freeze_group_close(&at);
		if (look_at(p, &up, &wider) < 0 || wider.stranger) {
			nsv_freeze_group_close(&up);
			break;
		}
		if (wider.inside > l->inside) {
			nsv_freeze_group_close(g);
			*g = up;
			*l = wider;
			from = g;
		} else {
			at = up;
			from = &at;
		}
		up = (struct nsv_freeze_group)NSV_FREEZE_GROUP_INIT;
	}
	nsv_freeze_group_close(&at);
}

static int choose(struct nsv_frozen *f, unsigned version, struct look *l, struct nsv_error *e)
{
	int r = nsv_freeze_group_open(&f->group, version, f->plan.procfs, f->plan.procdir, e);

	for (int i = 0; r == 0 && i < TRIES; i++) {
		if (i)
			(void)poll(NULL, 0, BETWEEN_MS);
		r = look_at(&f->plan, &f->group, l);
		if (r < 0)
			return fail(e, r, &f->group, NULL);
		if (!l->stranger)
			break;
	}
	if (r == 0 && l->stranger)
		r = refuse(e, &f->group, l);
	/* It may have moved between the two looks at where it is. */
	if (r == 0 && l->inside == 0)
		r = fail(e, -ESRCH, &f->group, "none of the container's processes is in it");
	if (r == 0)
		widen(&f->plan, &f->group, l);
	return r;
}

static int freeze_once(struct nsv_frozen *f, struct look *l, struct nsv_error *e)
{
	struct nsv_guard_word word = { 0 };
	int r = nsv_guard_start(&f->guard, &f->group, f->plan.seconds);

	if (r < 0)
		return fail(e, r, &f->group, "no process to thaw it can be started");
	f->over = false;
	r = nsv_guard_freeze(&f->guard, &word);
	if (r < 0) {
		nsv_thaw(f, &(struct nsv_freeze_report){ 0 });
		return fail(e, r, &f->group, NULL);
	}
	f->report.from = word.from;
	f->report.all_stopped = word.all_stopped;
	/* Who came in while it was being stopped has stopped with it. */
	r = look_at(&f->plan, &f->group, l);
	if (r < 0)
		r = fail(e, r, &f->group, NULL);
	else if (l->stranger)
		r = refuse(e, &f->group, l);
	if (r < 0)
		nsv_thaw(f, &(struct nsv_freeze_report){ 0 });
	return r;
}

static int freeze(struct nsv_frozen *f, unsigned version, struct nsv_error *e)
{
	struct look l = { 0 };
	int r = choose(f, version, &l, e);

	if (r < 0)
		return r;
	f->report.path = f->group.path;
	f->report.version = version;
	if (nsv_freeze_group_is_asked(&f->group) == 1) {
		f->report.all_stopped = nsv_freeze_group_is_stopped(&f->group) == 1;
		f->report.end = NSV_FREEZE_NOT;
		f->over = true;
	} else {
		for (int i = 0; i < TRIES; i++) {
			r = freeze_once(f, &l, e);
			if (r != -EBUSY)
				break;
			(void)poll(NULL, 0, BETWEEN_MS);
		}
	}
	f->report.n_stopped = l.inside;
	f->report.n_outside = l.outside;
	return r;
}

int nsv_freeze(const struct nsv_freeze_plan *plan, struct nsv_frozen **ret, struct nsv_error *e)
{
	struct nsv_frozen *f = calloc(1, sizeof(*f));
	struct nsv_error first = NSV_ERROR_INIT, second = NSV_ERROR_INIT;
	int r, other;

	if (!f)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_NONE, "out of memory");
	f->plan = *plan;
	f->guard = (struct nsv_guard)NSV_GUARD_INIT;
	f->over = true;
	/* Where there is version 1, engines pause by it: so they see what is done here, and it is
	 * seen what they did. */
	r = freeze(f, 1, &first);
	if (r < 0) {
		nsv_freeze_group_close(&f->group);
		other = freeze(f, 2, &second);
		if (other == 0 || r == -ENOENT)
			r = other;
		/* What is in the way says more than a hierarchy that is not there. */
		if (r < 0 && e)
			*e = r == other ? second : first;
	}
	if (r < 0)
		(void)nsv_frozen_free(f);
	else
		*ret = f;
	return r;
}

void nsv_frozen_look(const struct nsv_frozen *f, struct nsv_freeze_report *ret)
{
	*ret = f->report;
}

void nsv_thaw(struct nsv_frozen *f, struct nsv_freeze_report *ret)
{
	struct nsv_guard_word word = { 0 };
	struct look l;

	if (!f->over) {
		if (f->report.from && look_at(&f->plan, &f->group, &l) == 0)
			f->report.came_in = l.stranger;
		if (nsv_guard_thaw(&f->guard, &word) == 0) {
			f->report.until = word.until;
			f->report.end = (enum nsv_freeze_end)word.end;
		} else {
			(void)nsv_freeze_group_ask(&f->group, false);
			f->report.until = nsv_clock_ns(CLOCK_BOOTTIME);
			f->report.end = NSV_FREEZE_UNGUARDED;
		}
		f->over = true;
	}
	*ret = f->report;
}

struct nsv_frozen *nsv_frozen_free(struct nsv_frozen *f)
{
	struct nsv_freeze_report report;

	if (f) {
		nsv_thaw(f, &report);
		nsv_freeze_group_close(&f->group);
		free(f);
	}
	return NULL;
}
