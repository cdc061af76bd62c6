/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memory_reader.c - the helper that reads memory, and its questions. See memory_reader.h. */
#include "collect/memory_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reach/message.h"
#include "reach/proc.h"
#include "reach/util.h"

#define PAGE	      ((size_t)4096)
#define PART	      ((size_t)64 * 1024)
#define FIRST_WAIT_MS 5000
#define NEXT_WAIT_MS  500
#define STUCK_MAX     16
#define END_WAIT_MS   200

enum op { OP_OPEN, OP_MAPS, OP_PAGES, OP_READ };

struct question {
	uint32_t op;
	uint32_t which;
	int32_t pid;
	uint64_t start, end; /* of the process; of the range; or at most so many bytes */
};

struct answer {
	int32_t result;
	uint32_t last;	  /* no packet follows */
	uint64_t missing; /* pages */
};

struct work {
	int procfs, sock;
	int mem, pagemap, maps;
	char *buf;
};

/* ---- the helper ---- */

static void send_part(const struct work *w, const struct answer *a, const void *data, size_t len)
{
	(void)nsv_packet_send(w->sock, &(struct nsv_packet){ .head = (void *)a,
							     .head_len = sizeof(*a),
							     .data = (void *)data,
							     .len = len });
}

static void send_last(const struct work *w, int result)
{
	send_part(w, &(struct answer){ .result = result, .last = 1 }, NULL, 0);
}

static int open_of(const struct work *w, const char *dir, const char *name)
{
	char path[NSV_PROCESS_DIR + 16];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = openat(w->procfs, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

/* What is open is the process's that started then, if that one is there afterwards. */
static int open_process(struct work *w, const struct question *q)
{
	struct nsv_process_stat st;
	char dir[NSV_PROCESS_DIR];
	int r;

	nsv_close_p(&w->mem);
	nsv_close_p(&w->pagemap);
	nsv_close_p(&w->maps);
	(void)snprintf(dir, sizeof(dir), "%d", (int)q->pid);
	w->mem = open_of(w, dir, "mem");
	if (w->mem < 0)
		return w->mem;
	w->maps = open_of(w, dir, "smaps");
	if (w->maps < 0)
		return w->maps;
	w->pagemap = open_of(w, dir, "pagemap");
	if (w->pagemap < 0)
		return w->pagemap;
	r = nsv_process_stat(w->procfs, dir, &st);
	if (r < 0)
		return nsv_process_gone(r) ? -ESRCH : r;
	if (st.start != q->start)
		return -ESRCH;
	return st.state == 'Z' || st.kthread ? -EIO : 0;
}

static void answer_maps(struct work *w, const struct question *q)
{
	uint64_t left = q->end;
	ssize_t n = 1;

	if (lseek(w->maps, 0, SEEK_SET) < 0)
		n = -1;
	while (n > 0 && left > 0 &&
	       (n = read(w->maps, w->buf, nsv_min(left, (uint64_t)PART))) > 0) {
		send_part(w, &(struct answer){ 0 }, w->buf, (size_t)n);
		left -= (uint64_t)n;
	}
	send_last(w, n < 0 ? -errno : n > 0);
}

static void answer_pages(struct work *w, const struct question *q)
{
	size_t room = PART / sizeof(struct nsv_memory_range);
	uint64_t at = q->start;
	int r = 0;

	while (at < q->end && r >= 0) {
		r = nsv_pagemap_next(w->pagemap, &at, q->end, (enum nsv_memory_pages)q->which,
				     (struct nsv_memory_range *)(void *)w->buf, room);
		/* An empty one says that there is progress. */
		if (r >= 0)
			send_part(w, &(struct answer){ 0 }, w->buf,
				  (size_t)r * sizeof(struct nsv_memory_range));
	}
	send_last(w, r < 0 ? r : 0);
}

/* One page that can't be read costs that page. */
static int read_part(struct work *w, uint64_t at, size_t len, uint64_t *missing)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pread(w->mem, w->buf + done, len - done, (off_t)(at + done));
		size_t hole;

		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			return -ESRCH; /* the last of its users is gone */
		hole = PAGE - (at + done) % PAGE;
		hole = nsv_min(hole, len - done);
		memset(w->buf + done, 0, hole);
		done += hole;
		++*missing;
	}
	return 0;
}

static void answer_read(struct work *w, const struct question *q)
{
	int r = 0;

	for (uint64_t at = q->start; at < q->end && r == 0; at += PART) {
		struct answer a = { 0 };
		size_t len = (size_t)nsv_min(q->end - at, (uint64_t)PART);

		r = read_part(w, at, len, &a.missing);
		if (r == 0)
			send_part(w, &a, w->buf, len);
	}
	send_last(w, r);
}

