/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* texts.c - a helper that reads small files of a container. No state, no locks. */
#include "texts.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "reach/enter.h"
#include "reach/helper.h"
#include "reach/message.h"
#include "reach/pinned.h"
#include "reach/util.h"

struct work {
	const struct nsv_target *target;
	struct nsv_confine confine;
	const struct nsv_text *texts;
	size_t n;
	int sock;
	bool join;
};

/* Before the bytes of each text. */
struct head {
	int32_t result;
	uint32_t len;
};

/* ---- the helper ---- */

static int read_one(const struct work *w, const char *path, char *buf, size_t *ret_len)
{
	struct nsv_error e = NSV_ERROR_INIT;
	nsv_autofd int fd = nsv_confined_call(&w->confine, NSV_OP_FILE, path, 0, NULL, &e);
	size_t used = 0;

	if (fd < 0)
		return fd;
	for (;;) {
		ssize_t n = read(fd, buf + used, NSV_TEXT_MAX + 1 - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		used += (size_t)n;
		if (used > NSV_TEXT_MAX)
			return -E2BIG;
		if (n == 0)
			break;
	}
	*ret_len = used;
	return 0;
}

static void read_all(void *data, pid_t parent)
{
	const struct work *w = data;
	nsv_autofree char *buf = malloc(NSV_TEXT_MAX + 1);
	int joined = w->join ? nsv_helper_join_userns(w->target->userns, parent) : 0;

	for (size_t i = 0; buf && i < w->n; i++) {
		size_t len = 0;
		struct head head = { .result = joined };

		if (joined == 0)
			head.result = read_one(w, w->texts[i].path, buf, &len);
		head.len = (uint32_t)len;
		if (nsv_send_all(w->sock, &head, sizeof(head)) < 0 ||
		    nsv_send_all(w->sock, buf, len) < 0)
			return;
	}
}

/* ---- the caller ---- */

static int hear(int sock, int64_t deadline, struct nsv_text *text)
{
	struct head head;
	int r = nsv_recv_all(sock, &head, sizeof(head), deadline);

	if (r == 0 && head.result < 0)
		r = head.result;
	else if (r == 0 && head.len > NSV_TEXT_MAX)
		r = -EBADMSG;
	text->result = r;
	if (r < 0)
		return r;
	text->text = malloc(head.len + 1);
	if (!text->text)
		return text->result = -ENOMEM;
	text->result = nsv_recv_all(sock, text->text, head.len, deadline);
	text->len = text->result < 0 ? 0 : head.len;
	text->text[text->len] = '\0';
	return text->result;
}

int nsv_texts_start(const struct nsv_target *t, int root, struct nsv_text *list, size_t n,
		    struct nsv_texts *ret)
{
	struct work w = { .target = t,
			  .confine = { .root = root,
				       .procfs = t->procfs,
				       .self = t->pid ? &t->self : NULL,
				       .no_openat2 = !nsv_openat2_works(root) },
			  .texts = list,
			  .n = n,
			  .join = nsv_target_wants_userns(t) };
	struct nsv_texts reader = NSV_TEXTS_NONE;
	int socks[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	w.sock = socks[1];
	r = nsv_helper_start(&(struct nsv_helper_plan){ .run = read_all,
							.data = &w,
							.keep = (int[]){ w.sock, root, t->procfs,
									 t->userns },
							.n_keep = 4,
							.seconds = NSV_TEXT_SECONDS + 1 },
			     &reader.helper);
	nsv_close(socks[1]);
	if (r < 0) {
		nsv_close(socks[0]);
		return r;
	}
	reader.sock = socks[0];
	reader.deadline = nsv_now_ms() + (int64_t)NSV_TEXT_SECONDS * 1000;
	reader.list = list;
	reader.n = n;
	*ret = reader;
	return 0;
}

void nsv_texts_finish(struct nsv_texts *reader)
{
	int heard = 0;

	if (reader->sock < 0)
		return;
	for (size_t i = 0; i < reader->n; i++) {
		/* One that hangs keeps the helper from the next. */
		if (heard == -ETIMEDOUT || heard == -ECONNRESET)
			reader->list[i].result = heard;
		else
			heard = hear(reader->sock, reader->deadline, &reader->list[i]);
	}
	nsv_close_p(&reader->sock);
	(void)nsv_helper_end(&reader->helper, NSV_HELPER_END_MS);
}
