/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner_filter.c - filters that name what is allowed, by libseccomp.
 *
 * openat2(2) can't be looked into (a filter sees no memory): a worker that was taken over can open
 * for writing by it what the user may write. It has no capability to write anything else.
 */
#include "fuse/owner/owner_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>

#include "reach/util.h"

/* What both do, and what libc does to get memory, to fork and to end. */
static const char *const common[] = {
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

static const char *const spawning[] = {
	"capset", "clone", "clone3",  "getdents64",	 "close_range",	    "dup3",
	"prctl",  "rseq",  "seccomp", "set_robust_list", "set_tid_address",
};

static int allow(scmp_filter_ctx ctx, const char *const *names, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);

		/* Of another architecture, or newer than the library. */
		if (number != __NR_SCMP_ERROR && number >= 0)
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, number, 0);
	}
	return r;
}

static int load(bool spawns)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = ctx ? 0 : -ENOMEM;

	if (r == 0)
		r = allow(ctx, common, NSV_ARRAY_SIZE(common));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC,
					     O_RDONLY));
	if (r == 0 && spawns)
		r = allow(ctx, spawning, NSV_ARRAY_SIZE(spawning));
	if (r == 0 && spawns)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(setns), 1,
				     SCMP_A1(SCMP_CMP_EQ, CLONE_NEWUSER, 0));
	if (r == 0)
		r = seccomp_load(ctx);
	if (ctx)
		seccomp_release(ctx);
	return r;
}

/* The sanitizers' own calls are many. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FILTERS false
#else
#define FILTERS true
#endif

int owner_filter_spawner(void)
{
	return FILTERS ? load(true) : 0;
}

int owner_filter_worker(void)
{
	return FILTERS ? load(false) : 0;
}
