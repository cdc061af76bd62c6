/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_opener_life.c - what the opener may do, how it stands a container that hangs and
 * several threads of its client, how it ends.
 */
#include "reach/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/child.h"
#include "fixtures/forbid.h"
#include "reach/clock.h"
#include "reach/message.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define WAIT_MS 60000
#define ALL	((1U << NSV_PINS) - 1)

static bool is_ns(int fd, ino_t ino)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == ino && ino != 0;
}

static int pin(const struct nsv_opener *o, pid_t pid, uint64_t mntns)
{
	const struct nsv_pin_guard guard = { pid, mntns, 0 };
	struct nsv_pins p;
	int r = nsv_opener_pin(o, &guard, 1U << NSV_PIN_ROOT | 1U << NSV_PIN_PIDFD, WAIT_MS, &p);

	if (r == 0)
		nsv_pins_close(&p);
	return r;
}

static bool is_undumpable(pid_t pid)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	return stat(path, &st) == 0 && st.st_uid == 0;
}

static int undumpable_and_with_few_rights(const struct nsv_test_container *c)
{
	struct nsv_opener o;
	char path[64], line[256];
	unsigned long long have = ~0ULL;
	FILE *f;

	WANT(nsv_opener_start(&o, NULL) == 0);
	/* It has told that it is ready by its first answer. */
	WANT(pin(&o, c->pid, nsv_test_ns_of(c->pid, "mnt")) == 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)o.helper.pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		(void)sscanf(line, "CapPrm: %llx", &have);
	if (f)
		(void)fclose(f);
	WANT((have & ~(1ULL << CAP_SYS_PTRACE | 1ULL << CAP_DAC_READ_SEARCH)) == 0);
	nsv_opener_end(&o);
	/* As an ordinary user it would be the user's to look into. */
	nsv_test_become_owner();
	WANT(!is_undumpable(getpid()));
	WANT(nsv_opener_start(&o, NULL) == 0);
	WANT(pin(&o, c->pid, 1) < 0);
	WANT(is_undumpable(o.helper.pid));
	nsv_opener_end(&o);
	return 0;
}

static int abandon(const struct nsv_test_container *c)
{
	struct nsv_opener o;

	WANT(nsv_opener_start(&o, NULL) == 0);
	WANT(pin(&o, c->pid, nsv_test_ns_of(c->pid, "mnt")) == 0);
	WANT(write(STDIN_FILENO, &o.helper.pid, sizeof(pid_t)) == sizeof(pid_t));
	/* The other end of its socket stays open: it does not end by that. */
	WANT(nsv_packet_send(STDIN_FILENO,
			     &(struct nsv_packet){
				 .head = "", .head_len = 1, .fds = &o.sock, .n_fds = 1 }) == 0);
	for (;;)
		(void)pause();
}

static void it_ends_with_its_client(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });
	struct nsv_packet p = { .head = &(char){ 0 }, .head_len = 1, .n_fds = 1 };
	nsv_autofd int kept = NSV_FD_NONE, pidfd = NSV_FD_NONE;
	pid_t client, opener = 0;
	int socks[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
	client = fork();
	if (client == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(socks[1], STDIN_FILENO);
		_exit(abandon(c));
	}
	nsv_close(socks[1]);
	assert_int_equal(nsv_recv_all(socks[0], &opener, sizeof(opener), nsv_now_ms() + WAIT_MS),
			 0);
	p.fds = &kept;
	assert_int_equal(nsv_packet_recv(socks[0], &p, nsv_now_ms() + WAIT_MS), 0);
	pidfd = (int)syscall(SYS_pidfd_open, opener, 0);
	assert_true(pidfd >= 0);
	assert_int_equal(nsv_wait_readable(pidfd, nsv_now_ms()), -ETIMEDOUT);
	(void)kill(client, SIGKILL);
	(void)waitpid(client, NULL, 0);
	assert_int_equal(nsv_wait_readable(pidfd, nsv_now_ms() + WAIT_MS), 0);
	nsv_close(socks[0]);
	nsv_container_stop(c);
}

static void it_is_undumpable_and_has_few_rights(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });

	nsv_test_in_child(undumpable_and_with_few_rights, c);
	nsv_container_stop(c);
}

/* All that is asked hangs, in a call that pinning makes; then it does not any more. */
static int hangs(const struct nsv_test_container *c)
{
	const struct nsv_pin_guard guard = { c->pid, nsv_test_ns_of(c->pid, "mnt"), 0 };
	int listener = nsv_test_hang(SYS_fstatfs);
	struct nsv_opener o;
	struct nsv_pins p;
	int r;

	WANT(listener >= 0);
	WANT(nsv_opener_start(&o, NULL) == 0);
	for (int i = 0; i < NSV_OPENER_CHILDREN; i++)
		WANT(nsv_opener_pin(&o, &guard, ALL, 0, &p) == -ETIMEDOUT);
	WANT(nsv_opener_pin(&o, &guard, ALL, WAIT_MS, &p) == -EAGAIN);
	/* Those that hung have got an answer, and make room. */
	nsv_close(listener);
	do
		r = nsv_opener_pin(&o, &guard, ALL, WAIT_MS, &p);
	while (r == -EAGAIN);
	WANT(r == -ENOTDIR);
	nsv_opener_end(&o);
	return 0;
}

static void a_container_that_hangs_holds_nobody_up(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });

	nsv_test_in_child(hangs, c);
	nsv_container_stop(c);
}

/* ---- several threads ---- */

struct asking {
	const struct nsv_opener *o;
	const struct nsv_test_container *c;
	uint64_t mntns;
};

static void *ask_often(void *data)
{
	const struct asking *a = data;
	const struct nsv_pin_guard guard = { a->c->pid, a->mntns, 0 };

	for (int i = 0; i < 100; i++) {
		struct nsv_pins p;
		bool right;

		if (nsv_opener_pin(a->o, &guard, ALL, WAIT_MS, &p) < 0)
			return data;
		right = is_ns(p.fds[NSV_PIN_MNT], a->mntns) &&
			is_ns(p.fds[NSV_PIN_UTS], nsv_test_ns_of(a->c->pid, "uts"));
		nsv_pins_close(&p);
		if (!right)
			return data;
	}
	return NULL;
}

static void threads_get_their_own_answers(void **state)
{
	struct nsv_opener o;
	struct asking a[4];
	pthread_t threads[4];

	assert_int_equal(nsv_opener_start(&o, NULL), 0);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(a); i++) {
		a[i].o = &o;
		a[i].c = nsv_container_start(&(struct nsv_container_opts){ 0 });
		a[i].mntns = nsv_test_ns_of(a[i].c->pid, "mnt");
	}
	for (size_t i = 0; i < NSV_ARRAY_SIZE(a); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &a[i]), 0);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(a); i++) {
		void *failed = NULL;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	for (size_t i = 0; i < NSV_ARRAY_SIZE(a); i++)
		nsv_container_stop((struct nsv_test_container *)a[i].c);
	nsv_opener_end(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_undumpable_and_has_few_rights),
		cmocka_unit_test(it_ends_with_its_client),
		cmocka_unit_test(a_container_that_hangs_holds_nobody_up),
		cmocka_unit_test(threads_get_their_own_answers),
	};

	return cmocka_run_group_tests_name("reach_opener_life", tests, NULL, NULL);
}
