/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox.c - capabilities by libcap-ng, system calls by libseccomp.
 *
 * The filter names what is refused, not what is allowed: libc's and the sanitizers' choice of calls
 * changes from release to release, what a daemon that only reads must not do does not. openat2(2)
 * is not looked into (a filter sees no memory); it is used with O_PATH and for reading only, and
 * the view's own opens by it are all in container.c and reach.
 */
#include "fuse/daemon/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cap-ng.h>

#include "reach/util.h"

static const unsigned kept_capabilities[] = {
	CAP_SYS_PTRACE,	     /* /proc/PID/root, ns and mountinfo of others */
	CAP_DAC_READ_SEARCH, /* all files, without the right to write them */
	CAP_FOWNER,	     /* O_NOATIME */
	CAP_SYS_ADMIN,	     /* passthrough, hostnames (setns), the unmount at the end */
};

static const char *const refused[] = {
	/* names */
	"creat",
	"link",
	"linkat",
	"mkdir",
	"mkdirat",
	"mknod",
	"mknodat",
	"rename",
	"renameat",
	"renameat2",
	"rmdir",
	"symlink",
	"symlinkat",
	"unlink",
	"unlinkat",
	/* attributes and contents */
	"chmod",
	"chown",
	"chown32",
	"fallocate",
	"fchmod",
	"fchmodat",
	"fchmodat2",
	"fchown",
	"fchown32",
	"fchownat",
	"file_setattr",
	"fremovexattr",
	"fsetxattr",
	"ftruncate",
	"ftruncate64",
	"futimesat",
	"lchown",
	"lchown32",
	"lremovexattr",
	"lsetxattr",
	"removexattr",
	"removexattrat",
	"setxattr",
	"setxattrat",
	"truncate",
	"truncate64",
	"utime",
	"utimensat",
	"utimensat_time64",
	"utimes",
	/* programs and other processes */
	"execve",
	"execveat",
	"process_madvise",
	"process_vm_readv",
	"process_vm_writev",
	"pidfd_getfd",
	"uselib",
	/* mounts and roots, but for umount2 */
	"chroot",
	"fsconfig",
	"fsmount",
	"fsopen",
	"fspick",
	"mount",
	"mount_setattr",
	"move_mount",
	"open_tree",
	"open_tree_attr",
	"pivot_root",
	"swapoff",
	"swapon",
	"quotactl",
	"quotactl_fd",
	"unshare",
	"name_to_handle_at",
	"open_by_handle_at",
	/* networks */
	"accept",
	"accept4",
	"bind",
	"listen",
	/* the machine and the kernel */
	"acct",
	"add_key",
	"adjtimex",
	"bpf",
	"clock_adjtime",
	"clock_settime",
	"delete_module",
	"finit_module",
	"init_module",
	"io_uring_setup",
	"ioperm",
	"iopl",
	"kexec_file_load",
	"kexec_load",
	"keyctl",
	"perf_event_open",
	"reboot",
	"request_key",
	"setdomainname",
	"sethostname",
	"settimeofday",
	"stime",
	"syslog",
	"userfaultfd",
	"vhangup",
#ifndef __SANITIZE_ADDRESS__
	/* The leak checker's way. */
	"ptrace",
#endif
};

/* Calls that libseccomp may not know yet. Since Linux 5.1 most architectures have one number for
 * each. */
#if !defined(__alpha__) && !defined(__mips__)
static const struct {
	const char *name;
	int number;
} newer[] = {
	{ "setxattrat", 463 },
	{ "removexattrat", 466 },
	{ "open_tree_attr", 467 },
	{ "file_setattr", 469 },
};
#endif

