/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_owner_filters.c - the seccomp filters of an ordinary user's helpers: tries each system
 * call by itself, and expects the answer of the lists here.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixtures/skip.h"
#include "fuse/owner/owner_filter.h"
#include "reach/util.h"
#include "try_call.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define MOST_CALLS 600

static const char *const both_may[] = {
	"brk",		"clock_gettime", "clock_nanosleep", "close",	    "exit",
	"exit_group",	"fcntl",	 "fcntl64",	    "fstat",	    "fstat64",
	"fstatat64",	"fstatfs",	 "fstatfs64",	    "futex",	    "futex_time64",
	"getpid",	"getppid",	 "gettid",	    "getxattr",	    "inotify_add_watch",
	"listxattr",	"lseek",	 "_llseek",	    "madvise",	    "mmap",
	"mmap2",	"mremap",	 "munmap",	    "nanosleep",    "newfstatat",
	"openat2",	"poll",		 "ppoll",	    "ppoll_time64", "read",
	"readlinkat",	"recvmsg",	 "restart_syscall", "rt_sigaction", "rt_sigprocmask",
	"rt_sigreturn", "sendmsg",	 "sigreturn",	    "statx",
};

static const char *const spawner_may[] = {
	"capset", "clone",   "clone3",		"close_range",	   "dup3", "getdents64", "prctl",
	"rseq",	  "seccomp", "set_robust_list", "set_tid_address",
};

/* Let through as well, and tried by themselves: nothing comes after them. */
static const char *const endings[] = { "exit", "exit_group", "rt_sigreturn", "sigreturn" };

/* By their arguments. */
static const struct {
	const char *name;
	unsigned long value;
	unsigned argument;
	bool spawner, worker; /* passes */
} helpers_by_argument[] = {
	{ "openat", O_RDONLY, 2, true, true },
	{ "openat", O_PATH | O_NOFOLLOW, 2, true, true },
	{ "openat", O_WRONLY, 2, false, false },
	{ "openat", O_RDWR, 2, false, false },
	{ "openat", O_CREAT, 2, false, false },
	{ "openat", O_TRUNC, 2, false, false },
	{ "setns", CLONE_NEWUSER, 1, true, false },
	{ "setns", 0, 1, false, false },
	{ "setns", CLONE_NEWNS, 1, false, false },
	{ "setns", CLONE_NEWUSER | CLONE_NEWNS, 1, false, false },
};

/* 7 where the call ends it so; 1 where it goes on. */
static int end_by_exit(void *data)
{
	if (((int (*)(void))data)() == 0)
		(void)syscall(SYS_exit, 7);
	return 1;
}

static int end_by_exit_group(void *data)
{
	if (((int (*)(void))data)() == 0) {
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
	    ((int (*)(void))data)() < 0)
		return 1;
	return sendmsg(socks[0], &message, 0) < 0 && was_called ? 7 : 1;
}

struct helper {
	int (*load)(void);
	int calls[MOST_CALLS], arguments[NSV_ARRAY_SIZE(helpers_by_argument)];
	bool tries[MOST_CALLS];
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

static int try_as_helper(void *data)
{
	struct helper *h = data;
	const pid_t self = getpid();

	if (!try_become_able() || h->load() < 0)
		return 1;
	for (int i = 0; i < MOST_CALLS; i++) {
		if (h->tries[i])
			h->calls[i] = try_call(i);
		/* A process more, that nothing should have made. */
		if (getpid() != self)
			_exit(0);
	}
	for (size_t i = 0; i < NSV_ARRAY_SIZE(helpers_by_argument); i++)
		h->arguments[i] =
		    try_call_with(try_number(helpers_by_argument[i].name),
				  helpers_by_argument[i].argument, helpers_by_argument[i].value);
	return 0;
}

static unsigned compare(const struct helper *h, bool spawns)
{
	unsigned failed = 0;

	for (int i = 0; i < MOST_CALLS; i++) {
		bool may = is_among(i, both_may, NSV_ARRAY_SIZE(both_may)) ||
			   (spawns && is_among(i, spawner_may, NSV_ARRAY_SIZE(spawner_may)));

		if (h->tries[i] && (h->calls[i] != EPERM) != may) {
			print_error("call %d: %s\n", i, strerror(h->calls[i]));
			failed++;
		}
	}
	for (size_t i = 0; i < NSV_ARRAY_SIZE(helpers_by_argument); i++) {
		bool may = spawns ? helpers_by_argument[i].spawner : helpers_by_argument[i].worker;

		if ((h->arguments[i] != EPERM) != may) {
			print_error("%s with %#lx: %s\n", helpers_by_argument[i].name,
				    helpers_by_argument[i].value, strerror(h->arguments[i]));
			failed++;
		}
	}
	return failed;
}

static void helper_filter(int (*load)(void), bool spawns)
{
	struct helper *h =
	    mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(h != MAP_FAILED);
	h->load = load;
	/* What is let through by its arguments is tried with these. */
	for (int i = 0; i < MOST_CALLS; i++)
		h->tries[i] = !is_among(i, endings, NSV_ARRAY_SIZE(endings)) && !IS_OF_KERNEL(i) &&
			      i != try_number("openat") && i != try_number("setns");
	assert_int_equal(try_in_child(try_as_helper, h), 0);
	assert_int_equal(try_in_child(end_by_exit, load), 7);
	assert_int_equal(try_in_child(end_by_exit_group, load), 7);
	assert_int_equal(try_in_child(return_from_signal, load), 7);
	assert_int_equal(compare(h, spawns), 0);
	(void)munmap(h, sizeof(*h));
}
#endif

static void helpers_call_what_they_need_only(void **state)
{
	if (geteuid() != 0)
		nsv_test_skip(
		    "only root has the capabilities without which the kernel refuses too");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	helper_filter(owner_filter_spawner, true);
	helper_filter(owner_filter_worker, false);
#else
	/* They have no filters, as the sanitizers' own calls are many. */
	assert_int_equal(owner_filter_spawner(), 0);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(helpers_call_what_they_need_only),
	};

	return cmocka_run_group_tests_name("fuse_owner_filters", tests, NULL, NULL);
}
