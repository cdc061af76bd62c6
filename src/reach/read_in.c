/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * read_in.c - finds and reads a file of procfs by a helper in the namespaces of a target.
 *
 * The helper joins the user namespace last, as root may have no power over the other namespaces
 * from inside it (a network shared with another container). An ordinary user has power only inside,
 * so the helper first joins the user namespace that owns the others. Defends against paths that
 * lead out of procfs or of the root, endless files, files that block. No state, no locks.
 */
#include "read_in.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <nsview/root.h>

#include "helper.h"
#include "message.h"
#include "pinned.h"
#include "proc_reader.h"
#include "userns.h"
#include "util.h"

/* A sysctl takes kernel memory for all that is asked for, and refuses a few megabytes. */
#define CHUNK ((size_t)128 * 1024)

enum { NET, IPC, UTS, TIME, CGROUP, USER, KINDS };

/* In the order of joining. */
static const struct kind {
	const char *link;
	int type;
} kinds[KINDS] = {
	[NET] = { "ns/net", CLONE_NEWNET },	     [IPC] = { "ns/ipc", CLONE_NEWIPC },
	[UTS] = { "ns/uts", CLONE_NEWUTS },	     [TIME] = { "ns/time", CLONE_NEWTIME },
	[CGROUP] = { "ns/cgroup", CLONE_NEWCGROUP }, [USER] = { "ns/user", CLONE_NEWUSER },
};

struct work {
	int sock;
	int ns[KINDS];	   /* none: not asked for, or ours */
	int owners[KINDS]; /* the user namespace that owns it */
	struct nsv_confine confine;
	bool chroot;
	enum nsv_op op;
	unsigned flags;
	const char *path;
	size_t max; /* to read */
};

enum step { JOIN, OPEN, READ };

/* Goes with the fd, before the bytes. */
struct answer {
	int32_t result;
	uint32_t step;
	uint64_t len;
};

/* What the caller made of it. */
struct heard {
	enum step step;
	int fd;
	char *text;
	size_t len;
};

/* ---- the helper ---- */

static int join(const struct work *w, pid_t parent)
{
	int joined = NSV_FD_NONE;

	for (size_t k = 0; k < USER; k++) {
		if (w->ns[k] < 0 || setns(w->ns[k], kinds[k].type) == 0)
			continue;
		if (errno != EPERM || w->owners[k] < 0 || joined >= 0)
			return -errno;
		joined = w->owners[k];
		/* EINVAL means our own user namespace: no right is gained, so EPERM stands. */
		if (nsv_helper_join_userns(joined, parent) < 0)
			return -EPERM;
		if (setns(w->ns[k], kinds[k].type) < 0)
			return -errno;
	}
	if (w->ns[USER] < 0 || (joined >= 0 && nsv_same_ns(joined, w->ns[USER])))
		return 0;
	return nsv_helper_join_userns(w->ns[USER], parent);
}

static int open_file(const struct work *w)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_confine c = w->confine;
	nsv_autofd int fd = NSV_FD_NONE;

	c.no_openat2 = !nsv_openat2_works(c.root);
	if (w->chroot && (fchdir(c.root) < 0 || chroot(".") < 0))
		return -errno;
	fd = nsv_confined_call(&c, w->op, w->path, w->flags, NULL, &e);
	/* Something else may be mounted there. */
	return fd < 0 || nsv_is_procfs(fd) ? nsv_steal_fd(&fd) : -EXDEV;
}

static ssize_t read_all(int fd, char *buf, size_t max)
{
	size_t used = 0;

	for (;;) {
		ssize_t n = read(fd, buf + used, nsv_min(max + 1 - used, CHUNK));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : (ssize_t)used;
		used += (size_t)n;
		if (used > max)
			return -E2BIG;
	}
}

static int send_answer(const struct work *w, const struct answer *a, int fd)
{
	const struct nsv_packet p = {
		.head = (void *)a, .head_len = sizeof(*a), .fds = &fd, .n_fds = a->result == 0
	};

	return nsv_packet_send(w->sock, &p);
}

static void answer(void *data, pid_t parent)
{
	const struct work *w = data;
	nsv_autofree char *buf = malloc(w->max + 1);
	nsv_autofd int fd = NSV_FD_NONE;
	struct answer a = { .step = JOIN };
	ssize_t n = buf ? join(w, parent) : -ENOMEM;

	if (n == 0) {
		a.step = OPEN;
		n = fd = open_file(w);
	}
	if (n >= 0) {
		a.step = READ;
		n = w->max ? read_all(fd, buf, w->max) : 0;
	}
	a.result = n < 0 ? (int32_t)n : 0;
	a.len = n < 0 ? 0 : (uint64_t)n;
	if (send_answer(w, &a, fd) == 0)
		(void)nsv_send_all(w->sock, buf, a.len);
}

/* ---- the caller ---- */

static int open_namespaces(const struct nsv_in *in, struct work *w)
{
	const struct nsv_target *t = in->target;

	for (size_t k = 0; k < KINDS; k++) {
		nsv_autofd int own = NSV_FD_NONE;
		char self[32];

		if (!(in->depends & (unsigned)kinds[k].type))
			continue;
		w->ns[k] = openat(t->procdir, kinds[k].link, O_RDONLY | O_CLOEXEC);
		if (w->ns[k] < 0 && errno != ENOENT)
			return -errno;
		(void)snprintf(self, sizeof(self), "self/%s", kinds[k].link);
		own = openat(t->procfs, self, O_RDONLY | O_CLOEXEC);
		/* Not one of this kernel's, or the process has ended. */
		if (w->ns[k] < 0 && own >= 0)
			return -ESRCH;
		if (w->ns[k] < 0)
			continue;
		if (own >= 0 && nsv_same_ns(own, w->ns[k]))
			nsv_close_p(&w->ns[k]);
		else if (k != USER)
			w->owners[k] = nsv_userns_of(w->ns[k]);
	}
	return nsv_target_alive(t);
}

