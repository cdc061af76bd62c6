/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * enter.c - the helper process of the setns route, and requests to it.
 *
 * Defends against: a container that would trace the helper or borrow its fds (helper.h), endless
 * paths (TEXT_MAX). The helper runs nothing but this file, resolve.c, reopen.c and message.c, and
 * holds one socket, the root and the host's /proc.
 */
#include "enter.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include <nsview/root.h>

#include "helper.h"
#include "message.h"
#include "userns.h"
#include "util.h"

/* The longest path or message that is carried: a bound on memory, far above any real path. */
#define TEXT_MAX (64U << 20)

struct request {
	uint32_t op;	/* enum nsv_op */
	uint32_t flags; /* of nsview/root.h */
	uint64_t len;	/* bytes of path that follow, without a terminator */
};

struct answer {
	int32_t result; /* 0, and an fd comes along; or -errno */
	uint32_t stage;
	uint64_t len; /* bytes of text that follow: error message or canonical path */
};

/* Receives @len bytes into fresh memory and terminates them. */
static int recv_text(int sock, uint64_t len, char **ret_text)
{
	nsv_autofree char *text = NULL;
	int r;

	if (len > TEXT_MAX)
		return -ENAMETOOLONG;
	text = malloc(len + 1);
	if (!text)
		return -ENOMEM;
	r = nsv_recv_all(sock, text, len, NSV_NO_DEADLINE);
	if (r < 0)
		return r;
	text[len] = '\0';
	*ret_text = nsv_steal_ptr(text);
	return 0;
}

int nsv_confined_call(const struct nsv_confine *c, enum nsv_op op, const char *path, unsigned flags,
		      char **ret_text, struct nsv_error *e)
{
	nsv_autofd int fd = nsv_resolve(c, path, flags & NSV_ROOT_NOFOLLOW,
					op == NSV_OP_CANONICAL ? ret_text : NULL, e);

	if (fd < 0)
		return fd;
	if (op == NSV_OP_FILE || op == NSV_OP_DIR)
		return nsv_reopen_through(c->procfs, fd, op == NSV_OP_DIR, NULL, e);
	return nsv_steal_fd(&fd);
}

static int enter(const struct nsv_entry *entry, pid_t parent, struct nsv_confine *ret,
		 struct nsv_error *e)
{
	int r = nsv_helper_join_mntns(entry->mntns, entry->userns, parent);

	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_ENTER,
				     "its mount namespace can't be joined: needs root, or to own "
				     "its user namespace");
	if (entry->root >= 0 && (fchdir(entry->root) < 0 || chroot(".") < 0))
		return nsv_error_set(e, errno, NSV_STAGE_ENTER, "its root can't be entered");
	ret->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ret->root < 0 || chdir("/") < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ENTER, "its root can't be opened");
	ret->procfs = entry->procfs;
	ret->self = entry->self;
	ret->no_openat2 = !nsv_openat2_works(ret->root);
	return 0;
}

static int send_answer(int sock, int result, const struct nsv_error *e, const char *text)
{
	const char *text_sent = result < 0 ? e->msg : text ? text : "";
	struct answer a = {
		.result = result < 0 ? result : 0,
		.stage = result < 0 ? e->stage : NSV_STAGE_NONE,
		.len = strlen(text_sent),
	};
	const struct nsv_packet p = {
		.head = &a, .head_len = sizeof(a), .fds = &result, .n_fds = result >= 0
	};
	int r = nsv_packet_send(sock, &p);

	return r < 0 ? r : nsv_send_all(sock, text_sent, a.len);
}

static int serve_one(int sock, const struct nsv_confine *c)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct request rq;
	nsv_autofree char *path = NULL;
	nsv_autofree char *text = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	int r = nsv_recv_all(sock, &rq, sizeof(rq), NSV_NO_DEADLINE);

	if (r == 0)
		r = recv_text(sock, rq.len, &path);
	if (r < 0)
		return r;
	fd = nsv_confined_call(c, rq.op, path, rq.flags, &text, &e);
	return send_answer(sock, fd, &e, text);
}

struct work {
	const struct nsv_entry *entry;
	int sock;
};

static void serve(void *data, pid_t parent)
{
	const struct work *w = data;
	const struct nsv_entry *entry = w->entry;
	struct nsv_confine c = { .root = NSV_FD_NONE };
	struct nsv_error e = NSV_ERROR_INIT;
	int r = enter(entry, parent, &c, &e);

	/* The helper needs these no more; c.root is an fd of the joined namespace. */
	nsv_close(entry->mntns);
	nsv_close(entry->userns);
	nsv_close(entry->root);
	if (send_answer(w->sock, r < 0 ? r : c.root, &e, NULL) == 0 && r == 0)
		while (serve_one(w->sock, &c) == 0)
			;
}

static int recv_answer(int sock, char **ret_text, struct nsv_error *e)
{
	struct answer a;
	nsv_autofree char *text = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	struct nsv_packet p = { .head = &a, .head_len = sizeof(a), .fds = &fd, .n_fds = 1 };
	int r = nsv_packet_recv(sock, &p, NSV_NO_DEADLINE);

	/* After -EMFILE the text still has to leave the socket; the missing fd is reported below.
	 */
	if (r == 0 || r == -EMFILE)
		r = recv_text(sock, a.len, &text);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_ENTER, "the helper process has ended");
	if (a.result < 0)
		return nsv_error_set(e, -a.result, (enum nsv_stage)a.stage, "%s", text);
	if (fd < 0)
		return nsv_error_set(e, EMFILE, NSV_STAGE_ENTER, "too many open files");
	if (ret_text)
		*ret_text = nsv_steal_ptr(text);
	return nsv_steal_fd(&fd);
}

int nsv_enter_call(const struct nsv_entered *in, enum nsv_op op, const char *path, unsigned flags,
		   char **ret_text, struct nsv_error *e)
{
	struct request rq = { .op = op, .flags = flags, .len = strlen(path) };
	int r = nsv_send_all(in->sock, &rq, sizeof(rq));

	if (r == 0)
		r = nsv_send_all(in->sock, path, rq.len);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_ENTER, "the helper process has ended");
	return recv_answer(in->sock, ret_text, e);
}

int nsv_enter(const struct nsv_entry *entry, struct nsv_entered *ret, struct nsv_error *e)
{
	struct nsv_entered in = { .helper = NSV_HELPER_NONE };
	int socks[2];
	int root, r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ENTER, "no socket for the helper process");
	const int keep[] = { socks[1], entry->mntns, entry->userns, entry->root, entry->procfs };
	const struct nsv_helper_plan plan = {
		.run = serve,
		.data = &(struct work){ .entry = entry, .sock = socks[1] },
		.keep = keep,
		.n_keep = NSV_ARRAY_SIZE(keep),
	};
	r = nsv_helper_start(&plan, &in.helper);
	nsv_close(socks[1]);
	in.sock = socks[0];
	if (r < 0) {
		nsv_close(in.sock);
		return nsv_error_set(e, -r, NSV_STAGE_ENTER, "the helper process can't be forked");
	}
	root = recv_answer(in.sock, NULL, e);
	if (root < 0)
		nsv_enter_end(&in);
	else
		*ret = in;
	return root;
}

void nsv_enter_end(struct nsv_entered *in)
{
	/* The helper may hang in a file system of the container and not notice a closed socket. */
	nsv_close_p(&in->sock);
	(void)nsv_helper_end(&in->helper, NSV_HELPER_END_MS);
}
