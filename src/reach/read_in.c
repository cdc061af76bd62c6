/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * read_in.c - reads a file of /proc by a helper in the namespaces of a target.
 *
 * The helper joins the user namespace last: inside it, root may have no capability over the other
 * namespaces (a network shared with another container). An ordinary user has capabilities only
 * inside, and joins the user namespace that owns the others first. Defends against: paths that lead
 * out of procfs, endless files, files that block. No state, no locks.
 */
#include "read_in.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "helper.h"
#include "message.h"
#include "pinned.h"
#include "userns.h"
#include "util.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80 /* Linux 5.6, glibc 2.36 */
#endif

enum { NET, IPC, UTS, TIME, USER, KINDS };

/* In the order of joining. */
static const struct kind {
	const char *link;
	int type;
} kinds[KINDS] = {
	[NET] = { "ns/net", CLONE_NEWNET },    [IPC] = { "ns/ipc", CLONE_NEWIPC },
	[UTS] = { "ns/uts", CLONE_NEWUTS },    [TIME] = { "ns/time", CLONE_NEWTIME },
	[USER] = { "ns/user", CLONE_NEWUSER },
};

struct work {
	int sock, procfs;
	int ns[KINDS];	   /* none: not wanted, or the caller's own */
	int owners[KINDS]; /* the user namespaces that own them */
	const char *path;
	size_t max;
};

enum step { JOIN, OPEN, READ };

/* Sent before the bytes. */
struct answer {
	int32_t result;
	uint32_t step;
	uint64_t len;
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
	const struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		/* RESOLVE_NO_SYMLINKS would refuse the links "net" and "self". */
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	nsv_autofd int fd = (int)syscall(SYS_openat2, w->procfs, w->path, &how, sizeof(how));
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	/* Another file system may be mounted over the file. */
	return S_ISREG(st.st_mode) && nsv_is_procfs(fd) ? nsv_steal_fd(&fd) : -EXDEV;
}

static ssize_t read_all(int fd, char *buf, size_t max)
{
	size_t used = 0;

	for (;;) {
		ssize_t n = read(fd, buf + used, max + 1 - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : (ssize_t)used;
		used += (size_t)n;
		if (used > max)
			return -E2BIG;
	}
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
		n = read_all(fd, buf, w->max);
	}
	a.result = n < 0 ? (int32_t)n : 0;
	a.len = n < 0 ? 0 : (uint64_t)n;
	if (nsv_send_all(w->sock, &a, sizeof(a)) == 0)
		(void)nsv_send_all(w->sock, buf, a.len);
}

/* ---- the caller ---- */

static int open_namespaces(const struct nsv_target *t, int namespaces, struct work *w)
{
	for (size_t k = 0; k < KINDS; k++) {
		nsv_autofd int own = NSV_FD_NONE;
		char self[32];

		if (!(namespaces & kinds[k].type))
			continue;
		w->ns[k] = openat(t->procdir, kinds[k].link, O_RDONLY | O_CLOEXEC);
		if (w->ns[k] < 0)
			return -errno;
		(void)snprintf(self, sizeof(self), "self/%s", kinds[k].link);
		own = openat(t->procfs, self, O_RDONLY | O_CLOEXEC);
		if (own >= 0 && nsv_same_ns(own, w->ns[k]))
			nsv_close_p(&w->ns[k]);
		else if (k != USER)
			w->owners[k] = nsv_userns_of(w->ns[k]);
	}
	return nsv_target_alive(t);
}

static int hear(int sock, size_t max, int64_t deadline, enum step *ret_step, char **ret_text,
		size_t *ret_len)
{
	nsv_autofree char *text = NULL;
	struct answer a;
	int r = nsv_recv_all(sock, &a, sizeof(a), deadline);

	if (r < 0)
		return r == -ECONNRESET ? -ECHILD : r;
	*ret_step = a.step;
	if (a.result < 0)
		return a.result;
	if (a.len > max)
		return -EBADMSG;
	text = malloc(a.len + 1);
	if (!text)
		return -ENOMEM;
	r = nsv_recv_all(sock, text, a.len, deadline);
	if (r < 0)
		return r;
	text[a.len] = '\0';
	*ret_text = nsv_steal_ptr(text);
	*ret_len = a.len;
	return 0;
}

static int run(struct work *w, unsigned seconds, enum step *ret_step, char **ret_text,
	       size_t *ret_len)
{
	int64_t deadline = nsv_now_ms() + (int64_t)seconds * 1000;
	struct nsv_helper h = NSV_HELPER_NONE;
	int keep[2 + 2 * KINDS];
	int socks[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	w->sock = keep[0] = socks[1];
	keep[1] = w->procfs;
	memcpy(keep + 2, w->ns, sizeof(w->ns));
	memcpy(keep + 2 + KINDS, w->owners, sizeof(w->owners));
	r = nsv_helper_start(&(struct nsv_helper_plan){ .run = answer,
							.data = w,
							.keep = keep,
							.n_keep = NSV_ARRAY_SIZE(keep),
							.seconds = seconds + 1 },
			     &h);
	nsv_close(socks[1]);
	if (r == 0)
		r = hear(socks[0], w->max, deadline, ret_step, ret_text, ret_len);
	nsv_close(socks[0]);
	(void)nsv_helper_end(&h, NSV_HELPER_END_MS);
	return r;
}

static int explain(int err, enum step step, const char *path, struct nsv_error *e)
{
	if (step == JOIN && err == EPERM)
		return nsv_error_set(e, err, NSV_STAGE_ENTER,
				     "its namespaces can't be joined: needs root, or to own its "
				     "user namespace");
	if (step == JOIN)
		return nsv_error_set(e, err, NSV_STAGE_ENTER, "its namespaces can't be joined: %s",
				     strerror(err));
	return nsv_error_set(e, err, NSV_STAGE_PATH, "/proc/%.64s: %s", path, strerror(err));
}

int nsv_read_in(const struct nsv_target *t, int namespaces, const char *path, size_t max,
		unsigned seconds, char **ret_text, size_t *ret_len, struct nsv_error *e)
{
	struct work w = { .procfs = t->procfs, .path = path, .max = max };
	enum step step = JOIN;
	int known = 0;
	int r;

	for (size_t k = 0; k < KINDS; k++) {
		known |= kinds[k].type;
		w.ns[k] = w.owners[k] = NSV_FD_NONE;
	}
	if (namespaces & ~known || t->pid == 0 || max > NSV_READ_IN_MAX)
		return nsv_error_set(e, EINVAL, NSV_STAGE_TARGET, "%s", strerror(EINVAL));
	r = open_namespaces(t, namespaces, &w);
	if (r == 0) {
		/* The step to report if no answer comes. */
		step = READ;
		r = run(&w, seconds, &step, ret_text, ret_len);
	}
	for (size_t k = 0; k < KINDS; k++) {
		nsv_close(w.ns[k]);
		nsv_close(w.owners[k]);
	}
	return r < 0 ? explain(-r, step, path, e) : 0;
}
