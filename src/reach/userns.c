/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* userns.c - finds, compares, joins user namespaces and reads their maps. No state, no locks. */
#include "userns.h"

#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "caps.h"
#include "helper.h"
#include "message.h"
#include "util.h"

#define HOLD_SECONDS 60 /* ample for reading two files */

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
	struct nsv_caps caps;

	return nsv_caps_get(&caps) == 0 && (caps.effective & NSV_CAP(CAP_SYS_ADMIN)) &&
	       (caps.effective & (NSV_CAP(CAP_DAC_READ_SEARCH) | NSV_CAP(CAP_DAC_OVERRIDE)));
}

int nsv_userns_join(int userns)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setns(userns, CLONE_NEWUSER) < 0)
		return -errno;
	/* The new credentials may have reset it to fs.suid_dumpable (proc_sys_fs(5)). */
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : 0;
}

struct held {
	int userns, sock;
};

/* In the helper: joins, sends the errno as one byte, waits until the other end is closed. */
static void hold_userns(void *data, pid_t parent)
{
	const struct held *h = data;
	int r = nsv_helper_join_userns(h->userns, parent);
	char byte = (char)-r;

	if (nsv_send_all(h->sock, &byte, 1) == 0)
		(void)nsv_recv_all(h->sock, &byte, 1, NSV_NO_DEADLINE);
}

static int read_maps(int procfs, pid_t child, int sock, struct nsv_idmap *ret_uids,
		     struct nsv_idmap *ret_gids)
{
	char name[48];
	char byte;
	int r = nsv_recv_all(sock, &byte, 1, NSV_NO_DEADLINE);

	if (r < 0)
		return r == -ECONNRESET ? -ECHILD : r;
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
	struct nsv_helper h = NSV_HELPER_NONE;
	int socks[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	r = nsv_helper_start(
	    &(struct nsv_helper_plan){
		.run = hold_userns,
		.data = &(struct held){ .userns = userns, .sock = socks[1] },
		.keep = (int[]){ userns, socks[1] },
		.n_keep = 2,
		.seconds = HOLD_SECONDS,
	    },
	    &h);
	nsv_close(socks[1]);
	if (r == 0)
		r = read_maps(procfs, h.pid, socks[0], ret_uids, ret_gids);
	nsv_close(socks[0]);
	(void)nsv_helper_end(&h, NSV_HELPER_END_MS);
	return r;
}
