/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* proc_reader.c - a helper that reads and opens below /proc, and its questions. See proc_reader.h.
 */
#include "collect/proc_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "reach/clock.h"
#include "reach/message.h"
#include "reach/util.h"

#define PART	      ((size_t)32 * 1024)
#define FIRST_WAIT_MS 1000
#define NEXT_WAIT_MS  100
#define STUCK_MAX     32
#define END_WAIT_MS   200

enum op { OP_READ, OP_OPEN, OP_LOOK };

struct question {
	uint32_t op;
	uint64_t max;
	char path[4096 + 32]; /* sent as far as it goes */
};

struct answer {
	int32_t result; /* 0, 1: more was there, or -errno */
	uint32_t last;	/* no packet follows */
};

struct work {
	int procfs, root, sock;
};

/* ---- the helper ---- */

static void send_part(int sock, int result, bool last, const char *data, size_t len, int fd)
{
	struct answer a = { .result = result, .last = last };

	(void)nsv_packet_send(sock, &(struct nsv_packet){ .head = &a,
							  .head_len = sizeof(a),
							  .data = (void *)data,
							  .len = len,
							  .fds = &fd,
							  .n_fds = fd >= 0 });
}

static void answer_read(const struct work *w, const struct question *q, char *buf)
{
	nsv_autofd int fd = openat(w->procfs, q->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint64_t left = q->max;
	ssize_t n = 1;

	if (fd < 0) {
		send_part(w->sock, -errno, true, NULL, 0, -1);
		return;
	}
	while (left > 0 && (n = read(fd, buf, nsv_min(left, (uint64_t)PART))) > 0) {
		send_part(w->sock, 0, false, buf, (size_t)n, -1);
		left -= (uint64_t)n;
	}
	if (n > 0)
		n = read(fd, buf, 1) > 0;
	send_part(w->sock, n < 0 ? -errno : (int)n, true, NULL, 0, -1);
}

static void answer_look(const struct work *w, const struct question *q)
{
	const struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
				      .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	nsv_autofd int fd = (int)syscall(SYS_openat2, w->root, q->path, &how, sizeof(how));
	struct statx s = { 0 };
	int r =
	    fd < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &s) < 0
		? -errno
		: 0;

	send_part(w->sock, r, true, (const char *)&s, sizeof(s), -1);
}

static void serve(void *data, pid_t parent)
{
	const struct work *w = data;
	char *buf = malloc(PART);
	struct question q;

	(void)parent;
	while (buf && recv(w->sock, &q, sizeof(q), 0) > (ssize_t)offsetof(struct question, path)) {
		if (q.op == OP_READ) {
			answer_read(w, &q, buf);
		} else if (q.op == OP_LOOK) {
			answer_look(w, &q);
		} else {
			nsv_autofd int fd = openat(w->procfs, q.path, O_PATH | O_CLOEXEC);

			send_part(w->sock, fd < 0 ? -errno : 0, true, NULL, 0, fd);
		}
	}
}

/* ---- the caller ---- */

static void end_helper(struct nsv_proc_reader *r)
{
	nsv_close_p(&r->sock);
	(void)nsv_helper_end(&r->helper, END_WAIT_MS);
}

void nsv_proc_reader_done(struct nsv_proc_reader *r)
{
	end_helper(r);
}

static int start_helper(struct nsv_proc_reader *r)
{
	int socks[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	err = nsv_helper_start(
	    &(struct nsv_helper_plan){ .run = serve,
				       .data = &(struct work){ r->procfs, r->root, socks[1] },
				       .keep = (int[]){ r->procfs, r->root, socks[1] },
				       .n_keep = 3 },
	    &r->helper);
	nsv_close(socks[1]);
	r->sock = socks[0];
	if (err < 0)
		nsv_close_p(&r->sock);
	return err;
}

static int ask(struct nsv_proc_reader *r, enum op op, const char *path, size_t max)
{
	struct question q = { .op = op, .max = max };
	size_t len = strlen(path) + 1;
	int err = 0;

	if (len > sizeof(q.path))
		return -ENAMETOOLONG;
	memcpy(q.path, path, len);
	len += offsetof(struct question, path);

	if (r->stuck >= STUCK_MAX)
		return -ETIMEDOUT;
	if (!r->helper.pid)
		err = start_helper(r);
	if (err == 0 && send(r->sock, &q, len, MSG_NOSIGNAL) != (ssize_t)len)
		err = -EPIPE;
	return err;
}

/* One packet; a helper that does not answer is ended. */
static int hear(struct nsv_proc_reader *r, struct nsv_packet *p)
{
	struct answer *a = p->head;
	int err =
	    nsv_packet_recv(r->sock, p, nsv_now_ms() + (r->stuck ? NEXT_WAIT_MS : FIRST_WAIT_MS));

	if (err == -ETIMEDOUT)
		r->stuck++;
	if (err < 0) {
		end_helper(r);
		return err;
	}
	return a->result;
}

int nsv_proc_slurp(struct nsv_proc_reader *r, const char *path, size_t max, char **ret_text,
		   size_t *ret_len)
{
	nsv_autofree char *text = malloc(PART + 1);
	size_t used = 0, size = PART;
	struct answer a = { 0 };
	int err = text ? ask(r, OP_READ, path, max) : -ENOMEM;

	while (err == 0 && !a.last) {
		struct nsv_packet p = { .head = &a, .head_len = sizeof(a) };

		if (size - used < PART) {
			char *more = realloc(text, size * 2 + 1);

			if (!more) {
				end_helper(r);
				return -ENOMEM;
			}
			text = more;
			size *= 2;
		}
		p.data = text + used;
		p.len = PART;
		err = hear(r, &p);
		if (err >= 0)
			used += p.len;
	}
	if (err < 0)
		return err;
	text[used] = '\0';
	*ret_text = nsv_steal_ptr(text);
	*ret_len = used;
	return err;
}

int nsv_proc_open(struct nsv_proc_reader *r, const char *path)
{
	struct answer a = { 0 };
	int fd = NSV_FD_NONE;
	struct nsv_packet p = { .head = &a, .head_len = sizeof(a), .fds = &fd, .n_fds = 1 };
	int err = ask(r, OP_OPEN, path, 0);

	if (err == 0)
		err = hear(r, &p);
	if (err < 0)
		nsv_close_p(&fd);
	return err < 0 ? err : fd;
}

int nsv_proc_look(struct nsv_proc_reader *r, const char *path, struct statx *ret)
{
	struct answer a = { 0 };
	struct statx s;
	struct nsv_packet p = { .head = &a, .head_len = sizeof(a), .data = &s, .len = sizeof(s) };
	int err = ask(r, OP_LOOK, path, 0);

	if (err == 0)
		err = hear(r, &p);
	if (err == 0 && p.len != sizeof(s))
		err = -EBADMSG;
	if (err == 0)
		*ret = s;
	return err;
}
