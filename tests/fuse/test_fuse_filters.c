/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_filters.c - the daemon's filter, and that of the opener and the prober: each call that
 * there is, tried by itself, is let through or refused as the lists here say.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixtures/skip.h"
#include "fuse/daemon/filter_outside.h"
#include "fuse/daemon/sandbox.h"
#include "reach/util.h"
#include "try_call.h"
#include "try_filter.h"

/* Written down here once more: a row that a filter wins is missed. */
#define ALL_MAY                                                                                 \
	"access", "brk", "clock_getres", "clock_getres_time64", "clock_gettime",                \
	    "clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64", "clone3", "close",  \
	    "close_range", "dup", "exit", "exit_group", "faccessat", "faccessat2", "fstat",     \
	    "fstat64", "fstatat64", "fstatfs", "fstatfs64", "futex", "futex_time64", "getcwd",  \
	    "getdents64", "getegid", "getegid32", "geteuid", "geteuid32", "getgid", "getgid32", \
	    "getpid", "getppid", "getrandom", "getrlimit", "getsid", "gettid", "gettimeofday",  \
	    "getuid", "getuid32", "lseek", "_llseek", "lstat", "lstat64", "madvise", "mremap",  \
	    "munmap", "nanosleep", "newfstatat", "poll", "ppoll", "ppoll_time64", "pread64",    \
	    "read", "readlink", "readlinkat", "readv", "recv", "recvfrom", "recvmsg",           \
	    "restart_syscall", "rseq", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",        \
	    "sched_getaffinity", "sched_yield", "send", "sendmsg", "set_robust_list",           \
	    "sigaltstack", "sigreturn", "stat", "stat64", "statfs", "statfs64", "statx",        \
	    "sysinfo", "time", "ugetrlimit", "uname", "write", "writev"

/* clone3(2) is refused as if there was none. */
static const char *const daemon_may[] = {
	ALL_MAY,
	"chdir",
	"dup2",
	"dup3",
	"epoll_create1",
	"epoll_ctl",
	"epoll_pwait",
	"epoll_wait",
	"eventfd2",
	"fadvise64",
	"fadvise64_64",
	"fgetxattr",
	"flistxattr",
	"getxattr",
	"inotify_add_watch",
	"inotify_init1",
	"inotify_rm_watch",
	"lgetxattr",
	"listxattr",
	"llistxattr",
	"openat2",
	"pipe2",
	"preadv",
	"shutdown",
	"signalfd4",
	"splice",
	"tee",
	"timerfd_create",
	"timerfd_settime",
	"timerfd_settime64",
	"vmsplice",
	"wait4",
	"waitid",
};

static const char *const outside_may[] = {
	ALL_MAY,     "alarm",  "capget",	  "capset", "fork",   "pidfd_open",
	"setitimer", "setsid", "set_tid_address", "wait4",  "waitid",
};

#define OF_THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

#define ALL_BY_ARGUMENT                                                                           \
	{ "open", O_RDONLY, 1, true }, { "open", O_PATH | O_NOFOLLOW, 1, true },                  \
	    { "open", O_WRONLY, 1, false }, { "open", O_RDWR, 1, false },                         \
	    { "open", O_CREAT, 1, false }, { "open", O_TRUNC, 1, false },                         \
	    { "openat", O_RDONLY, 2, true }, { "openat", O_PATH | O_NOFOLLOW, 2, true },          \
	    { "openat", O_WRONLY, 2, false }, { "openat", O_RDWR, 2, false },                     \
	    { "openat", O_CREAT, 2, false }, { "openat", O_TRUNC, 2, false },                     \
	    { "fcntl", F_DUPFD_CLOEXEC, 1, true }, { "fcntl", F_SETFL, 1, true },                 \
	    { "fcntl", F_SETOWN, 1, false }, { "fcntl", F_SETSIG, 1, false },                     \
	    { "fcntl", F_SETLEASE, 1, false }, { "ioctl", NS_GET_USERNS, 1, true },               \
	    { "ioctl", FIONREAD, 1, true }, { "ioctl", FIOSETOWN, 1, false },                     \
	    { "ioctl", TIOCSTI, 1, false }, { "mmap", PROT_READ | PROT_WRITE, 2, true },          \
	    { "mmap", PROT_EXEC, 2, false }, { "mprotect", PROT_READ, 2, true },                  \
	    { "mprotect", PROT_EXEC | PROT_READ, 2, false }, { "setns", 0, 1, false },            \
	    { "setns", CLONE_NEWNS, 1, false }, { "setns", CLONE_NEWPID, 1, false },              \
	    { "setns", CLONE_NEWNET, 1, false },                                                  \
	    { "setns", CLONE_NEWUTS | CLONE_NEWNS, 1, false },                                    \
	    { "setns", CLONE_NEWUSER | CLONE_NEWPID, 1, false }, { "socket", AF_UNIX, 0, false }, \
	    { "socket", AF_INET, 0, false }, { "socketpair", AF_UNIX, 0, false },                 \
	    { "sendto", 0, 4, true }, { "sendto", 1, 4, false }, { "prlimit64", 0, 0, false },    \
	    { "prctl", PR_SET_NAME, 0, true }, { "prctl", PR_SET_MM, 0, false },                  \
	{                                                                                         \
		"tgkill", 1, 0, false                                                             \
	}