static int hear(int sock, size_t max, int64_t deadline, struct heard *ret)
{
	struct answer a;
	struct nsv_packet p = { .head = &a, .head_len = sizeof(a), .fds = &ret->fd, .n_fds = 1 };
	int r = nsv_packet_recv(sock, &p, deadline);

	if (r < 0)
		return r == -ECONNRESET ? -ECHILD : r;
	ret->step = a.step;
	if (a.result < 0)
		return a.result;
	if (a.len > max || ret->fd < 0)
		return -EBADMSG;
	ret->text = malloc(a.len + 1);
	if (!ret->text)
		return -ENOMEM;
	r = nsv_recv_all(sock, ret->text, a.len, deadline);
	ret->text[r < 0 ? 0 : a.len] = '\0';
	ret->len = a.len;
	return r;
}

static int run(struct work *w, unsigned seconds, struct heard *ret)
{
	int64_t deadline = nsv_now_ms() + (int64_t)seconds * 1000;
	struct nsv_helper h = NSV_HELPER_NONE;
	int keep[3 + 2 * KINDS];
	int socks[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	w->sock = keep[0] = socks[1];
	keep[1] = w->confine.procfs;
	keep[2] = w->confine.root;
	memcpy(keep + 3, w->ns, sizeof(w->ns));
	memcpy(keep + 3 + KINDS, w->owners, sizeof(w->owners));
	r = nsv_helper_start(&(struct nsv_helper_plan){ .run = answer,
							.data = w,
							.keep = keep,
							.n_keep = NSV_ARRAY_SIZE(keep),
							.seconds = seconds + 1 },
			     &h);
	nsv_close(socks[1]);
	if (r == 0)
		r = hear(socks[0], w->max, deadline, ret);
	nsv_close(socks[0]);
	(void)nsv_helper_end(&h, NSV_HELPER_END_MS);
	return r;
}

static int explain(int err, enum step step, struct nsv_error *e)
{
	if (step == JOIN && err == EPERM)
		return nsv_error_set(e, err, NSV_STAGE_ENTER,
				     "its namespaces can't be joined: needs root, or to own its "
				     "user namespace");
	if (step == JOIN)
		return nsv_error_set(e, err, NSV_STAGE_ENTER, "its namespaces can't be joined: %s",
				     strerror(err));
	if (err == E2BIG)
		return nsv_error_set(e, err, NSV_STAGE_READ, "is longer than can be read");
	return nsv_error_set(e, err, step == READ ? NSV_STAGE_READ : NSV_STAGE_PATH, "%s",
			     strerror(err));
}

static int ask(const struct nsv_in *in, struct work *w, struct heard *ret, struct nsv_error *e)
{
	const struct nsv_target *t = in->target;
	int r;

	ret->fd = NSV_FD_NONE;
	for (size_t k = 0; k < KINDS; k++)
		w->ns[k] = w->owners[k] = NSV_FD_NONE;
	if (in->depends & ~(NSV_READER_NAMESPACES | NSV_READER_ROOT) || t->pid == 0 ||
	    w->max > NSV_READ_IN_MAX)
		return nsv_error_set(e, EINVAL, NSV_STAGE_TARGET, "%s", strerror(EINVAL));
	w->chroot = in->depends & NSV_READER_ROOT;
	w->confine = (struct nsv_confine){
		.root = in->root,
		.procfs = t->procfs,
		.self = &t->self,
	};
	r = open_namespaces(in, w);
	if (r == 0) {
		/* Where no answer comes. */
		ret->step = READ;
		r = run(w, in->seconds, ret);
	}
	for (size_t k = 0; k < KINDS; k++) {
		nsv_close(w->ns[k]);
		nsv_close(w->owners[k]);
	}
	return r < 0 ? explain(-r, ret->step, e) : 0;
}

int nsv_read_in(const struct nsv_in *in, const char *path, size_t max, char **ret_text,
		size_t *ret_len, struct stat *ret_st, struct nsv_error *e)
{
	struct work w = { .op = NSV_OP_FILE, .path = path, .max = max };
	struct heard heard = { .step = JOIN };
	int r = ask(in, &w, &heard, e);

	if (r == 0 && ret_st && fstat(heard.fd, ret_st) < 0)
		r = nsv_error_set(e, errno, NSV_STAGE_PATH, "%s", strerror(errno));
	nsv_close(heard.fd);
	if (r < 0) {
		free(heard.text);
		return r;
	}
	*ret_text = heard.text;
	*ret_len = heard.len;
	return 0;
}

int nsv_look_in(const struct nsv_in *in, enum nsv_op op, const char *path, unsigned flags,
		struct nsv_error *e)
{
	struct work w = { .op = op, .path = path, .flags = flags };
	struct heard heard = { .step = JOIN };
	int r = ask(in, &w, &heard, e);

	free(heard.text);
	if (r < 0)
		nsv_close(heard.fd);
	return r < 0 ? r : heard.fd;
}
