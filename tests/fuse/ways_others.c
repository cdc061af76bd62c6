/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ways_others.c - ways to run programs, and to reach processes, namespaces, sockets, the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "reach/util.h"
#include "ways.h"

/* A child that ends at once. */
static int child_of(long pid)
{
	if (pid == 0)
		_exit(0);
	return (int)pid;
}

static int clone3_with(uint64_t flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };

	return child_of(syscall(SYS_clone3, &args, sizeof(args)));
}

static int exec_memory(const struct prey *p)
{
	static char *const none[] = { NULL };
	int fd = (int)syscall(SYS_memfd_create, "x", MFD_CLOEXEC);

	return fd < 0 ? fd : (int)syscall(SYS_execveat, fd, "", none, none, AT_EMPTY_PATH);
}

static int write_memory(const struct prey *p)
{
	static char byte;
	struct iovec iov = { &byte, 1 };

	return (int)process_vm_writev(p->pid, &iov, 1, &iov, 1, 0);
}

static int get_bpf(const struct prey *p)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int perf(const struct prey *p)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr) };

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static int connect_to(const struct prey *p)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "sock" };

	return connect(p->stream, (struct sockaddr *)&to, sizeof(to));
}

static int connect_abstract(const struct prey *p)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "\0nsv-ways" };

	return connect(p->stream, (struct sockaddr *)&to, sizeof(to));
}

static int bind_name(const struct prey *p)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "\0nsv-ways-2" };

	return bind(p->stream, (struct sockaddr *)&to, sizeof(to));
}

static int send_elsewhere(const struct prey *p)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "none" };

	return (int)sendto(p->datagram, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
}

static int datagrams(const struct prey *p)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair);
}

static int stir_ring(const struct prey *p)
{
	char params[120] = { 0 };

	return (int)syscall(SYS_io_uring_setup, 1, params);
}

static int limit_of(const struct prey *p)
{
	struct rlimit limit = { 100, 100 };

	return prlimit(p->pid, RLIMIT_NOFILE, &limit, NULL);
}

static int processors_of(const struct prey *p)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) < 0
		   ? -1
		   : sched_setaffinity(p->pid, sizeof(set), &set);
}

#define WAY(name, call)                       \
	static int name(const struct prey *p) \
	{                                     \
		(void)p;                      \
		return (int)(call);           \
	}

#define NO_ARGS ((char *const[]){ NULL })

WAY(do_exec, execve("/nonexistent", NO_ARGS, NO_ARGS))
WAY(do_fork, child_of(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)))
WAY(do_map,
    mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, p->read_fd, 0) == MAP_FAILED ? -1 : 0)
WAY(do_map_anon, mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0) == MAP_FAILED
		     ? -1
		     : 0)
WAY(do_protect,
    mprotect((void *)((uintptr_t)&errno & ~4095UL), 4096, PROT_READ | PROT_WRITE | PROT_EXEC))
