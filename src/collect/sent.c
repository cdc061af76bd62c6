/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sent.c - files by way of a helper. See sent.h. */
#include "collect/sent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "collect/attributes.h"

/* What the helper said of a file weighs more than the times of the temporary one. */
static void judge(const struct nsv_collection *c, uint64_t size, const struct nsv_taken *got,
		  struct nsv_taken *t)
{
	if (t->outcome == NSV_FAILED)
		return;
	t->outcome = size ? NSV_TAKEN : NSV_EMPTY;
	t->reason[0] = '\0';
	if (got->outcome == NSV_CHANGED || got->outcome == NSV_FAILED) {
		t->outcome = got->outcome;
		memcpy(t->reason, got->reason, sizeof(t->reason));
	} else if (c->o->max_file_size && size > c->o->max_file_size) {
		t->outcome = NSV_TRUNCATED;
		(void)snprintf(t->reason, sizeof(t->reason), "%s", NSV_WHY_TOO_LARGE);
	}
}

int nsv_take_sent(struct nsv_collection *c, struct nsv_entity *m, int fd,
		  const struct nsv_taken *got, struct nsv_taken *ret)
{
	uint64_t size = m->size;
	int r = nsv_take_body(c, m, fd, ret);

	judge(c, size, got, ret);
	return r;
}

int nsv_fetch_open(const struct nsv_collection *c, int pathfd)
{
	char link[32];
	int fd;

	(void)snprintf(link, sizeof(link), "self/fd/%d", pathfd);
	fd = openat(c->target->procfs, link,
		    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOATIME | O_CLOEXEC);
	if (fd < 0 && errno == EPERM)
		fd = openat(c->target->procfs, link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

struct wanted {
	struct nsv_collection *c;
	struct nsv_copy *copy;
	int pathfd;
	uint64_t max_size;
};

static void send(struct nsv_far *far, void *data)
{
	const struct wanted *w = data;
	nsv_autofd int fd = nsv_fetch_open(w->c, w->pathfd);
	struct nsv_entity m = { 0 };
	int r = fd < 0 ? fd : nsv_member_fill(w->c, w->copy, fd, false, "", &m);

	if (r == 0)
		nsv_far_send(far, &m, fd, w->max_size);
	nsv_far_done(far, -r);
	nsv_xattrs_clear(&m.xattrs);
}

int nsv_fetch(struct nsv_collection *c, struct nsv_copy *copy, int pathfd, uint64_t max_size,
	      struct nsv_sent *ret)
{
	struct wanted w = { c, copy, pathfd, max_size };
	struct nsv_apart a = NSV_APART_INIT(c);
	const struct nsv_apart_plan plan = { .run = send, .data = &w, .fd = pathfd };
	int r = nsv_apart_start(&a, &plan);

	*ret = (struct nsv_sent){ .fd = NSV_FD_NONE };
	if (r == 0)
		r = nsv_apart_next(&a);
	if (r == NSV_WIRE_DONE)
		r = -(int)a.head.a;
	else if (r == NSV_WIRE_MEMBER)
		r = nsv_wire_member(a.buf, a.head.len, &ret->m) ? 0 : -EBADMSG;
	if (r == 0) {
		struct nsv_xattrs list = ret->m.xattrs;
		size_t at = 0, len;
		const char *name, *value;

		/* The message goes with the helper. */
		ret->m.xattrs = (struct nsv_xattrs){ 0 };
		while (r == 0 && nsv_xattrs_next(&list, &at, &name, &value, &len))
			r = nsv_xattrs_add(&ret->m.xattrs, name, value, len);
		ret->m.path = NULL;
		ret->m.link = NULL;
	}
	if (r == 0)
		r = nsv_apart_file(&a, ret->m.size, &ret->fd, &ret->got);
	nsv_apart_end(&a);
	return r;
}

void nsv_sent_clear(struct nsv_sent *sent)
{
	nsv_close_p(&sent->fd);
	nsv_xattrs_clear(&sent->m.xattrs);
}
