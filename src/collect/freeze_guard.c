/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * freeze_guard.c - the guard and what is said to it. See freeze_guard.h.
 *
 * Another process's wish is seen by inotify(7) on the cgroup's file, by cgroup.events of version 2,
 * and, since a mount in another cgroup namespace has inodes of its own, by a look now and then.
 */
#include "collect/freeze_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reach/clock.h"
#include "reach/helper.h"
#include "reach/message.h"
#include "reach/util.h"

#define WAIT_MS	   3000 /* for all to stop */
#define STEP_MS	   5
#define LOOK_MS	   100
#define ANSWER_MS  5000
#define THAW_TRIES 2000 /* STEP_MS apart */

enum state { READY, FREEZING, FROZEN, OVER };

enum order { ORDER_FREEZE = 1, ORDER_THAW };

struct guard {
	const struct nsv_freeze_group *group;
	int sock, owner, notify, signals;
	unsigned seconds;
	enum state state;
	int64_t wait_until, deadline; /* nsv_now_ms() */
	bool other;		      /* another process asked for it to be frozen, too */
	struct nsv_guard_word word;
};

static void say(struct guard *g)
{
	(void)send(g->sock, &g->word, sizeof(g->word), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* What was written to the file so far was us, or has been seen. */
static bool drain(struct guard *g)
{
	char buf[512] __attribute__((aligned(8)));
	bool any = false;

	while (g->notify >= 0 && read(g->notify, buf, sizeof(buf)) > 0)
		any = true;
	return any;
}

static void over(struct guard *g, enum nsv_freeze_end end)
{
	g->word.until = nsv_clock_ns(CLOCK_BOOTTIME);
	g->word.end = end;
	g->state = OVER;
}

static void thaw(struct guard *g, enum nsv_freeze_end why)
{
	int r = 0;

	if (g->state != FREEZING && g->state != FROZEN)
		return;
	if (drain(g))
		g->other = true;
	if (g->other && nsv_freeze_group_is_asked(g->group) == 1) {
		over(g, NSV_FREEZE_KEPT);
		return;
	}
	for (int i = 0; i < THAW_TRIES; i++) {
		r = nsv_freeze_group_ask(g->group, false);
		if (r == 0 || r == -ENODEV)
			break;
		(void)poll(NULL, 0, STEP_MS);
	}
	over(g, r == -ENODEV ? NSV_FREEZE_GONE : why);
}

static void freeze(struct guard *g)
{
	g->word.from = nsv_clock_ns(CLOCK_BOOTTIME);
	g->wait_until = nsv_now_ms() + WAIT_MS;
	g->deadline = nsv_now_ms() + (int64_t)g->seconds * 1000;
	g->state = FREEZING;
	g->word.result = nsv_freeze_group_ask(g->group, true);
	(void)drain(g);
	if (g->word.result < 0) {
		g->state = READY;
		say(g);
	}
}

/* Processes that were started while version 1 froze are caught by asking again. */
static void look_whether_stopped(struct guard *g)
{
	int stopped = nsv_freeze_group_is_stopped(g->group);

	if (stopped != 1 && nsv_now_ms() < g->wait_until) {
		if (g->group->version == 1 && stopped == 0) {
			(void)nsv_freeze_group_ask(g->group, true);
			(void)drain(g);
		}
		return;
	}
	g->word.all_stopped = stopped == 1;
	g->state = FROZEN;
	say(g);
}

static void look_at_others(struct guard *g)
{
	bool written = drain(g);
	int asked = nsv_freeze_group_is_asked(g->group);

	if (asked == 0)
		over(g, NSV_FREEZE_OTHER);
	else if (asked < 0)
		over(g, NSV_FREEZE_GONE);
	else if (written)
		g->other = true;
}

/* Whether the guard's work is done. */
static bool obey(struct guard *g)
{
	unsigned char order = 0;
	ssize_t n = recv(g->sock, &order, 1, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n == 1 && order == ORDER_FREEZE && g->state == READY) {
		freeze(g);
		return false;
	}
	thaw(g, NSV_FREEZE_DONE);
	if (n == 1)
		say(g);
	return true;
}

static int next_look(const struct guard *g)
{
	int64_t left = g->deadline - nsv_now_ms();

	if (g->state == FREEZING)
		return STEP_MS;
	return g->state == FROZEN ? (int)nsv_min(left < 0 ? 0 : left, (int64_t)LOOK_MS) : -1;
}

static void serve(struct guard *g)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = g->sock, .events = POLLIN },
			{ .fd = g->owner, .events = POLLIN },
			{ .fd = g->signals, .events = POLLIN },
			{ .fd = g->notify, .events = POLLIN },
			{ .fd = g->state == FROZEN ? g->group->events : -1, .events = POLLPRI },
		};

		(void)poll(p, NSV_ARRAY_SIZE(p), next_look(g));
		if (p[1].revents) {
			thaw(g, NSV_FREEZE_DONE);
			return;
		}
		if (p[0].revents && obey(g))
			return;
		if (p[2].revents) {
			thaw(g, NSV_FREEZE_SIGNAL);
			nsv_close_p(&g->signals);
		}
		if ((g->state == FREEZING || g->state == FROZEN) && nsv_now_ms() >= g->deadline)
			thaw(g, NSV_FREEZE_TIMEOUT);
		if (g->state == FREEZING)
			look_whether_stopped(g);
		else if (g->state == FROZEN)
			look_at_others(g);
	}
}

