/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* apart.c - a helper that reads for the collection, and how long to wait for it. See apart.h. */
#include "collect/apart.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>

#include "copy/data.h"
#include "copy/spool.h"
#include "reach/message.h"

#define DEFAULT_MS 10000
#define LEAST_MS   1000 /* a loaded machine is no attack */
#define LOOK_MS	   100	/* at whether the collection is to end */
#define END_MS	   200
/* Items that hung until patience is a tenth of what it was, and a hundredth. */
#define SOME 8
#define MANY 64
#define PART ((uint64_t)64 << 20)

/* ---- the helper ---- */

struct work {
	struct nsv_apart *a;
	const struct nsv_apart_plan *plan;
	int sock;
};

static void serve(void *data, pid_t parent)
{
	const struct work *w = data;
	struct nsv_far far = { .sock = w->sock,
			       .resume = w->plan->resume,
			       .given_up = w->plan->given_up,
			       .buf = malloc(NSV_BUFFER) };

	(void)parent;
	/* Without the table each name of a file is read. */
	(void)nsv_links_new(&far.sent);
	w->a->c->far = &far;
	if (far.buf)
		w->plan->run(&far, w->plan->data);
	w->a->c->far = NULL;
	free(far.buf);
	(void)nsv_links_free(far.sent);
}

/* ---- the collection ---- */

int nsv_apart_start(struct nsv_apart *a, const struct nsv_apart_plan *plan)
{
	const struct nsv_target *t = a->c->target;
	struct work w = { .a = a, .plan = plan };
	int socks[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	w.sock = socks[1];
	r = nsv_helper_start(&(struct nsv_helper_plan){ .run = serve,
							.data = &w,
							.keep = (int[]){ t->procfs, t->pidfd,
									 t->procdir, t->root,
									 plan->fd, socks[1] },
							.n_keep = 6 },
			     &a->helper);
	nsv_close(socks[1]);
	a->sock = socks[0];
	if (r < 0)
		nsv_close_p(&a->sock);
	return r;
}

void nsv_apart_end(struct nsv_apart *a)
{
	nsv_close_p(&a->sock);
	(void)nsv_helper_end(&a->helper, END_MS);
	nsv_free_p(&a->buf);
	a->room = 0;
}

static int64_t patience(const struct nsv_collection *c)
{
	int64_t ms = c->o->timeout_ms ? c->o->timeout_ms : DEFAULT_MS;

	if (c->n_hung >= SOME)
		ms /= c->n_hung < MANY ? 10 : 100;
	return ms < LEAST_MS ? LEAST_MS : ms;
}

/* Waits in small steps: a signal may end the collection. */
static int wait_for_it(struct nsv_apart *a)
{
	int64_t deadline = nsv_now_ms() + patience(a->c);
	int r;

	do {
		r = nsv_wait_readable(a->sock, nsv_min(deadline, nsv_now_ms() + LOOK_MS));
		if (nsv_stop(a->c))
			return -ECANCELED;
	} while (r == -ETIMEDOUT && nsv_now_ms() < deadline);
	return r;
}

static int receive(struct nsv_apart *a)
{
	int64_t deadline;
	int r = wait_for_it(a);

	/* The helper's side of a message is in its memory: the rest comes at once. */
	deadline = nsv_now_ms() + DEFAULT_MS;
	if (r == 0)
		r = nsv_recv_all(a->sock, &a->head, sizeof(a->head), deadline);
	if (r == 0 && a->head.len > NSV_WIRE_MAX)
		r = -EBADMSG;
	if (r == 0 && a->head.len > a->room) {
		free(a->buf);
		a->room = 0;
		a->buf = malloc(a->head.len);
		if (!a->buf)
			return -ENOMEM;
		a->room = a->head.len;
	}
	if (r == 0 && a->head.len)
		r = nsv_recv_all(a->sock, a->buf, a->head.len, deadline);
	return r;
}

static int tell(struct nsv_apart *a)
{
	const char *t[3];
	bool log = a->head.kind == NSV_WIRE_LOG;

	if (!nsv_wire_texts(a->buf, a->head.len, t, log ? 2 : 3) || a->head.a >= NSV_OUTCOMES)
		return -EBADMSG;
	if (log)
		nsv_log(a->c, t[0], "%s", t[1]);
	else
		nsv_outcome(a->c, t[0], t[1], (enum nsv_outcome)a->head.a, *t[2] ? t[2] : NULL);
	return 0;
}

int nsv_apart_next(struct nsv_apart *a)
{
	int r;

	do {
		r = receive(a);
		if (r == -ETIMEDOUT)
			a->c->n_hung++;
		if (r < 0)
			return r;
		if (a->head.kind != NSV_WIRE_OUTCOME && a->head.kind != NSV_WIRE_LOG)
			return (int)a->head.kind;
		r = tell(a);
	} while (r == 0);
	return r;
}

/* ---- files ---- */

static bool has_room(int fd)
{
	struct statvfs s;

	return fstatvfs(fd, &s) < 0 || s.f_bavail > s.f_blocks / 16;
}

static int keep_data(struct nsv_apart *a, int *fd, uint64_t *until_look)
{
	const struct nsv_wire_head *h = &a->head;
	ssize_t n;

	if (*fd < 0) {
		*fd = nsv_spool_tmpfile();
		*until_look = PART;
	}
	if (*fd < 0)
		return *fd;
	if (*until_look <= h->len) {
		if (!has_room(*fd))
			return -ENOSPC;
		*until_look = PART;
	}
	*until_look -= h->len;
	for (size_t at = 0; at < h->len; at += (size_t)n) {
		n = pwrite(*fd, a->buf + at, h->len - at, (off_t)(h->b + at));
		if (n < 0)
			return -errno;
	}
	return 0;
}

static void verdict(struct nsv_taken *t, enum nsv_outcome outcome, const char *reason)
{
	t->outcome = outcome;
	(void)snprintf(t->reason, sizeof(t->reason), "%s", reason);
}

int nsv_apart_file(struct nsv_apart *a, uint64_t size, int *ret_fd, struct nsv_taken *ret)
{
	nsv_autofd int fd = NSV_FD_NONE;
	uint64_t until_look = 0;
	int r, full = 0;

	while ((r = nsv_apart_next(a)) == NSV_WIRE_DATA)
		/* All that comes has to be heard. */
		if (full == 0)
			full = keep_data(a, &fd, &until_look);
	if (r == NSV_WIRE_END && a->head.a < NSV_OUTCOMES && a->head.len &&
	    !a->buf[a->head.len - 1]) {
		verdict(ret, (enum nsv_outcome)a->head.a, a->buf);
		fd = fd < 0 ? nsv_spool_tmpfile() : fd;
		r = 0;
	} else {
		r = r < 0 ? r : -EBADMSG;
		verdict(ret, NSV_FAILED,
			r == -ETIMEDOUT	  ? NSV_WHY_TIMED_OUT
			: r == -ECANCELED ? "the collection was ended"
					  : "its reader has ended");
	}
	if (full < 0)
		verdict(ret, NSV_FAILED, "no room for it in the folder for temporary files");
	if (fd >= 0 && ftruncate(fd, (off_t)size) < 0)
		verdict(ret, NSV_FAILED, strerror(errno));
	*ret_fd = nsv_steal_fd(&fd);
	return r;
}