static void serve(void *data, pid_t parent)
{
	struct work *w = data;
	struct question q;

	(void)parent;
	w->buf = malloc(PART);
	while (w->buf && recv(w->sock, &q, sizeof(q), 0) == sizeof(q)) {
		if (q.op == OP_OPEN)
			send_last(w, open_process(w, &q));
		else if (q.op == OP_MAPS)
			answer_maps(w, &q);
		else if (q.op == OP_PAGES)
			answer_pages(w, &q);
		else
			answer_read(w, &q);
	}
}

/* ---- the caller ---- */

void nsv_memory_reader_done(struct nsv_memory_reader *r)
{
	nsv_close_p(&r->sock);
	(void)nsv_helper_end(&r->helper, END_WAIT_MS);
}

static int start_helper(struct nsv_memory_reader *r)
{
	int socks[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	err = nsv_helper_start(
	    &(struct nsv_helper_plan){ .run = serve,
				       .data = &(struct work){ r->procfs, socks[1], NSV_FD_NONE,
							       NSV_FD_NONE, NSV_FD_NONE, NULL },
				       .keep = (int[]){ r->procfs, socks[1] },
				       .n_keep = 2 },
	    &r->helper);
	nsv_close(socks[1]);
	r->sock = socks[0];
	if (err < 0)
		nsv_close_p(&r->sock);
	return err;
}

static int ask(struct nsv_memory_reader *r, const struct question *q)
{
	if (!r->helper.pid || r->sock < 0)
		return -ETIMEDOUT;
	return send(r->sock, q, sizeof(*q), MSG_NOSIGNAL) == sizeof(*q) ? 0 : -EPIPE;
}

/* One packet into @buf; a helper that does not answer is ended. */
static int hear(struct nsv_memory_reader *r, struct answer *a, void *buf, size_t size,
		size_t *ret_len)
{
	struct nsv_packet p = { .head = a, .head_len = sizeof(*a), .data = buf, .len = size };
	int err =
	    nsv_packet_recv(r->sock, &p, nsv_now_ms() + (r->stuck ? NEXT_WAIT_MS : FIRST_WAIT_MS));

	if (err == -ETIMEDOUT)
		r->stuck++;
	if (err < 0) {
		nsv_memory_reader_done(r);
		return err;
	}
	*ret_len = p.len;
	return a->result;
}

int nsv_memory_open(struct nsv_memory_reader *r, pid_t pid, uint64_t start)
{
	const struct question q = { .op = OP_OPEN, .pid = pid, .start = start };
	struct answer a = { 0 };
	size_t len;
	int err = 0;

	if (r->stuck >= STUCK_MAX)
		return -ETIMEDOUT;
	if (!r->helper.pid)
		err = start_helper(r);
	if (err == 0)
		err = ask(r, &q);
	return err < 0 ? err : hear(r, &a, NULL, 0, &len);
}

/* What comes after a caller has had enough is not looked at, but taken. */
int nsv_memory_maps(struct nsv_memory_reader *r, size_t max,
		    int (*take)(void *data, const char *text, size_t len), void *data)
{
	const struct question q = { .op = OP_MAPS, .end = max };
	nsv_autofree char *buf = malloc(PART);
	struct answer a = { 0 };
	int err = buf ? ask(r, &q) : -ENOMEM, enough = 0;

	while (err == 0 && !a.last) {
		size_t len;

		err = hear(r, &a, buf, PART, &len);
		if (err == 0 && len && !enough)
			enough = take(data, buf, len);
	}
	return err < 0 || enough == 0 ? err : enough;
}

int nsv_memory_pages(struct nsv_memory_reader *r, uint64_t start, uint64_t end,
		     enum nsv_memory_pages which,
		     int (*take)(void *data, const struct nsv_memory_range *range), void *data)
{
	const struct question q = {
		.op = OP_PAGES, .which = (uint32_t)which, .start = start, .end = end
	};
	nsv_autofree struct nsv_memory_range *list = malloc(PART);
	struct answer a = { 0 };
	int err = list ? ask(r, &q) : -ENOMEM, enough = 0;

	while (err == 0 && !a.last) {
		size_t len;

		err = hear(r, &a, list, PART, &len);
		for (size_t i = 0; err == 0 && i < len / sizeof(*list) && !enough; i++)
			enough = take(data, &list[i]);
	}
	return err < 0 || enough == 0 ? err : enough;
}

int nsv_memory_read(struct nsv_memory_reader *r, uint64_t at, void *buf, size_t len,
		    uint64_t *ret_missing)
{
	const struct question q = { .op = OP_READ, .start = at, .end = at + len };
	struct answer a = { 0 };
	size_t done = 0;
	int err = ask(r, &q);

	while (err == 0 && !a.last) {
		size_t n;

		err = hear(r, &a, (char *)buf + done, len - done, &n);
		if (err == 0 && n) {
			done += n;
			*ret_missing += a.missing;
		}
	}
	return err < 0 ? err : done == len ? 0 : -EIO;
}
