/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_helper.c - what a helper is before and after it joined a user namespace, what it has
 * open, how it ends; that a container's root, who could trace a plain child, can't trace it.
 */
#include "reach/helper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/child.h"
#include "fixtures/forbid.h"
#include "reach/message.h"
#include "reach/util.h"

#define WAIT_MS 60000

/* What a helper says of itself. */
struct facts {
	int dumpable, death_signal, no_new_privs;
	int fds;
	rlim_t core;
	bool usr1_default, term_ignored, unblocked;
};

struct talk {
	int sock;
	int userns; /* to be joined first, or none */
	bool naive; /* a plain child instead */
};

static int count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		(void)closedir(d);
	return n - 3; /* ".", ".." and its own */
}

static void look(struct facts *f)
{
	struct rlimit core = { 0 };
	struct sigaction usr1, term;
	sigset_t blocked;

	f->dumpable = prctl(PR_GET_DUMPABLE);
	(void)prctl(PR_GET_PDEATHSIG, &f->death_signal);
	f->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	f->fds = count_fds();
	(void)getrlimit(RLIMIT_CORE, &core);
	f->core = core.rlim_max;
	(void)sigaction(SIGUSR1, NULL, &usr1);
	(void)sigaction(SIGTERM, NULL, &term);
	(void)sigprocmask(SIG_SETMASK, NULL, &blocked);
	f->usr1_default = usr1.sa_handler == SIG_DFL;
	f->term_ignored = term.sa_handler == SIG_IGN;
	f->unblocked = !sigismember(&blocked, SIGUSR2);
}

/* Says its facts, before and after joining, and lives on until it is told to end. */
static void tell(void *data, pid_t parent)
{
	const struct talk *t = data;
	struct facts f = { 0 };
	char byte;

	look(&f);
	if (nsv_send_all(t->sock, &f, sizeof(f)) < 0)
		return;
	if (t->userns >= 0) {
		if ((t->naive ? setns(t->userns, CLONE_NEWUSER)
			      : nsv_helper_join_userns(t->userns, parent)) < 0)
			return;
		if (t->naive && prctl(PR_SET_DUMPABLE, 1) < 0)
			return;
		look(&f);
		if (nsv_send_all(t->sock, &f, sizeof(f)) < 0)
			return;
	}
	(void)nsv_recv_all(t->sock, &byte, 1, NSV_NO_DEADLINE);
}

static int start(struct talk *t, unsigned seconds, struct nsv_helper *ret)
{
	int socks[2];
	int r;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks), 0);
	t->sock = socks[1];
	r = nsv_helper_start(&(struct nsv_helper_plan){ .run = tell,
							.data = t,
							.keep = (int[]){ t->userns, t->sock },
							.n_keep = 2,
							.seconds = seconds },
			     ret);
	nsv_close(socks[1]);
	assert_int_equal(r, 0);
	return socks[0];
}

static struct facts hear(int sock)
{
	struct facts f;

	assert_int_equal(nsv_recv_all(sock, &f, sizeof(f), nsv_now_ms() + WAIT_MS), 0);
	return f;
}

static void is_hardened(const struct facts *f)
{
	assert_int_equal(f->dumpable, 0);
	assert_int_equal(f->death_signal, SIGKILL);
	assert_int_equal(f->no_new_privs, 1);
	assert_int_equal(f->core, 0);
}

static void on_signal(int sig)
{
}

static int open_userns(const struct nsv_test_container *c)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)c->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void a_helper_has_nothing_of_its_caller(void **state)
{
	nsv_autofd int leak = open("/etc/passwd", O_RDONLY); /* NOLINT: inheritable on purpose */
	nsv_autofd int high = fcntl(leak, F_DUPFD, 500);     /* NOLINT */
	struct nsv_helper h = NSV_HELPER_NONE;
	struct talk t = { .userns = NSV_FD_NONE };
	sighandler_t before = signal(SIGUSR1, on_signal);
	struct facts f;
	sigset_t usr2;
	int sock;

	(void)sigemptyset(&usr2);
	(void)sigaddset(&usr2, SIGUSR2);
	(void)sigprocmask(SIG_BLOCK, &usr2, NULL);
	sock = start(&t, 0, &h);
	f = hear(sock);
	is_hardened(&f);
	assert_int_equal(f.fds, 1);
	assert_true(f.usr1_default && f.term_ignored && f.unblocked);
	/* The caller's are as before. */
	assert_true(signal(SIGUSR1, before) == on_signal);
	(void)sigprocmask(SIG_UNBLOCK, &usr2, NULL);
	nsv_close(sock);
	assert_int_equal(nsv_helper_wait(&h, nsv_now_ms() + WAIT_MS), 0);
	assert_int_equal(nsv_helper_end(&h, WAIT_MS), 0);
	assert_int_equal(h.pid, 0);
	assert_int_equal(nsv_helper_end(&h, 0), 0);
}