static const struct tried_argument daemon_arguments[] = {
	ALL_BY_ARGUMENT,
	{ "setns", CLONE_NEWUTS, 1, false },
	{ "setns", CLONE_NEWUSER, 1, false },
	{ "fcntl", F_SETPIPE_SZ, 1, true },
	{ "prctl", PR_SET_PDEATHSIG, 0, false },
	/* The kernel knows that a thread shares memory. */
	{ "clone", CLONE_THREAD, 0, false },
	{ "clone", SIGCHLD, 0, false },
	{ "clone", OF_THREAD | CLONE_NEWNS, 0, false },
	{ "clone", OF_THREAD | CLONE_NEWUSER, 0, false },
};

static const struct tried_argument outside_arguments[] = {
	ALL_BY_ARGUMENT,
	{ "setns", CLONE_NEWUTS, 1, true },
	{ "setns", CLONE_NEWUSER, 1, true },
#if __SIZEOF_LONG__ == 8
	/* The kernel's argument has half the register. */
	{ "setns", 1UL << 32 | CLONE_NEWUTS, 1, true },
	{ "setns", 1UL << 32 | CLONE_NEWNS, 1, false },
#endif
	{ "prctl", PR_SET_PDEATHSIG, 0, true },
	{ "clone", SIGCHLD | CLONE_NEWNS, 0, false },
	{ "clone", SIGCHLD | CLONE_NEWUSER, 0, false },
	{ "clone", OF_THREAD, 0, false },
	{ "openat2", 0, 0, false },
};

static int enter_sandbox(void)
{
	return sandbox_enter(false, NULL) < 0 ? -1 : 0;
}

static void each_call_is_as_listed(void **state)
{
	const struct tried_filter daemon = { enter_sandbox, daemon_may, NSV_ARRAY_SIZE(daemon_may),
					     daemon_arguments, NSV_ARRAY_SIZE(daemon_arguments) };
	const struct tried_filter outside = { filter_outside, outside_may,
					      NSV_ARRAY_SIZE(outside_may), outside_arguments,
					      NSV_ARRAY_SIZE(outside_arguments) };

	if (geteuid() != 0)
		nsv_test_skip(
		    "only root has the capabilities without which the kernel refuses too");
	assert_int_equal(try_filter(&daemon), 0);
	assert_int_equal(try_filter(&outside), 0);
}

#ifdef __x86_64__
static void *wait_for_ever(void *arg)
{
	for (;;)
		(void)pause();
	return arg;
}

/* It ends with the one that calls. */
static void start_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, wait_for_ever, NULL))
		_exit(2);
}

/* getpid(2) by the numbers that 32-bit programs have, and by those of x32. */
static int as_i386(void *data)
{
	long r = 20;

	start_thread();
	if (data && sandbox_enter(false, NULL) < 0)
		return 1;
	__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
	return 0;
}

static int as_x32(void *data)
{
	start_thread();
	if (data && sandbox_enter(false, NULL) < 0)
		return 1;
	(void)syscall(0x40000000 | SYS_getpid);
	return 0;
}
#endif

/* The filter knows the calls by their numbers; another table of numbers would lead past it. */
static void other_architectures_calls_end_it(void **state)
{
#ifdef __x86_64__
	static int (*const ways[])(void *data) = { as_i386, as_x32 };
	static int yes;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(ways); i++) {
		assert_int_equal(try_in_child(ways[i], &yes), 1000 + SIGSYS);
		/* Control. Kernels may have no such calls: those say so. */
		assert_int_not_equal(try_in_child(ways[i], NULL), 1000 + SIGSYS);
	}
#else
	nsv_test_skip("only x86-64's other tables are known here");
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_is_as_listed),
		cmocka_unit_test(other_architectures_calls_end_it),
	};

	return cmocka_run_group_tests_name("fuse_filters", tests, NULL, NULL);
}
