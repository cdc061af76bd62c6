/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_scan.c - scans /proc, and updates the list of containers.
 *
 * One thread scans, and only on request: a process can make a reader of its /proc files wait for
 * ever, by what it does with its memory. After ten seconds requests stop waiting for a scan, and
 * are answered from the current list until the scan ends.
 *
 * Lock: top.lock protects the list, which only that thread changes. The lock is not held during a
 * scan.
 */
#include "fuse/containers/top_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nsview/discover.h>

#include "fuse/containers/names.h"
#include "fuse/prober/prober.h"
#include "reach/clock.h"
#include "reach/opener.h"
#include "reach/thread.h"
#include "reach/util.h"

#define PATIENCE_MS 10000
#define END_MS	    2000

struct container *top_find_mntns(const struct top *t, uint64_t mntns)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->places[i]->mntns == mntns)
			return t->places[i];
	return NULL;
}

/* A container that gets a name, and what the scan found beside it. */
struct naming {
	const struct top *t;
	const struct probe_list *list;
	const struct nsv_container *c;
};

/* A container chooses its hostname, but not its engine's name: so the name of another is taken. */
static bool name_taken(const char *name, void *data)
{
	const struct naming *n = data;
	char theirs[NAME_SIZE];
	bool own = false, others = false;

	for (size_t i = 0; i < n->t->n; i++)
		if (!strcmp(n->t->places[i]->name, name))
			return true;
	for (size_t i = 0; i < n->list->n; i++) {
		const struct nsv_container *c = &n->list->items[i].c;

		if (!c->engine_name)
			continue;
		name_escape(c->engine_name, theirs, sizeof(theirs));
		if (strcmp(theirs, name) != 0)
			continue;
		own = own || c == n->c;
		others = others || c != n->c;
	}
	return others && !own;
}

static bool is_refused(const struct top *t, const struct nsv_container *c)
{
	for (size_t i = 0; i < t->n_refused; i++)
		if (t->refused[i].mntns == c->mntns && t->refused[i].pid == c->pid &&
		    t->refused[i].start == c->start)
			return true;
	return false;
}

/*
 * Remembers a container that can't be shown, so that later scans skip it. A young one is tried
 * again: an engine's own process, which this process may not open, becomes the container's.
 * Without memory it is tried again, too.
 */
static void refuse(struct top *t, const struct nsv_container *c)
{
	struct top_refused *bigger;

	if (name_is_young(c))
		return;
	bigger = reallocarray(t->refused, t->n_refused + 1, sizeof(*bigger));
	if (!bigger)
		return;
	t->refused = bigger;
	t->refused[t->n_refused++] =
	    (struct top_refused){ .mntns = c->mntns, .start = c->start, .pid = c->pid };
}

/* Whether a container that is known changed its root. */
static bool any_moved(const struct top *t, const struct probe_list *found)
{
	for (size_t i = 0; i < found->n; i++) {
		const struct container *p = top_find_mntns(t, found->items[i].c.mntns);

		if (p && container_has_moved(p, &found->items[i].look))
			return true;
	}
	return false;
}

/* Whether the scan found other containers than are known, or a known one by another process. */
static bool differs(struct top *t, const struct probe_list *list)
{
	size_t n = 0;
	bool same = !any_moved(t, list);

	(void)pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < list->n; i++) {
		const struct nsv_container *c = &list->items[i].c;
		const struct container *p;

		if (is_refused(t, c))
			continue;
		n++;
		p = top_find_mntns(t, c->mntns);
		same = same && p && container_alive(p) && !p->unnamed;
	}
	same = same && n == t->n;
	(void)pthread_mutex_unlock(&t->lock);
	return !same;
}

static void update_string(char **to, const char *from)
{
	char *copy;

	if (!from || (*to && !strcmp(*to, from)))
		return;
	copy = strdup(from);
	if (!copy)
		return;
	free(*to);
	*to = copy;
}

/*
 * The container's process has ended, and another represents it. Numbers of mount namespaces are
 * reused soon, so the container is the same only if the new process has its root on the same
 * mount.
 */