/* Runs @body in a child and asserts that it returned 0. */
static void in_child(int (*body)(int), int arg)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(body(arg));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static int keeps_exactly(int err)
{
	int fds[40], keep[] = { 0, 0, NSV_FD_NONE };

	if (nsv_test_forbid(SYS_close_range, err) < 0)
		return 1;
	/* Control. */
	if (syscall(SYS_close_range, 3, ~0U, 0) == 0 || errno != err)
		return 2;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(fds); i++)
		fds[i] = fcntl(0, F_DUPFD_CLOEXEC, 3 + (int)i * 17);
	keep[0] = fds[30];
	keep[1] = fds[7];
	if (nsv_helper_keep(keep, NSV_ARRAY_SIZE(keep)) < 0)
		return 3;
	if (fcntl(keep[0], F_GETFD) < 0 || fcntl(keep[1], F_GETFD) < 0)
		return 4;
	return count_fds() == 2 ? 0 : 5;
}

static void a_missing_close_range_is_made_up_for(void **state)
{
	if (geteuid() != 0)
		nsv_test_skip("filters are made as root");
	in_child(keeps_exactly, ENOSYS);
	in_child(keeps_exactly, EPERM);
}

/* Of another user's, as root: there the kernel takes the credentials for new (commit_creds()). */
static struct nsv_test_container *anothers(void)
{
	return nsv_container_start(
	    &(struct nsv_container_opts){ .userns = true, .owner = NSV_TEST_OWNER });
}

static void a_user_namespace_takes_nothing_away(void **state)
{
	struct nsv_test_container *c = anothers();
	nsv_autofd int userns = open_userns(c);
	struct talk t = { .userns = userns }, plain = { .userns = userns, .naive = true };
	struct nsv_helper h = NSV_HELPER_NONE;
	int sock = start(&plain, 0, &h);
	struct facts f;

	/* Control: a plain child loses its death signal. */
	(void)hear(sock);
	f = hear(sock);
	assert_int_equal(f.death_signal, 0);
	nsv_close(sock);
	(void)nsv_helper_end(&h, WAIT_MS);
	sock = start(&t, 0, &h);
	f = hear(sock);
	is_hardened(&f);
	f = hear(sock);
	is_hardened(&f);
	nsv_close(sock);
	assert_int_equal(nsv_helper_end(&h, WAIT_MS), 0);
	nsv_container_stop(c);
}

struct attack {
	int userns;
	pid_t victim;
};

static struct attack attack;

/* As the container's root, with all capabilities in its user namespace, in sight of the victim. */
static int trace(int unused)
{
	char path[64];

	if (setns(attack.userns, CLONE_NEWUSER) < 0)
		return 10;
	(void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)attack.victim);
	if (ptrace(PTRACE_SEIZE, attack.victim, NULL, NULL) == 0)
		return 1;
	return open(path, O_RDONLY | O_CLOEXEC) >= 0 ? 2 : 0;
}

static int succeeds(int unused)
{
	return trace(0) == 1 ? 0 : 1;
}

static void the_containers_root_can_not_trace_it(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .userns = true });
	nsv_autofd int userns = open_userns(c);

	/* Control first: a plain child that joined. */
	for (int naive = 1; naive >= 0; naive--) {
		struct talk t = { .userns = userns, .naive = naive };
		struct nsv_helper h = NSV_HELPER_NONE;
		int sock = start(&t, 0, &h);

		(void)hear(sock);
		(void)hear(sock);
		attack = (struct attack){ userns, h.pid };
		in_child(naive ? succeeds : trace, 0);
		nsv_close(sock);
		assert_int_equal(nsv_helper_end(&h, WAIT_MS), 0);
	}
	nsv_container_stop(c);
}

/* Starts a helper that joins @userns and dies by force; the helper's socket is the test's. */
static int abandon(int userns)
{
	struct talk t = { .userns = userns };
	struct nsv_helper h;
	int sock = start(&t, 0, &h);

	(void)hear(sock);
	if (userns >= 0)
		(void)hear(sock);
	/* Sent on: the other end stays open after this process. */
	return nsv_packet_send(STDIN_FILENO,
			       &(struct nsv_packet){
				   .head = "", .head_len = 1, .fds = &sock, .n_fds = 1 });
}

