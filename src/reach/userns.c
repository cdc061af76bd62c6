/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* userns.c - user_namespaces(7) as the reach room needs them. No state, no locks. */
#include "userns.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "util.h"

int nsv_userns_of(int nsfd)
{
	int fd = ioctl(nsfd, NS_GET_USERNS);

	return fd < 0 ? -errno : fd;
}

bool nsv_same_ns(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

bool nsv_capable_of_files(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	uint32_t have;

	if (syscall(SYS_capget, &head, data) < 0)
		return false;
	have = data[0].effective;
	return (have & (1U << CAP_SYS_ADMIN)) &&
	       (have & ((1U << CAP_DAC_READ_SEARCH) | (1U << CAP_DAC_OVERRIDE)));
}

int nsv_userns_join(int userns)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	return setns(userns, CLONE_NEWUSER) < 0 ? -errno : 0;
}

/* In the child: join, say so with one byte, wait for the other end to close. Never returns. */
static void hold_userns(int userns, int sock)
{
	char byte = 0;

	/* Inside, the container's root could trace it: undumpable, and nothing else to be had. */
	sock = fcntl(sock, F_DUPFD_CLOEXEC, 3);
	userns = fcntl(userns, F_DUPFD_CLOEXEC, 3);
	if (dup3(sock, 0, O_CLOEXEC) < 0 || dup3(userns, 1, O_CLOEXEC) < 0 ||
	    syscall(SYS_close_range, 2, ~0U, 0) < 0 || nsv_userns_join(1) < 0)
		byte = (char)errno;
	sock = 0;
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		_exit(1);
	if (send(sock, &byte, 1, MSG_NOSIGNAL) == 1)
		while (recv(sock, &byte, 1, 0) < 0 && errno == EINTR)
			;
	_exit(0);
}

static int read_maps(int procfs, pid_t child, int sock, struct nsv_idmap *ret_uids,
		     struct nsv_idmap *ret_gids)
{
	char name[48];
	char byte;
	ssize_t n;
	int r;

	do
		n = recv(sock, &byte, 1, 0);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		return n < 0 ? -errno : -ECHILD;
	if (byte != 0)
		return -byte;
	(void)snprintf(name, sizeof(name), "%d/uid_map", (int)child);
	r = nsv_idmap_read(procfs, name, ret_uids);
	if (r < 0)
		return r;
	(void)snprintf(name, sizeof(name), "%d/gid_map", (int)child);
	r = nsv_idmap_read(procfs, name, ret_gids);
	if (r < 0)
		nsv_idmap_clear(ret_uids);
	return r;
}

int nsv_userns_maps(int procfs, int userns, struct nsv_idmap *ret_uids, struct nsv_idmap *ret_gids)
{
	int socks[2];
	pid_t child;
	int r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	child = fork();
	if (child == 0) {
		(void)close(socks[0]);
		hold_userns(userns, socks[1]);
	}
	nsv_close(socks[1]);
	r = child < 0 ? -errno : read_maps(procfs, child, socks[0], ret_uids, ret_gids);
	nsv_close(socks[0]);
	if (child > 0)
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	return r;
}
