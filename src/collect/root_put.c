/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root_put.c - what was read of the container's root, into the package and the listings. By the
 * thread of feed.h. What is still on its way when the collection ends is dropped, as the walk drops
 * what it has not come to.
 */
#include "collect/root_put.h"

#include <stdio.h>
#include <string.h>

#include "collect/listings.h"
#include "collect/sent.h"
#include "copy/links.h"

static int put_plain(struct nsv_way *way, const struct nsv_entity *m, struct nsv_taken *t)
{
	struct nsv_collection *c = way->c;
	int r = nsv_package_begin(c->package, m);

	if (r == 0)
		r = nsv_package_end(c->package, &t->sums);
	t->in_package = r == 0;
	return nsv_wrote(c, r);
}

/* It is in the package, or listed there. */
static void count(struct nsv_way *way, const struct nsv_entity *m)
{
	const char *path = m->path + strlen(NSV_ROOT_PREFIX);

	nsv_selection_met(way->selection, *path == '/' ? path + 1 : path, m->mode, m->size,
			  NSV_FOUND_TAKEN, NULL);
}

static void put_file(struct nsv_way *way, struct nsv_fed *x, struct nsv_taken *t, char *hex)
{
	struct nsv_collection *c = way->c;
	struct nsv_entity *m = &x->m;
	int r = x->got	     ? nsv_take_sent(c, m, x->fd, x->got, t)
		: x->fd >= 0 ? nsv_take_body(c, m, x->fd, t)
			     : nsv_take_ready(c, m, &x->ready, t);

	if (r < 0)
		return;
	if (t->in_package && t->sums.whole)
		nsv_hex(t->sums.data, NSV_SHA_LEN, hex);
	c->n_bytes += t->in_package ? m->size : 0;
	if (t->outcome != NSV_TAKEN && t->outcome != NSV_EMPTY)
		nsv_outcome(c, "file", m->path, t->outcome, t->reason);
}

/* A further name of a file in the package. */
static void put_link(struct nsv_way *way, struct nsv_fed *x)
{
	struct nsv_taken t = { .outcome = NSV_TAKEN };
	struct nsv_entity *m = &x->m;
	char hex[NSV_SHA_HEX] = "";
	bool known;

	/* The hash, a blank, the path. */
	memcpy(hex, x->known, NSV_SHA_HEX - 1);
	known = S_ISREG(m->mode) && hex[0] != '-';
	m->hard = x->known + NSV_SHA_HEX;
	if (put_plain(way, m, &t) == 0 && known)
		nsv_package_sum_link(way->c->package, m->path, hex);
	nsv_list_member(way->c, m, known ? hex : NULL, &t);
	count(way, m);
}

static void remember_link(struct nsv_way *way, const struct nsv_fed *x, const char *hex,
			  bool in_package)
{
	nsv_autofree char *text = NULL;
	struct nsv_link link = { 0 };

	if (in_package && asprintf(&text, "%-64s %s", *hex ? hex : "-", x->path) > 0)
		link.path = text;
	nsv_links_done(way->copy->links, x->dev, x->ino, link.path ? &link : NULL);
}

static void put_first(struct nsv_way *way, struct nsv_fed *x)
{
	struct nsv_taken t = { .outcome = NSV_TAKEN };
	char hex[NSV_SHA_HEX] = "";

	if (S_ISREG(x->m.mode))
		put_file(way, x, &t, hex);
	else if (S_ISSOCK(x->m.mode)) /* an archive has no form for it */
		t.outcome = NSV_SKIPPED;
	else
		(void)put_plain(way, &x->m, &t);
	if (x->claimed)
		remember_link(way, x, hex, t.in_package);
	if (t.in_package || t.outcome == NSV_SKIPPED) {
		nsv_list_member(way->c, &x->m, *hex ? hex : NULL, &t);
		count(way, &x->m);
	}
}

void nsv_root_put(struct nsv_fed *x, void *data)
{
	struct nsv_way *way = data;
	struct nsv_collection *c = way->c;

	if (x->reason) {
		nsv_outcome(c, "file", x->path, x->outcome, x->reason);
		return;
	}
	if (nsv_stop(c)) {
		if (x->claimed)
			remember_link(way, x, "", false);
		return;
	}
	c->n_files++;
	nsv_progress(c, NULL, x->path);
	if (x->known)
		put_link(way, x);
	else
		put_first(way, x);
}
