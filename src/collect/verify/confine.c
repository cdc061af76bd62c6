/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * confine.c - Landlock (Linux 5.13) for what may be opened, seccomp(2) for what may be called. A
 * kernel without Landlock has the second alone, under which only a folder's package opens anything.
 */
#include "collect/verify/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "reach/util.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static int restrict_files(int folder)
{
	const struct landlock_ruleset_attr attr = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	struct landlock_path_beneath_attr below = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
		.parent_fd = folder,
	};
	nsv_autofd int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	if (rules < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
	if (folder >= 0 &&
	    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0) < 0)
		return -errno;
	return syscall(SYS_landlock_restrict_self, rules, 0) < 0 ? -errno : 0;
}

static int filter_calls(int folder)
{
	static const int calls[] = {
		SCMP_SYS(read),		  SCMP_SYS(pread64),	   SCMP_SYS(write),
		SCMP_SYS(pwrite64),	  SCMP_SYS(writev),	   SCMP_SYS(lseek),
		SCMP_SYS(close),	  SCMP_SYS(fstat),	   SCMP_SYS(newfstatat),
		SCMP_SYS(statx),	  SCMP_SYS(fcntl),	   SCMP_SYS(mmap),
		SCMP_SYS(munmap),	  SCMP_SYS(mremap),	   SCMP_SYS(brk),
		SCMP_SYS(madvise),	  SCMP_SYS(futex),	   SCMP_SYS(exit),
		SCMP_SYS(exit_group),	  SCMP_SYS(rt_sigreturn),  SCMP_SYS(rt_sigaction),
		SCMP_SYS(rt_sigprocmask), SCMP_SYS(clock_gettime), SCMP_SYS(getrandom),
		SCMP_SYS(getpid),	  SCMP_SYS(gettid),	   SCMP_SYS(sched_yield),
		SCMP_SYS(tgkill),
	};
	static const int reading[] = { SCMP_SYS(openat), SCMP_SYS(getdents64), SCMP_SYS(readlinkat),
				       SCMP_SYS(fstatfs) };
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = f ? 0 : -ENOMEM;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(calls) && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
	/* No memory that is written and run. */
	if (r == 0)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, 4, 0));
	for (size_t i = 0; i < NSV_ARRAY_SIZE(reading) && r == 0 && folder >= 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, reading[i], 0);
	if (r == 0)
		r = seccomp_load(f);
	seccomp_release(f);
	return r;
}

int nsv_confine(int folder)
{
	int r;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	/* The sanitizers' run time looks at threads and at /proc when the process ends. */
	if (SANITIZED)
		return 0;
	r = restrict_files(folder);
	return r < 0 ? r : filter_calls(folder);
}
