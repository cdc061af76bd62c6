/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_owner_filters.c - the seccomp filters of an ordinary user's helpers: tries each system
 * call by itself, and expects the answer of the lists here.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fixtures/skip.h"
#include "fuse/owner/owner_filter.h"
#include "reach/util.h"
#include "try_filter.h"

#define BOTH_MAY                                                                                  \
	"brk", "clock_gettime", "clock_nanosleep", "clone3", "close", "exit", "exit_group",       \
	    "fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64", "futex", "futex_time64",     \
	    "getpid", "getppid", "gettid", "getxattr", "inotify_add_watch", "listxattr", "lseek", \
	    "_llseek", "madvise", "mremap", "munmap", "nanosleep", "newfstatat", "openat2",       \
	    "poll", "ppoll", "ppoll_time64", "read", "readlinkat", "recvmsg", "restart_syscall",  \
	    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sendmsg", "sigreturn", "statx"

/* clone3(2) is refused as if there was none. */
static const char *const worker_may[] = { BOTH_MAY };
static const char *const spawner_may[] = {
	BOTH_MAY,  "capset",	      "close_range",	 "dup3", "getdents64", "rseq",
	"seccomp", "set_robust_list", "set_tid_address",
};

#define BY_ARGUMENT(spawns)                                                               \
	{ "openat", O_RDONLY, 2, true }, { "openat", O_PATH | O_NOFOLLOW, 2, true },      \
	    { "openat", O_WRONLY, 2, false }, { "openat", O_RDWR, 2, false },             \
	    { "openat", O_CREAT, 2, false }, { "openat", O_TRUNC, 2, false },             \
	    { "fcntl", F_GETFL, 1, true }, { "fcntl", F_DUPFD_CLOEXEC, 1, true },         \
	    { "fcntl", F_SETOWN, 1, false }, { "fcntl", F_SETLEASE, 1, false },           \
	    { "mmap", PROT_READ | PROT_WRITE, 2, true }, { "mmap", PROT_EXEC, 2, false }, \
	    { "clone", SIGCHLD | CLONE_NEWUSER, 0, false },                               \
	    { "clone", SIGCHLD | CLONE_NEWNS, 0, false }, { "setns", 0, 1, false },       \
	    { "setns", CLONE_NEWNS, 1, false },                                           \
	    { "setns", CLONE_NEWUSER | CLONE_NEWNS, 1, false },                           \
	    { "setns", CLONE_NEWUSER, 1, spawns }, { "prctl", PR_SET_MM, 0, false },      \
	    { "prctl", PR_SET_PDEATHSIG, 0, spawns },                                     \
	{                                                                                 \
		"tgkill", 1, 0, false                                                     \
	}

static const struct tried_argument spawner_arguments[] = { BY_ARGUMENT(true) };
static const struct tried_argument worker_arguments[] = { BY_ARGUMENT(false) };

static void helpers_call_what_they_need_only(void **state)
{
	const struct tried_filter spawner = { owner_filter_spawner, spawner_may,
					      NSV_ARRAY_SIZE(spawner_may), spawner_arguments,
					      NSV_ARRAY_SIZE(spawner_arguments) };
	const struct tried_filter worker = { owner_filter_worker, worker_may,
					     NSV_ARRAY_SIZE(worker_may), worker_arguments,
					     NSV_ARRAY_SIZE(worker_arguments) };

	if (geteuid() != 0)
		nsv_test_skip(
		    "only root has the capabilities without which the kernel refuses too");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_int_equal(try_filter(&spawner), 0);
	assert_int_equal(try_filter(&worker), 0);
#else
	/* They have no filters, as the sanitizers' own calls are many. */
	assert_true(spawner.n_may > worker.n_may);
	assert_int_equal(owner_filter_worker(), 0);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(helpers_call_what_they_need_only),
	};

	return cmocka_run_group_tests_name("fuse_owner_filters", tests, NULL, NULL);
}