/* ---- its beginning ---- */

static int watch_file(int fd)
{
	nsv_autofd int notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	char path[40];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (notify < 0 || inotify_add_watch(notify, path, IN_MODIFY) < 0)
		return NSV_FD_NONE;
	return nsv_steal_fd(&notify);
}

/* Takes CAP_SYS_RESOURCE; and before the process is undumpable, whose files are root's. */
static void be_last_for_want_of_memory(void)
{
	nsv_autofd int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "-1000", 5) < 0)
		return;
}

static _Noreturn void guard_main(struct guard *g)
{
	const int keep[] = { g->sock,	     g->owner,	      g->notify,
			     g->group->knob, g->group->asked, g->group->events };
	const struct rlimit no_core = { 0, 0 };
	sigset_t set;

	be_last_for_want_of_memory();
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    nsv_helper_keep(keep, NSV_ARRAY_SIZE(keep)) < 0 || chdir("/") < 0)
		_exit(1);
	(void)prctl(PR_SET_NAME, "nscollect-thaw");
	(void)setrlimit(RLIMIT_CORE, &no_core);
	/* Signals stay blocked. */
	g->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (g->signals < 0)
		_exit(1);
	say(g);
	serve(g);
	_exit(0);
}

/* A child whose child is the guard: init's, not ours. */
static int fork_twice(struct guard *g)
{
	sigset_t all, before;
	pid_t pid;
	int status = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = nsv_fork(true);
	if (pid == 0) {
		pid = setsid() < 0 ? -1 : nsv_fork(true);
		if (pid == 0)
			guard_main(g);
		_exit(pid < 0);
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0 ? 0 : -EAGAIN;
}

/* ---- the owner ---- */

static int hear(struct nsv_guard *g, struct nsv_guard_word *ret)
{
	struct nsv_packet p = { .head = ret, .head_len = sizeof(*ret) };

	return nsv_packet_recv(g->sock, &p, nsv_now_ms() + WAIT_MS + ANSWER_MS);
}

int nsv_guard_start(struct nsv_guard *g, const struct nsv_freeze_group *group, unsigned seconds)
{
	struct guard guard = { .group = group, .seconds = seconds };
	struct nsv_guard_word ready;
	nsv_autofd int owner = (int)syscall(SYS_pidfd_open, getpid(), 0);
	nsv_autofd int notify = NSV_FD_NONE, theirs = NSV_FD_NONE;
	int socks[2], r;

	if (owner < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	g->sock = socks[0];
	theirs = socks[1];
	notify = watch_file(group->knob);
	guard.sock = theirs;
	guard.owner = owner;
	guard.notify = notify;
	r = fork_twice(&guard);
	nsv_close_p(&theirs);
	if (r == 0)
		r = hear(g, &ready);
	if (r < 0)
		nsv_close_p(&g->sock);
	return r;
}

static int order(struct nsv_guard *g, enum order order)
{
	const unsigned char byte = (unsigned char)order;

	return send(g->sock, &byte, 1, MSG_NOSIGNAL) == 1 ? 0 : -EPIPE;
}

int nsv_guard_freeze(struct nsv_guard *g, struct nsv_guard_word *ret)
{
	int r = order(g, ORDER_FREEZE);

	if (r == 0)
		r = hear(g, ret);
	return r < 0 ? r : ret->result;
}

int nsv_guard_thaw(struct nsv_guard *g, struct nsv_guard_word *ret)
{
	int r = order(g, ORDER_THAW);

	if (r == 0)
		r = hear(g, ret);
	nsv_close_p(&g->sock);
	return r;
}