static void follow(const struct top *t, struct container *p, const struct nsv_container *c)
{
	const struct nsv_pin_guard guard = { .pid = c->pid,
					     .mntns_ino = c->mntns,
					     .start = c->start };
	struct nsv_pins pins;

	if (container_alive(p) ||
	    nsv_opener_pin(t->outside.opener, &guard, 1U << NSV_PIN_PIDFD | 1U << NSV_PIN_ROOT,
			   CONTAINER_PIN_MS, &pins) < 0)
		return;
	if (container_is_root(p, pins.fds[NSV_PIN_ROOT]) &&
	    container_follow(p, c->pid, pins.fds[NSV_PIN_PIDFD]) == 0 && t->change)
		t->change(t->change_data, p, TOP_FOLLOWED);
	nsv_pins_close(&pins);
}

static int admit(struct top *t, const struct probe_list *list, const struct nsv_container *c)
{
	struct naming naming = { .t = t, .list = list, .c = c };
	const struct container_config config = {
		.options = t->options,
		.procfs = t->procfs,
		.own_dev = t->dev,
		.serial = t->serial + 1,
		.owner = t->outside.owner,
		.opener = t->outside.opener,
		.prober = t->outside.prober,
		.load = &t->load,
		.layers = &t->layers,
	};
	char name[NAME_SIZE];
	struct container *p = NULL;

	int r = container_new(&config, c, &p, NULL);

	/* The container ended, or can't be opened, or is a view. That is no error of the scan. */
	if (r == -ELOOP || r == -EACCES || r == -EPERM)
		refuse(t, c);
	if (r < 0)
		return 0;
	t->serial++;
	(void)pthread_mutex_lock(&t->lock);
	name_choose(c, t->options->names_engine, name_taken, &naming, name);
	p->name = strdup(name);
	if (t->n == t->size) {
		size_t size = t->size ? t->size * 2 : 16;
		struct container **bigger =
		    reallocarray(t->places, size, sizeof(struct container *));

		if (bigger) {
			t->places = bigger;
			t->size = size;
		}
	}
	if (!p->name || t->n == t->size) {
		(void)pthread_mutex_unlock(&t->lock);
		container_put(p);
		return -ENOMEM;
	}
	p->seen = true;
	p->unnamed = name_is_unset(c, t->utsns) && name_is_young(c);
	t->places[t->n++] = p;
	(void)clock_gettime(CLOCK_REALTIME, &t->changed);
	(void)pthread_mutex_unlock(&t->lock);
	if (t->change)
		t->change(t->change_data, p, TOP_CAME);
	return 0;
}

/*
 * A scan may miss a container whose processes change. A process that lives, in the same mount
 * namespace, proves that the container is there.
 */
static bool still_there(const struct top *t, const struct container *p)
{
	struct probe_look look;

	return container_alive(p) &&
	       prober_look(t->outside.prober, t->procfs, atomic_load(&p->pid), &look) == 0 &&
	       look.ns_result == 0 && look.mntns == p->mntns && container_alive(p);
}

/* Whether the container got its hostname after its folder was named. */
static bool got_name(const struct top *t, struct container *p, const struct nsv_container *c)
{
	if (!p->unnamed)
		return false;
	if (c->hostname && !name_is_unset(c, t->utsns))
		return true;
	p->unnamed = name_is_young(c);
	return false;
}

static void drop_unseen(struct top *t)
{
	for (size_t i = 0; i < t->n;) {
		struct container *p = t->places[i];

		if (p->seen || (!p->renamed && still_there(t, p))) {
			i++;
			continue;
		}
		(void)pthread_mutex_lock(&t->lock);
		memmove(&t->places[i], &t->places[i + 1],
			(t->n - i - 1) * sizeof(struct container *));
		t->n--;
		(void)clock_gettime(CLOCK_REALTIME, &t->changed);
		(void)pthread_mutex_unlock(&t->lock);
		container_kill(p);
		if (t->change)
			t->change(t->change_data, p, TOP_WENT);
		container_drop_pidfd(p);
		container_put(p);
	}
}