static int drop_capabilities(void)
{
	bool have[NSV_ARRAY_SIZE(kept_capabilities)], bounds;

	if (geteuid() != 0)
		return 0;
	if (capng_get_caps_process() < 0)
		return -EIO;
	/* Where the bounding set can't be had the rest can: nothing is run later. To try would be
	 * a line in the system's log. */
	bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(kept_capabilities); i++)
		have[i] = capng_have_capability(CAPNG_PERMITTED, kept_capabilities[i]);
	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(kept_capabilities); i++)
		if (have[i] && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
					    kept_capabilities[i]) < 0)
			return -EIO;
	if (bounds)
		(void)capng_apply(CAPNG_SELECT_BOUNDS);
	return capng_apply(CAPNG_SELECT_CAPS) < 0 ? -EPERM : 0;
}

static int number_of(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

#if !defined(__alpha__) && !defined(__mips__)
	for (size_t i = 0; number == __NR_SCMP_ERROR && i < NSV_ARRAY_SIZE(newer); i++)
		if (strcmp(newer[i].name, name) == 0)
			number = newer[i].number;
#endif
	return number;
}

static int refuse_call(scmp_filter_ctx ctx, const char *name)
{
	int number = number_of(name);

	/* Of another architecture. */
	if (number == __NR_SCMP_ERROR || number < 0)
		return 0;
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), number, 0);
}

static int refuse_if(scmp_filter_ctx ctx, int number, struct scmp_arg_cmp compare)
{
	return seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), number, 1, &compare);
}

static int refuse_arguments(scmp_filter_ctx ctx)
{
	static const uint64_t writing[][2] = {
		/* mask, value */
		{ O_ACCMODE, O_WRONLY },
		{ O_ACCMODE, O_RDWR },
		{ O_CREAT, O_CREAT },
		{ O_TRUNC, O_TRUNC },
	};
	/*
	 * Only hostnames are asked for inside, by users through their user namespace. Of a pidfd
	 * several kinds may be entered at once, so it is looked for each bit. The kernel takes the
	 * lower half of the register only.
	 */
	static const uint64_t namespaces[][2] = {
		/* mask, value */
		{ UINT32_MAX, 0 },
		{ CLONE_NEWNS, CLONE_NEWNS },
		{ CLONE_NEWPID, CLONE_NEWPID },
		{ CLONE_NEWNET, CLONE_NEWNET },
		{ CLONE_NEWIPC, CLONE_NEWIPC },
		{ CLONE_NEWCGROUP, CLONE_NEWCGROUP },
		{ CLONE_NEWTIME, CLONE_NEWTIME },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < NSV_ARRAY_SIZE(writing); i++) {
		r = refuse_if(ctx, SCMP_SYS(openat),
			      SCMP_A2(SCMP_CMP_MASKED_EQ, writing[i][0], writing[i][1]));
		if (r == 0)
			r = refuse_if(ctx, SCMP_SYS(open),
				      SCMP_A1(SCMP_CMP_MASKED_EQ, writing[i][0], writing[i][1]));
	}
	for (size_t i = 0; r == 0 && i < NSV_ARRAY_SIZE(namespaces); i++)
		r = refuse_if(ctx, SCMP_SYS(setns),
			      SCMP_A1(SCMP_CMP_MASKED_EQ, namespaces[i][0], namespaces[i][1]));
	/* The service manager's socket. */
	if (r == 0)
		r = refuse_if(ctx, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
	return r;
}

static int load_filter(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r = ctx ? 0 : -ENOMEM;

	/* By default only the thread, which leaves the others with its locks. */
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	for (size_t i = 0; r == 0 && i < NSV_ARRAY_SIZE(refused); i++)
		r = refuse_call(ctx, refused[i]);
	if (r == 0)
		r = refuse_arguments(ctx);
	/* Sets no_new_privs too. */
	if (r == 0)
		r = seccomp_load(ctx);
	if (ctx)
		seccomp_release(ctx);
	return r;
}

int sandbox_enter(struct nsv_error *e)
{
	int r = drop_capabilities();

	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_NONE, "can't drop capabilities: %s",
				     strerror(-r));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_NONE,
				     "can't do without new privileges: %s", strerror(errno));
	r = load_filter();
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_NONE, "can't filter system calls: %s",
				     strerror(-r))
		     : 0;
}
