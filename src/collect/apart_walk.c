/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* apart_walk.c - receives a walk, and starts it again behind what hung. See apart_walk.h. */
#include "collect/apart_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "copy/internal.h"

/* Items that may hang in one file system before it is given up; 1 once very many have. */
#define HUNG_MAX  8
#define HUNG_MANY 64

struct place {
	char *path; /* in the package; NULL: none yet */
	bool folder;
	dev_t dev;
};

struct follower {
	const struct nsv_apart_walk *w;
	struct nsv_apart a;
	struct place at;     /* what is looked at */
	struct place resume; /* where this helper began */
	struct nsv_given_up given_up;
	struct {
		dev_t dev;
		unsigned n;
	} hung[NSV_ARRAY_SIZE(((struct nsv_given_up *)0)->devs)];
	unsigned n_hung;
	bool told; /* what became of @at */
};

static const char *below_root(const char *path)
{
	const char *slash = strchr(path, '/');

	return slash ? slash + 1 : "";
}

/* From now on the folder that holds @at is what is looked at. */
static void go_up(struct place *at)
{
	char *slash = strrchr(at->path, '/');

	if (slash)
		*slash = '\0';
	else
		*at->path = '\0';
	at->folder = true;
}

static int set_place(struct place *at, const char *path, bool folder, dev_t dev)
{
	char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	free(at->path);
	*at = (struct place){ copy, folder, dev };
	return 0;
}

static int look(struct follower *f)
{
	const struct nsv_wire_head *h = &f->a.head;

	if (h->len == 0 || f->a.buf[h->len - 1])
		return -EBADMSG;
	if (!*f->a.buf)
		return 0;
	nsv_progress(f->w->c, NULL, f->a.buf);
	return set_place(&f->at, f->a.buf, h->a != 0, h->b);
}

static int take(struct follower *f)
{
	nsv_autofree char *message = f->a.buf;
	struct nsv_sent sent = { .fd = NSV_FD_NONE, .got = { .outcome = NSV_TAKEN } };
	const struct nsv_wire_member *m = nsv_wire_member(message, f->a.head.len, &sent.m);
	bool folder;
	int r = 0;

	/* It lasts longer than the next message. */
	f->a.buf = NULL;
	f->a.room = 0;
	if (!m)
		return -EBADMSG;
	folder = S_ISDIR(sent.m.mode);
	sent.again = m->again;
	if (m->body)
		r = nsv_apart_file(&f->a, sent.m.size, &sent.fd, &sent.got);
	f->told = r < 0 && sent.fd >= 0;
	if (r == 0 || f->told)
		f->w->take(&sent, f->w->data);
	nsv_close_p(&sent.fd);
	if (r == 0 && !folder && f->at.path)
		go_up(&f->at);
	return r;
}

/* Until the helper is done, or no more comes. */
static int follow(struct follower *f)
{
	for (;;) {
		int r = nsv_apart_next(&f->a);

		if (r == NSV_WIRE_AT)
			r = look(f);
		else if (r == NSV_WIRE_MEMBER)
			r = take(f);
		else if (r == NSV_WIRE_COUNT)
			f->w->count(f->a.head.a, f->a.head.b, f->w->data);
		else if (r == NSV_WIRE_DONE)
			return -(int)f->a.head.a;
		else if (r >= 0)
			r = -EBADMSG;
		if (r < 0)
			return r;
	}
}

static void count_hung(struct follower *f, dev_t dev)
{
	unsigned most = f->w->c->n_hung < HUNG_MANY ? HUNG_MAX : 1;
	size_t i = 0;

	while (i < f->n_hung && f->hung[i].dev != dev)
		i++;
	if (i == NSV_ARRAY_SIZE(f->hung))
		return;
	if (i == f->n_hung) {
		f->hung[i].dev = dev;
		f->n_hung++;
	}
	if (++f->hung[i].n < most)
		return;
	f->hung[i].n = 0;
	if (f->given_up.n < NSV_ARRAY_SIZE(f->given_up.devs))
		f->given_up.devs[f->given_up.n++] = dev;
}

/* @err: -ETIMEDOUT, or another that ended the helper. false: nothing is left to go on with. */
static bool go_on_behind(struct follower *f, int err)
{
	struct place *at = &f->at;

	if (!at->path) {
		/* Before it came to where the one before it was. */
		*at = f->resume;
		f->resume = (struct place){ 0 };
		if (!at->path)
			return false;
		go_up(at);
	}
	if (!f->told)
		nsv_outcome(f->w->c, "file", *at->path ? at->path : NSV_ROOT_PREFIX, NSV_FAILED,
			    err == -ETIMEDOUT ? NSV_WHY_TIMED_OUT : "its reader has ended");
	f->told = false;
	if (at->dev)
		count_hung(f, at->dev);
	if (!*below_root(at->path))
		return false;
	free(f->resume.path);
	f->resume = *at;
	*at = (struct place){ 0 };
	return true;
}

int nsv_apart_walk(const struct nsv_apart_walk *w)
{
	struct follower f = { .w = w, .a = NSV_APART_INIT(w->c) };
	struct nsv_apart_plan plan = {
		.run = w->run, .data = w->data, .fd = w->top, .given_up = &f.given_up
	};
	int r;

	do {
		if (f.resume.path)
			plan.resume =
			    (struct nsv_resume){ below_root(f.resume.path), f.resume.folder };
		r = nsv_apart_start(&f.a, &plan);
		if (r < 0)
			break;
		r = follow(&f);
		nsv_apart_end(&f.a);
	} while ((r == -ETIMEDOUT || r == -ECONNRESET) && go_on_behind(&f, r));
	/* What hung has its own outcome. */
	if (r == -ETIMEDOUT || r == -ECONNRESET || r == -ECANCELED)
		r = 0;
	free(f.at.path);
	free(f.resume.path);
	return r;
}
