/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner_filter.c - the filters of the spawner and of the workers. What they may do to files is
 * Landlock's matter too (landlock.h): openat2(2) has its flags in memory, which no filter sees.
 */
#include "fuse/owner/owner_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "fuse/daemon/filter.h"
#include "fuse/daemon/landlock.h"
#include "reach/util.h"

/* What both do, and what libc does to get memory, to fork and to end. */
static const char *const common[] = {
	"brk",
	"clock_gettime",
	"clock_nanosleep",
	"close",
	"exit",
	"exit_group",
	"fstat",
	"fstat64",
	"fstatat64",
	"fstatfs",
	"fstatfs64",
	"futex",
	"futex_time64",
	"getpid",
	"getppid",
	"gettid",
	"getxattr",
	"inotify_add_watch",
	"listxattr",
	"lseek",
	"_llseek",
	"madvise",
	"mremap",
	"munmap",
	"nanosleep",
	"newfstatat",
	"openat2",
	"poll",
	"ppoll",
	"ppoll_time64",
	"read",
	"readlinkat",
	"recvmsg",
	"restart_syscall",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sendmsg",
	"sigreturn",
	"statx",
};

#define FCNTL(command)                                 \
	{ "fcntl", { { 1, FILTER_INT, command } } },   \
	{                                              \
		"fcntl64",                             \
		{                                      \
			{                              \
				1, FILTER_INT, command \
			}                              \
		}                                      \
	}

static const struct filter_rule common_rules[] = {
	{ "openat", { { 2, FILTER_READS_ONLY, O_RDONLY } } },
	{ "mmap", { { 2, PROT_EXEC, 0 } } },
	{ "mmap2", { { 2, PROT_EXEC, 0 } } },
	FCNTL(F_DUPFD_CLOEXEC),
	FCNTL(F_GETFD),
	FCNTL(F_SETFD),
	FCNTL(F_GETFL),
	FCNTL(F_SETFL),
};

static const char *const spawning[] = {
	"capset",	   "close_range",     "dup3", "getdents64", "rseq", "seccomp",
	"set_robust_list", "set_tid_address",
};

static const struct filter_rule spawning_rules[] = {
	{ "clone", { { FILTER_CLONE_FLAGS, FILTER_NOT_OF_FORK, 0 } } },
	{ "setns", { { 1, FILTER_INT, CLONE_NEWUSER } } },
	{ "prctl", { { 0, FILTER_INT, PR_SET_DUMPABLE }, { 1, UINTPTR_MAX, 0 } } },
	{ "prctl", { { 0, FILTER_INT, PR_SET_NAME } } },
	{ "prctl", { { 0, FILTER_INT, PR_SET_NO_NEW_PRIVS } } },
	{ "prctl", { { 0, FILTER_INT, PR_SET_PDEATHSIG } } },
	{ "prctl", { { 0, FILTER_INT, PR_SET_SECCOMP } } },
};

static int load(bool spawns)
{
	static const struct filter_list both = { common, NSV_ARRAY_SIZE(common), common_rules,
						 NSV_ARRAY_SIZE(common_rules) };
	static const struct filter_list spawner = { spawning, NSV_ARRAY_SIZE(spawning),
						    spawning_rules,
						    NSV_ARRAY_SIZE(spawning_rules) };
	const struct filter_list *const lists[] = { &both, &spawner };

	return filter_load(lists, spawns ? 2 : 1);
}

/* The sanitizers' own calls are many. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FILTERS false
#else
#define FILTERS true
#endif

int owner_filter_spawner(void)
{
	/* Where there is none the daemon has said so. */
	(void)landlock_give_up_changes();
	return FILTERS ? load(true) : 0;
}

int owner_filter_worker(void)
{
	return FILTERS ? load(false) : 0;
}
