/* SPDX-License-Identifier: GPL-2.0-or-later */
/* try_filter.c - tries each number, and the calls after which nothing comes by themselves. */
#include "try_filter.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixtures/skip.h"
#include "reach/util.h"
#include "try_call.h"

#define MOST_CALLS     600
#define MOST_ARGUMENTS 80

/* Let through as well, and tried by themselves: nothing comes after them. setsid(2) is EPERM for
 * one that has a session of its own. */
static const char *const apart[] = { "exit", "exit_group", "rt_sigreturn", "sigreturn", "setsid" };

/* What the kernel said; shared with a child. */
struct said {
	const struct tried_filter *filter;
	bool tries[MOST_CALLS];
	int calls[MOST_CALLS], arguments[MOST_ARGUMENTS];
};

/* uretprobe and uprobe of x86-64: no filter is asked, and only the kernel's own code may call. */
#define IS_OF_KERNEL(number) ((number) == 335 || (number) == 336)

static bool is_among(int number, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (try_number(names[i]) == number)
			return true;
	return false;
}

static bool has_arguments(const struct tried_filter *f, int number)
{
	for (size_t i = 0; i < f->n_arguments; i++)
		if (try_number(f->arguments[i].name) == number)
			return true;
	return false;
}

static int try_each(void *data)
{
	struct said *said = data;
	const struct tried_filter *f = said->filter;
	const pid_t self = getpid();

	if (!try_become_able() || f->load() < 0)
		return 1;
	for (int i = 0; i < MOST_CALLS; i++) {
		if (said->tries[i])
			said->calls[i] = try_call(i);
		/* A process more, that nothing should have made. */
		if (getpid() != self)
			_exit(0);
	}
	for (size_t i = 0; i < f->n_arguments; i++) {
		long number = try_number(f->arguments[i].name);

		if (number >= 0)
			said->arguments[i] =
			    try_call_with(number, f->arguments[i].argument, f->arguments[i].value);
	}
	return 0;
}

/* 7 where the call ends it so; 1 where it goes on. */
static int end_by_exit(void *data)
{
	if (((const struct tried_filter *)data)->load() >= 0)
		(void)syscall(SYS_exit, 7);
	return 1;
}

static int end_by_exit_group(void *data)
{
	if (((const struct tried_filter *)data)->load() >= 0) {
		(void)syscall(SYS_exit_group, 7);
		(void)syscall(SYS_exit, 1);
	}
	return 1;
}

static volatile sig_atomic_t was_called;

static void note_call(int number)
{
	was_called = 1;
}

/* A signal's handler comes back. */
static int return_from_signal(void *data)
{
	struct iovec byte = { (char[]){ 0 }, 1 };
	const struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1 };
	int socks[2];

	(void)signal(SIGPIPE, note_call);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0 || close(socks[1]) < 0 ||
	    ((const struct tried_filter *)data)->load() < 0)
		return 1;
	return sendmsg(socks[0], &message, 0) < 0 && was_called ? 7 : 1;
}

static unsigned compare(const struct said *said)
{
	const struct tried_filter *f = said->filter;
	unsigned failed = 0;

	for (int i = 0; i < MOST_CALLS; i++) {
		bool may = is_among(i, f->may, f->n_may);

		if (said->tries[i] && (said->calls[i] != EPERM) != may) {
			print_error("call %d: %s\n", i, strerror(said->calls[i]));
			failed++;
		}
	}
	for (size_t i = 0; i < f->n_arguments; i++) {
		const struct tried_argument *a = &f->arguments[i];

		if (try_number(a->name) >= 0 && (said->arguments[i] != EPERM) != a->passes) {
			print_error("%s with %#lx: %s\n", a->name, a->value,
				    strerror(said->arguments[i]));
			failed++;
		}
	}
	return failed;
}

unsigned try_filter(const struct tried_filter *filter)
{
	struct said *said =
	    mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned failed;

	assert_true(said != MAP_FAILED && filter->n_arguments <= MOST_ARGUMENTS);
	said->filter = filter;
	for (int i = 0; i < MOST_CALLS; i++)
		said->tries[i] = !is_among(i, apart, NSV_ARRAY_SIZE(apart)) && !IS_OF_KERNEL(i) &&
				 !has_arguments(filter, i);
	assert_int_equal(try_in_child(try_each, said), 0);
	assert_int_equal(try_in_child(end_by_exit, (void *)filter), 7);
	assert_int_equal(try_in_child(end_by_exit_group, (void *)filter), 7);
	assert_int_equal(try_in_child(return_from_signal, (void *)filter), 7);
	failed = compare(said);
	(void)munmap(said, sizeof(*said));
	return failed;
}
