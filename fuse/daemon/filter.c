/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter.c - loads filters by libseccomp. Names that it does not know here (another architecture's)
 * are skipped: then nothing calls them. No state, no locks.
 */
#include "fuse/daemon/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "reach/util.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static const char *const common_names[] = {
	/* memory, time, threads' locks */
	"brk",
	"clock_getres",
	"clock_getres_time64",
	"clock_gettime",
	"clock_gettime64",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"futex",
	"futex_time64",
	"getrandom",
	"gettimeofday",
	"madvise",
	"mremap",
	"munmap",
	"nanosleep",
	"restart_syscall",
	"rseq",
	"sched_getaffinity",
	"sched_yield",
	"set_robust_list",
	"sysinfo",
	"time",
	/* who it is */
	"getegid",
	"getegid32",
	"geteuid",
	"geteuid32",
	"getgid",
	"getgid32",
	"getpid",
	"getppid",
	"getsid",
	"gettid",
	"getuid",
	"getuid32",
	"ugetrlimit",
	"getrlimit",
	"uname",
	/* signals */
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigaltstack",
	"sigreturn",
	"exit",
	"exit_group",
	/* what is open */
	"close",
	"close_range",
	"dup",
	"fstat",
	"fstat64",
	"fstatfs",
	"fstatfs64",
	"getdents64",
	"lseek",
	"_llseek",
	"poll",
	"ppoll",
	"ppoll_time64",
	"pread64",
	"read",
	"readv",
	"recv",
	"recvfrom",
	"recvmsg",
	"sendmsg",
	"write",
	"writev",
	/* what a path is */
	"access",
	"faccessat",
	"faccessat2",
	"fstatat64",
	"getcwd",
	"lstat",
	"lstat64",
	"newfstatat",
	"readlink",
	"readlinkat",
	"stat",
	"stat64",
	"statfs",
	"statfs64",
	"statx",
};

#define READS_ONLY(name, argument)                                   \
	{                                                            \
		name, { { argument, FILTER_READS_ONLY, O_RDONLY } }, \
	}
#define ONLY(name, argument, value)                         \
	{                                                   \
		name,                                       \
		{                                           \
			{                                   \
				argument, FILTER_INT, value \
			}                                   \
		}                                           \
	}

/* F_SETOWN, F_SETSIG and FIOSETOWN would have the kernel signal another process. */
static const struct filter_rule common_rules[] = {
	READS_ONLY("open", 1),
	READS_ONLY("openat", 2),
	/* No code but what is there. */
	{ "mmap", { { 2, PROT_EXEC, 0 } } },
	{ "mmap2", { { 2, PROT_EXEC, 0 } } },
	{ "mprotect", { { 2, PROT_EXEC, 0 } } },
	ONLY("fcntl", 1, F_DUPFD_CLOEXEC),
	ONLY("fcntl", 1, F_GETFD),
	ONLY("fcntl", 1, F_SETFD),
	ONLY("fcntl", 1, F_GETFL),
	ONLY("fcntl", 1, F_SETFL),
	ONLY("fcntl64", 1, F_DUPFD_CLOEXEC),
	ONLY("fcntl64", 1, F_GETFD),
	ONLY("fcntl64", 1, F_SETFD),
	ONLY("fcntl64", 1, F_GETFL),
	ONLY("fcntl64", 1, F_SETFL),
	ONLY("ioctl", 1, NS_GET_USERNS),
	ONLY("ioctl", 1, NS_GET_PARENT),
	ONLY("ioctl", 1, NS_GET_OWNER_UID),
	ONLY("ioctl", 1, TCGETS),   /* isatty(3) */
	ONLY("ioctl", 1, FIONREAD), /* whether inotify has events */
	/* Not SOCK_DGRAM: that sends to any socket by its path. */
	{ "socketpair", { { 0, FILTER_INT, AF_UNIX }, { 1, 0xf, SOCK_STREAM } } },
	{ "socketpair", { { 0, FILTER_INT, AF_UNIX }, { 1, 0xf, SOCK_SEQPACKET } } },
	{ "sendto", { { 4, UINTPTR_MAX, 0 } } }, /* what is connected */
	{ "send", { { 0 } } },
	/* Its own limits, to be read. */
	{ "prlimit64", { { 0, FILTER_INT, 0 }, { 2, UINTPTR_MAX, 0 } } },
	ONLY("prctl", 0, PR_SET_NAME),
};

const struct filter_list filter_common = {
	common_names,
	NSV_ARRAY_SIZE(common_names),
	common_rules,
	NSV_ARRAY_SIZE(common_rules),
};

#if SANITIZED
static const char *const sanitizer_names[] = {
	"arch_prctl",
	"getdents",
	"clone",
	"clone3",
	"fcntl",
	"getrusage",
	"ioctl",
	"kill",
	"membarrier",
	"mincore",
	"mmap",
	"mprotect",
	"personality",
	"pipe2",
	"prctl",
	"prlimit64",
	"process_vm_readv",
	"ptrace",
	"sched_getparam",
	"sched_getscheduler",
	"set_tid_address",
	"tgkill",
	"wait4",
};

const struct filter_list filter_sanitizers = { sanitizer_names, NSV_ARRAY_SIZE(sanitizer_names),
					       NULL, 0 };
#else
const struct filter_list filter_sanitizers = { NULL, 0, NULL, 0 };
#endif

static int number_of(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	return number == __NR_SCMP_ERROR || number < 0 ? -1 : number;
}

static int add_rule(scmp_filter_ctx ctx, const struct filter_rule *rule)
{
	struct scmp_arg_cmp compares[FILTER_COMPARES];
	int number = number_of(rule->name);
	unsigned n = 0;

	for (size_t i = 0; i < FILTER_COMPARES; i++) {
		const struct filter_compare *c = &rule->compares[i];

		if (c->mask)
			compares[n++] =
			    SCMP_CMP(c->argument, SCMP_CMP_MASKED_EQ, c->mask, c->value);
	}
	return number < 0 ? 0 : seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, number, n, compares);
}

static int add_list(scmp_filter_ctx ctx, const struct filter_list *list)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->n_rules; i++)
		r = add_rule(ctx, &list->rules[i]);
	for (size_t i = 0; r == 0 && i < list->n_names; i++)
		r = add_rule(ctx, &(struct filter_rule){ .name = list->names[i] });
	return r;
}

static int add_own(scmp_filter_ctx ctx)
{
	const struct filter_rule rule = { "tgkill", { { 0, FILTER_INT, (uint32_t)getpid() } } };

	return add_rule(ctx, &rule);
}

int filter_load(const struct filter_list *const *lists, size_t n)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = ctx ? 0 : -ENOMEM;

	/* By default only the thread, which leaves the others with its locks. */
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	/* A tree in place of a list, for speed: libseccomp 2.5. */
	if (r == 0)
		(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = add_list(ctx, &filter_sanitizers);
	if (r == 0)
		r = add_own(ctx);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_list(ctx, lists[i]);
	/* Its flags lie in memory: libc then takes clone(2). */
	if (r == 0 && !SANITIZED && number_of("clone3") >= 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), number_of("clone3"), 0);
	/* Sets no_new_privs too. */
	if (r == 0)
		r = seccomp_load(ctx);
	if (ctx)
		seccomp_release(ctx);
	return r;
}
