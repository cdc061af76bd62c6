/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_filters.c - every row of the daemon's filter, tried by itself. The control without it
 * shows that EPERM is the filter's word, and not the kernel's.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixtures/skip.h"
#include "fuse/daemon/sandbox.h"
#include "reach/util.h"
#include "try_call.h"

/* Written down here once more: a row that sandbox.c loses is missed. */
static const char *const refused[] = {
	"accept",
	"accept4",
	"acct",
	"add_key",
	"adjtimex",
	"bind",
	"bpf",
	"chmod",
	"chown",
	"chown32",
	"chroot",
	"clock_adjtime",
	"clock_settime",
	"creat",
	"delete_module",
	"execve",
	"execveat",
	"fallocate",
	"fchmod",
	"fchmodat",
	"fchmodat2",
	"fchown",
	"fchown32",
	"fchownat",
	"file_setattr",
	"finit_module",
	"fremovexattr",
	"fsconfig",
	"fsetxattr",
	"fsmount",
	"fsopen",
	"fspick",
	"ftruncate",
	"ftruncate64",
	"futimesat",
	"init_module",
	"io_uring_setup",
	"ioperm",
	"iopl",
	"kexec_file_load",
	"kexec_load",
	"keyctl",
	"lchown",
	"lchown32",
	"link",
	"linkat",
	"listen",
	"lremovexattr",
	"lsetxattr",
	"mkdir",
	"mkdirat",
	"mknod",
	"mknodat",
	"mount",
	"mount_setattr",
	"move_mount",
	"name_to_handle_at",
	"open_by_handle_at",
	"open_tree",
	"open_tree_attr",
	"perf_event_open",
	"pidfd_getfd",
	"pivot_root",
	"process_madvise",
	"process_vm_readv",
	"process_vm_writev",
	"quotactl",
	"quotactl_fd",
	"reboot",
	"removexattr",
	"removexattrat",
	"rename",
	"renameat",
	"renameat2",
	"request_key",
	"rmdir",
	"setdomainname",
	"sethostname",
	"settimeofday",
	"setxattr",
	"setxattrat",
	"stime",
	"swapoff",
	"swapon",
	"symlink",
	"symlinkat",
	"syslog",
	"truncate",
	"truncate64",
	"unlink",
	"unlinkat",
	"unshare",
	"userfaultfd",
	"uselib",
	"utime",
	"utimensat",
	"utimensat_time64",
	"utimes",
	"vhangup",
#ifndef __SANITIZE_ADDRESS__
	"ptrace",
#endif
};

static const struct {
	const char *name;
	unsigned long value;
	unsigned argument;
	bool passes;
} by_argument[] = {
	{ "open", O_RDONLY, 1, true },
	{ "open", O_PATH | O_NOFOLLOW, 1, true },
	{ "open", O_WRONLY, 1, false },
	{ "open", O_RDWR, 1, false },
	{ "open", O_CREAT, 1, false },
	{ "open", O_TRUNC, 1, false },
	{ "openat", O_RDONLY, 2, true },
	{ "openat", O_PATH | O_NOFOLLOW, 2, true },
	{ "openat", O_WRONLY, 2, false },
	{ "openat", O_RDWR, 2, false },
	{ "openat", O_CREAT, 2, false },
	{ "openat", O_TRUNC, 2, false },
	{ "setns", CLONE_NEWUTS, 1, true },
	{ "setns", CLONE_NEWUSER, 1, true },
	{ "setns", 0, 1, false },
	{ "setns", CLONE_NEWNS, 1, false },
	{ "setns", CLONE_NEWPID, 1, false },
	{ "setns", CLONE_NEWNET, 1, false },
	{ "setns", CLONE_NEWIPC, 1, false },
	{ "setns", CLONE_NEWCGROUP, 1, false },
	{ "setns", CLONE_NEWTIME, 1, false },
	{ "setns", CLONE_NEWUTS | CLONE_NEWNS, 1, false },
	{ "setns", CLONE_NEWUSER | CLONE_NEWPID, 1, false },
#if __SIZEOF_LONG__ == 8
	/* The kernel's argument has half the register. */
	{ "setns", 1UL << 32, 1, false },
	{ "setns", 1UL << 32 | CLONE_NEWNS, 1, false },
#endif
	{ "socket", AF_UNIX, 0, true },
	{ "socket", AF_UNSPEC, 0, false },
	{ "socket", AF_INET, 0, false },
	{ "socket", AF_INET6, 0, false },
	{ "socket", AF_NETLINK, 0, false },
	{ "socket", AF_PACKET, 0, false },
	{ "socket", AF_VSOCK, 0, false },
};

/* What the kernel said, to each of both tables; shared with a child. */
struct said {
	bool in_sandbox;
	int calls[NSV_ARRAY_SIZE(refused)], arguments[NSV_ARRAY_SIZE(by_argument)];
};

static int try_all(void *data)
{
	struct said *said = data;
	long number;

	if (!try_become_able() || (said->in_sandbox && sandbox_enter(NULL) < 0))
		return 1;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(refused); i++) {
		number = try_number(refused[i]);
		said->calls[i] = number < 0 ? EPERM : try_call(number);
	}
	for (size_t i = 0; i < NSV_ARRAY_SIZE(by_argument); i++) {
		number = try_number(by_argument[i].name);
		said->arguments[i] =
		    try_call_with(number, by_argument[i].argument, by_argument[i].value);
	}
	return 0;
}

static const struct said *said_by_kernel(bool in_sandbox)
{
	struct said *said =
	    mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(said != MAP_FAILED);
	said->in_sandbox = in_sandbox;
	assert_int_equal(try_in_child(try_all, said), 0);
	return said;
}

static void each_rule_refuses(void **state)
{
	const struct said *without, *with;
	unsigned failed = 0;

	if (geteuid() != 0)
		nsv_test_skip(
		    "only root has the capabilities without which the kernel refuses too");
	without = said_by_kernel(false);
	with = said_by_kernel(true);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(refused); i++) {
		if (with->calls[i] != EPERM) {
			print_error("%s is not refused: %s\n", refused[i],
				    strerror(with->calls[i]));
			failed++;
		}
		if (without->calls[i] == EPERM && try_number(refused[i]) >= 0)
			print_message("%s is refused here without the sandbox too\n", refused[i]);
	}
	for (size_t i = 0; i < NSV_ARRAY_SIZE(by_argument); i++) {
		bool passed = with->arguments[i] != EPERM;

		if (passed != by_argument[i].passes || without->arguments[i] == EPERM) {
			print_error("%s with %#lx: %s, %s without the sandbox\n",
				    by_argument[i].name, by_argument[i].value,
				    strerror(with->arguments[i]), strerror(without->arguments[i]));
			failed++;
		}
	}
	assert_int_equal(failed, 0);
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
	if (data && sandbox_enter(NULL) < 0)
		return 1;
	__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
	return 0;
}

static int as_x32(void *data)
{
	start_thread();
	if (data && sandbox_enter(NULL) < 0)
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
		cmocka_unit_test(each_rule_refuses),
		cmocka_unit_test(other_architectures_calls_end_it),
	};

	return cmocka_run_group_tests_name("fuse_filters", tests, NULL, NULL);
}
