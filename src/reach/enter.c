/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * enter.c - the helper process of the setns route.
 *
 * Between fork() and _exit() the helper runs nothing but this file, resolve.c and
 * wire.c: it executes nothing, looks up no user, translates no message and converts
 * no characters, because each of these could load a file that the container
 * planted (an NSS module, a message catalogue, a gconv module). It is undumpable
 * before it enters, so the container can't trace it or read its /proc/PID; it
 * stays in the host's PID namespace; it holds the socket and the four fds it
 * needs, none of the caller's. no_new_privs is set for good measure.
 */
#include "enter.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <nsview/root.h>

#include "userns.h"
#include "util.h"

int nsv_confined_call(const struct nsv_confine *c, enum nsv_op op, const char *path, unsigned flags,
		      char **ret_text, struct nsv_error *e)
{
	nsv_autofd int fd =
	    nsv_resolve(c, path, flags & NSV_NOFOLLOW, op == NSV_OP_CANONICAL ? ret_text : NULL, e);

	if (fd < 0)
		return fd;
	if (op == NSV_OP_FILE || op == NSV_OP_DIR)
		return nsv_reopen_through(c->procfs, fd, op == NSV_OP_DIR, NULL, e);
	return nsv_steal_fd(&fd);
}

static void close_range_or_each(unsigned first, unsigned last)
{
	struct rlimit limit = { .rlim_max = 65536 };

	/* close_range(2) is of Linux 5.9. */
	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	for (unsigned fd = first; fd <= last && fd < limit.rlim_max; fd++)
		(void)close((int)fd);
}

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void close_all_but(int *keep, size_t n)
{
	unsigned from = 0;

	qsort(keep, n, sizeof(*keep), compare_fds);
	for (size_t i = 0; i < n; i++) {
		if (keep[i] < 0)
			continue;
		if ((unsigned)keep[i] > from)
			close_range_or_each(from, (unsigned)keep[i] - 1);
		from = (unsigned)keep[i] + 1;
	}
	close_range_or_each(from, ~0U);
}

/* The terminal's signals are for the command; the helper ends when the socket does. */
static void helper_signals(void)
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE, SIGTSTP };
	static const int fresh[] = { SIGCHLD, SIGALRM, SIGUSR1, SIGUSR2, SIGWINCH };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(fresh); i++)
		(void)signal(fresh[i], SIG_DFL);
}

static int harden(pid_t parent)
{
	/* A change of credentials clears the death signal: this is called again after it. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return getppid() == parent ? 0 : -ECHILD;
}

static int join(const struct nsv_entry *entry)
{
	if (setns(entry->mntns, CLONE_NEWNS) == 0)
		return 0;
	if (errno != EPERM || entry->userns < 0)
		return -errno;
	if (setns(entry->userns, CLONE_NEWUSER) < 0 || setns(entry->mntns, CLONE_NEWNS) < 0)
		return -errno;
	return 0;
}

static int enter(const struct nsv_entry *entry, struct nsv_confine *ret, struct nsv_error *e)
{
	int r = join(entry);

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

static int answer(int sock, int result, const struct nsv_error *e, const char *text)
{
	const char *said = result < 0 ? e->msg : text ? text : "";
	struct nsv_answer a = {
		.result = result < 0 ? result : 0,
		.stage = result < 0 ? e->stage : NSV_STAGE_NONE,
		.len = strlen(said),
	};
	int r = nsv_wire_send_answer(sock, &a, result);

	return r < 0 ? r : nsv_wire_send(sock, said, a.len);
}

static int serve_one(int sock, const struct nsv_confine *c)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_request rq;
	nsv_autofree char *path = NULL;
	nsv_autofree char *text = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	int r = nsv_wire_recv(sock, &rq, sizeof(rq));

	if (r == 0)
		r = nsv_wire_recv_text(sock, rq.len, &path);
	if (r < 0)
		return r;
	fd = nsv_confined_call(c, rq.op, path, rq.flags, &text, &e);
	return answer(sock, fd, &e, text);
}

static void helper_main(const struct nsv_entry *entry, int sock, pid_t parent)
{
	int keep[] = { sock, entry->mntns, entry->userns, entry->root, entry->procfs };
	struct nsv_confine c = { .root = NSV_FD_NONE };
	struct nsv_error e = NSV_ERROR_INIT;
	int r;

	helper_signals();
	close_all_but(keep, NSV_ARRAY_SIZE(keep));
	r = harden(parent);
	if (r == 0)
		r = enter(entry, &c, &e);
	if (r == 0)
		r = harden(parent);
	if (r < 0 && e.err == 0)
		(void)nsv_error_set(&e, -r, NSV_STAGE_ENTER, "the helper process can't start");
	/* Joined: the namespace fds have served. The root stays as an fd of that namespace. */
	nsv_close(entry->mntns);
	nsv_close(entry->userns);
	nsv_close(entry->root);
	if (answer(sock, r < 0 ? r : c.root, &e, NULL) == 0 && r == 0)
		while (serve_one(sock, &c) == 0)
			;
	_exit(0);
}

/* Hears one answer. */
static int hear(int sock, char **ret_text, struct nsv_error *e)
{
	struct nsv_answer a;
	nsv_autofree char *text = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	int r = nsv_wire_recv_answer(sock, &a, &fd);

	if (r == 0)
		r = nsv_wire_recv_text(sock, a.len, &text);
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

int nsv_helper_call(const struct nsv_helper *helper, enum nsv_op op, const char *path,
		    unsigned flags, char **ret_text, struct nsv_error *e)
{
	struct nsv_request rq = { .op = op, .flags = flags, .len = strlen(path) };
	int r = nsv_wire_send(helper->sock, &rq, sizeof(rq));

	if (r == 0)
		r = nsv_wire_send(helper->sock, path, rq.len);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_ENTER, "the helper process has ended");
	return hear(helper->sock, ret_text, e);
}

int nsv_helper_start(const struct nsv_entry *entry, struct nsv_helper *ret, struct nsv_error *e)
{
	struct nsv_helper h;
	pid_t parent = getpid();
	int socks[2];
	int root;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ENTER, "no socket for the helper process");
	h.pid = fork();
	if (h.pid == 0)
		helper_main(entry, socks[1], parent);
	nsv_close(socks[1]);
	h.sock = socks[0];
	if (h.pid < 0) {
		nsv_close(h.sock);
		return nsv_error_set(e, errno, NSV_STAGE_ENTER,
				     "the helper process can't be forked");
	}
	root = hear(h.sock, NULL, e);
	if (root < 0)
		nsv_helper_stop(&h);
	else
		*ret = h;
	return root;
}

void nsv_helper_stop(struct nsv_helper *helper)
{
	/* It may hang in a file system of the container: closing the socket alone won't do. */
	nsv_close(helper->sock);
	helper->sock = NSV_FD_NONE;
	if (helper->pid <= 0)
		return;
	(void)kill(helper->pid, SIGKILL);
	while (waitpid(helper->pid, NULL, 0) < 0 && errno == EINTR)
		;
	helper->pid = 0;
}