static void it_ends_with_its_caller_also_after_joining(void **state)
{
	struct nsv_test_container *c = anothers();
	nsv_autofd int userns = open_userns(c);
	const int joined[] = { NSV_FD_NONE, userns };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(joined); i++) {
		struct nsv_packet p = { .head = &(char){ 0 }, .head_len = 1, .n_fds = 1 };
		nsv_autofd int sock = NSV_FD_NONE;
		int socks[2], before = dup(STDIN_FILENO);
		char byte;

		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
		assert_true(dup2(socks[1], STDIN_FILENO) >= 0);
		in_child(abandon, joined[i]);
		assert_true(dup2(before, STDIN_FILENO) >= 0);
		nsv_close(before);
		nsv_close(socks[1]);
		p.fds = &sock;
		assert_int_equal(nsv_packet_recv(socks[0], &p, nsv_now_ms() + WAIT_MS), 0);
		/* Its end of the socket is closed: it has ended. It would wait here for ever. */
		assert_int_equal(nsv_recv_all(sock, &byte, 1, nsv_now_ms() + WAIT_MS), -ECONNRESET);
		nsv_close(socks[0]);
	}
	nsv_container_stop(c);
}

static void its_time_to_live_is_bounded(void **state)
{
	struct nsv_helper h = NSV_HELPER_NONE;
	struct talk t = { .userns = NSV_FD_NONE };
	int status = 0;
	int sock = start(&t, 1, &h);

	(void)hear(sock);
	assert_int_equal(nsv_helper_wait(&h, nsv_now_ms()), -ETIMEDOUT);
	assert_int_equal(nsv_helper_wait(&h, nsv_now_ms() + WAIT_MS), 0);
	assert_int_equal(waitpid(h.pid, &status, 0), h.pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
	nsv_close(sock);
	nsv_close(h.pidfd);
}

static void one_that_does_not_answer_is_ended(void **state)
{
	struct nsv_helper h = NSV_HELPER_NONE;
	struct talk t = { .userns = NSV_FD_NONE };
	int sock = start(&t, 0, &h);
	pid_t pid = h.pid;
	char byte;

	(void)hear(sock);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(nsv_recv_all(sock, &byte, 1, nsv_now_ms()), -ETIMEDOUT);
	assert_int_equal(nsv_helper_end(&h, WAIT_MS), 0);
	assert_true(kill(pid, 0) < 0 && errno == ESRCH);
	nsv_close(sock);
}

static void fds_come_whole_or_not_at_all(void **state)
{
	int socks[2], fds[3], got[4];
	char head[4] = "head", text[8];
	struct nsv_packet out = { head, 4, "data", 4, fds, 3 };
	struct nsv_packet in = { .head = head, .head_len = 4, .data = text, .len = 8, .fds = got };
	struct rlimit limit, low;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
	for (size_t i = 0; i < 3; i++)
		fds[i] = dup(socks[0]);
	in.n_fds = 4;
	assert_int_equal(nsv_packet_send(socks[0], &out), 0);
	assert_int_equal(nsv_packet_recv(socks[1], &in, nsv_now_ms() + WAIT_MS), 0);
	assert_int_equal(in.len, 4);
	for (size_t i = 0; i < 3; i++) {
		assert_true(fcntl(got[i], F_GETFD) == FD_CLOEXEC);
		nsv_close(got[i]);
	}
	assert_int_equal(got[3], NSV_FD_NONE);
	/* More than asked for are closed. */
	in.n_fds = 2;
	in.len = 8;
	assert_int_equal(nsv_packet_send(socks[0], &out), 0);
	assert_int_equal(nsv_packet_recv(socks[1], &in, nsv_now_ms() + WAIT_MS), -EBADMSG);
	assert_true(fcntl(fds[2] + 1, F_GETFD) < 0);
	/* As are those of a message of which some did not get through. */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = (rlim_t)fds[2] + 2;
	in.n_fds = 4;
	in.len = 8;
	assert_int_equal(nsv_packet_send(socks[0], &out), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(nsv_packet_recv(socks[1], &in, nsv_now_ms() + WAIT_MS), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(in.len, 4);
	assert_true(fcntl(fds[2] + 1, F_GETFD) < 0);
	for (size_t i = 0; i < 3; i++)
		nsv_close(fds[i]);
	nsv_close(socks[0]);
	in.len = 8;
	assert_int_equal(nsv_packet_recv(socks[1], &in, nsv_now_ms() + WAIT_MS), -ECONNRESET);
	nsv_close(socks[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_helper_has_nothing_of_its_caller),
		cmocka_unit_test(a_missing_close_range_is_made_up_for),
		cmocka_unit_test(a_user_namespace_takes_nothing_away),
		cmocka_unit_test(the_containers_root_can_not_trace_it),
		cmocka_unit_test(it_ends_with_its_caller_also_after_joining),
		cmocka_unit_test(its_time_to_live_is_bounded),
		cmocka_unit_test(one_that_does_not_answer_is_ended),
		cmocka_unit_test(fds_come_whole_or_not_at_all),
	};

	return cmocka_run_group_tests_name("reach_helper", tests, NULL, NULL);
}