WAY(do_memfd, syscall(SYS_memfd_create, "x", MFD_CLOEXEC))
WAY(do_trace, ptrace(PTRACE_SEIZE, p->pid, 0, 0))
WAY(do_getfd, syscall(SYS_pidfd_getfd, p->pidfd, 0, 0))
WAY(do_kill, kill(p->pid, SIGWINCH))
WAY(do_tgkill, syscall(SYS_tgkill, p->pid, p->pid, SIGWINCH))
WAY(do_pidfd_kill, syscall(SYS_pidfd_send_signal, p->pidfd, SIGWINCH, NULL, 0))
WAY(do_setown, fcntl(p->stream, F_SETOWN, p->pid))
WAY(do_siocspgrp, ioctl(p->stream, FIOSETOWN, &p->pid))
WAY(do_priority, setpriority(PRIO_PROCESS, (id_t)p->pid, 1))
WAY(do_mount, mount("none", "empty", "tmpfs", 0, NULL))
WAY(do_remount, mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
WAY(do_umount, umount2("/nonexistent", MNT_DETACH))
WAY(do_open_tree, syscall(SYS_open_tree, AT_FDCWD, ".", 1))
WAY(do_move_mount, syscall(SYS_move_mount, -1, "", -1, "", 0))
WAY(do_fsopen, syscall(SYS_fsopen, "tmpfs", 0))
WAY(do_mount_setattr, syscall(SYS_mount_setattr, -1, "", 0, NULL, 0))
WAY(do_pivot, syscall(SYS_pivot_root, "/nonexistent", "/nonexistent"))
WAY(do_chroot, chroot("."))
WAY(do_setns, setns(p->uts, CLONE_NEWUTS))
WAY(do_setns_any, setns(p->uts, 0))
WAY(do_unshare, unshare(CLONE_NEWUTS))
WAY(do_unshare_user, unshare(CLONE_NEWUSER))
WAY(do_clone_user, child_of(syscall(SYS_clone, SIGCHLD | CLONE_NEWUSER, 0, 0, 0, 0)))
WAY(do_clone_net, child_of(syscall(SYS_clone, SIGCHLD | CLONE_NEWNET, 0, 0, 0, 0)))
WAY(do_clone3, clone3_with(0))
WAY(do_clone3_user, clone3_with(CLONE_NEWUSER))
WAY(do_keyctl, syscall(SYS_keyctl, 0, -3, 1))
WAY(do_add_key, syscall(SYS_add_key, "user", "nsv", "x", 1, -3))
WAY(do_userfaultfd, syscall(SYS_userfaultfd, O_CLOEXEC))
WAY(do_module, syscall(SYS_init_module, NULL, 0, ""))
WAY(do_kexec, syscall(SYS_kexec_load, 0, 99, NULL, 0))
WAY(do_swapon, swapon("/nonexistent", 0))
WAY(do_time, syscall(SYS_settimeofday, NULL, NULL))
WAY(do_reboot, syscall(SYS_reboot, 0, 0, 0, NULL))
WAY(do_quota, syscall(SYS_quotactl, -1, "/nonexistent", 0, NULL))
WAY(do_name, sethostname("nsv-ways", 8))
WAY(do_acct, syscall(SYS_acct, "/nonexistent"))
WAY(do_syslog, syscall(SYS_syslog, 10, NULL, 0))
WAY(do_fanotify, syscall(SYS_fanotify_init, 0, O_RDONLY))
WAY(do_tty, ioctl(p->read_fd, TIOCSTI, "x"))
WAY(do_inet, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
WAY(do_inet6, socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0))
WAY(do_unix, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
WAY(do_netlink, socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0))
WAY(do_packet, socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0))
WAY(do_dumpable, prctl(PR_SET_DUMPABLE, 1))
#ifdef __x86_64__
WAY(do_iopl, syscall(SYS_iopl, 0))
#endif

const struct way ways_of_others[] = {
	{ "execve", do_exec },
	{ "execveat of memory", exec_memory },
	{ "memfd_create", do_memfd },
	{ "fork", do_fork },
	{ "mmap of a program", do_map },
	{ "mmap of code", do_map_anon },
	{ "mprotect of code", do_protect },
	{ "ptrace", do_trace },
	{ "process_vm_writev", write_memory },
	{ "pidfd_getfd", do_getfd },
	{ "kill", do_kill },
	{ "tgkill", do_tgkill },
	{ "pidfd_send_signal", do_pidfd_kill },
	{ "F_SETOWN", do_setown },
	{ "FIOSETOWN", do_siocspgrp },
	{ "another's limits", limit_of },
	{ "another's priority", do_priority },
	{ "another's processors", processors_of },
	{ "mount", do_mount },
	{ "mount for all", do_remount },
	{ "umount2", do_umount },
	{ "open_tree", do_open_tree },
	{ "move_mount", do_move_mount },
	{ "fsopen", do_fsopen },
	{ "mount_setattr", do_mount_setattr },
	{ "pivot_root", do_pivot },
	{ "chroot", do_chroot },
	{ "setns", do_setns },
	{ "setns of any kind", do_setns_any },
	{ "unshare", do_unshare },
	{ "unshare of users", do_unshare_user },
	{ "clone with users", do_clone_user },
	{ "clone with a network", do_clone_net },
	{ "clone3", do_clone3 },
	{ "clone3 with users", do_clone3_user },
	{ "bpf", get_bpf },
	{ "perf_event_open", perf },
	{ "io_uring_setup", stir_ring },
	{ "keyctl", do_keyctl },
	{ "add_key", do_add_key },
	{ "userfaultfd", do_userfaultfd },
	{ "init_module", do_module },
	{ "kexec_load", do_kexec },
	{ "swapon", do_swapon },
	{ "settimeofday", do_time },
	{ "reboot", do_reboot },
	{ "quotactl", do_quota },
	{ "sethostname", do_name },
	{ "acct", do_acct },
	{ "syslog", do_syslog },
	{ "fanotify_init", do_fanotify },
	{ "TIOCSTI", do_tty },
	{ "a TCP socket", do_inet },
	{ "a UDP socket", do_inet6 },
	{ "a UNIX socket", do_unix },
	{ "a netlink socket", do_netlink },
	{ "a packet socket", do_packet },
	{ "connect", connect_to },
	{ "connect to an abstract name", connect_abstract },
	{ "bind", bind_name },
	{ "sendto elsewhere", send_elsewhere },
	{ "socketpair of datagrams", datagrams },
	{ "PR_SET_DUMPABLE", do_dumpable },
#ifdef __x86_64__
	{ "iopl", do_iopl },
#endif
};
const size_t n_ways_of_others = NSV_ARRAY_SIZE(ways_of_others);