static int reconcile(struct top *t, const struct probe_list *list)
{
	int r = 0;

	for (size_t i = 0; i < t->n; i++)
		t->places[i]->seen = false;
	/* Those that ended give their names back before others come. */
	for (size_t i = 0; i < list->n; i++) {
		const struct nsv_container *c = &list->items[i].c;
		struct container *p = top_find_mntns(t, c->mntns);

		if (!p)
			continue;
		follow(t, p, c);
		p->renamed = got_name(t, p, c) || container_has_moved(p, &list->items[i].look);
		p->seen = container_alive(p) && !p->renamed;
		(void)pthread_mutex_lock(&t->lock);
		update_string(&p->engine, c->engine);
		update_string(&p->id_text, c->id);
		update_string(&p->engine_name, c->engine_name);
		(void)pthread_mutex_unlock(&t->lock);
	}
	drop_unseen(t);
	t->n_refused = 0;
	for (size_t i = 0; r == 0 && i < list->n; i++)
		if (!top_find_mntns(t, list->items[i].c.mntns))
			r = admit(t, list, &list->items[i].c);
	return r;
}

/* The first scan reads no engine's files and no hostnames: mostly no container came or went. */
static int scan_once(struct top *t, bool names)
{
	struct probe_list list = { 0 };
	int r = prober_scan(t->outside.prober, t->procfs, false, &list);

	if (r < 0)
		return r;
	if (names || differs(t, &list)) {
		probe_list_clear(&list);
		r = prober_scan(t->outside.prober, t->procfs, true, &list);
		if (r == 0)
			r = reconcile(t, &list);
	}
	probe_list_clear(&list);
	return r;
}

static void *scan_for_ever(void *arg)
{
	struct top *t = arg;

	(void)pthread_mutex_lock(&t->lock);
	while (!t->ending) {
		bool names = t->names_wanted;
		int r;

		if (t->started >= t->wanted) {
			(void)pthread_cond_wait(&t->work, &t->lock);
			continue;
		}
		t->names_wanted = false;
		t->started++;
		t->scanning = true;
		t->patience = nsv_in_ms(PATIENCE_MS);
		(void)pthread_mutex_unlock(&t->lock);
		r = scan_once(t, names);
		(void)pthread_mutex_lock(&t->lock);
		t->scanning = false;
		t->done = t->started;
		t->result = r;
		(void)pthread_cond_broadcast(&t->scanned);
	}
	(void)pthread_mutex_unlock(&t->lock);
	return NULL;
}

int top_scan(struct top *t, bool names)
{
	struct timespec until = nsv_in_ms(PATIENCE_MS);
	uint64_t wanted;
	int r = 0;

	(void)pthread_mutex_lock(&t->lock);
	if (t->ending)
		r = -ESHUTDOWN;
	if (r == 0 && !t->has_thread) {
		r = nsv_thread_start(&t->thread, 0, scan_for_ever, t);
		t->has_thread = r == 0;
	}
	/* A running scan may have missed what this request needs. */
	wanted = t->started + 1;
	if (t->scanning)
		until = t->patience;
	if (t->wanted < wanted)
		t->wanted = wanted;
	t->names_wanted |= names;
	(void)pthread_cond_signal(&t->work);
	while (r == 0 && t->done < wanted)
		if (pthread_cond_timedwait(&t->scanned, &t->lock, &until) == ETIMEDOUT)
			r = -ETIMEDOUT;
	if (r == 0)
		r = t->result;
	(void)pthread_mutex_unlock(&t->lock);
	return r;
}

bool top_stop(struct top *t)
{
	const struct timespec until = nsv_in_ms(END_MS);
	bool scanning, has_thread;

	(void)pthread_mutex_lock(&t->lock);
	t->ending = true;
	(void)pthread_cond_signal(&t->work);
	while (t->scanning)
		if (pthread_cond_timedwait(&t->scanned, &t->lock, &until) == ETIMEDOUT)
			break;
	scanning = t->scanning;
	has_thread = t->has_thread;
	(void)pthread_mutex_unlock(&t->lock);
	if (!scanning && has_thread) {
		(void)pthread_join(t->thread, NULL);
		t->has_thread = false;
	}
	return !scanning;
}
