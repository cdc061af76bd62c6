/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount_clone.c - clones a container's mounts by a helper in its mount namespace, since
 * open_tree(2) clones no mount of another namespace (EINVAL). No state, no locks.
 */
#include "mount_clone.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "helper.h"
#include "message.h"
#include "pinned.h"
#include "util.h"

#define TIME_TO_LIVE_S 30 /* ample: 5,000 mounts take some 10 ms */

/* Older headers lack these. */
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

#define READ_ONLY (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

enum step { JOIN, CLONE, ATTRIBUTES, NO_LINKS };

struct answer {
	int32_t result; /* 0, and an fd comes along; or -errno */
	uint32_t step;
};

struct work {
	const struct nsv_target *target;
	unsigned flags;
	int sock;
};

/* ---- the helper ---- */

/* Sets @attributes and @propagation on each mount of the detached tree at @fd. */
static int set_attributes(int fd, uint64_t attributes, uint64_t propagation)
{
	struct mount_attr attr = { .attr_set = attributes, .propagation = propagation };

	return syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
		       sizeof(attr)) < 0
		   ? -errno
		   : 0;
}

/* Opens the mounts of a copy of the mount namespace, for which the kernel leaves those files out.
 */
static int open_copy(const struct nsv_target *t)
{
	if (t->root >= 0 && (fchdir(t->root) < 0 || chroot(".") < 0))
		return -1;
	if (unshare(CLONE_NEWNS) < 0)
		return -1;
	return (int)syscall(SYS_open_tree, AT_FDCWD, "/",
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

static int open_mounts(const struct nsv_target *t)
{
	return (int)syscall(SYS_open_tree, t->root >= 0 ? t->root : AT_FDCWD,
			    t->root >= 0 ? "" : "/",
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
}

static int clone_tree(const struct work *w, pid_t parent, uint32_t *ret_step)
{
	const struct nsv_target *t = w->target;
	nsv_autofd int fd = NSV_FD_NONE;
	int r = nsv_helper_join_mntns(t->mntns, t->userns, parent);

	*ret_step = JOIN;
	if (r < 0)
		return r;
	*ret_step = CLONE;
	fd = w->flags & NSV_CLONE_NO_NSFILES ? open_copy(t) : open_mounts(t);
	if (fd < 0)
		return -errno;
	*ret_step = ATTRIBUTES;
	r = set_attributes(fd, READ_ONLY, MS_PRIVATE);
	if (r == 0 && w->flags & NSV_CLONE_NOSYMFOLLOW) {
		*ret_step = NO_LINKS;
		r = set_attributes(fd, MOUNT_ATTR_NOSYMFOLLOW, 0);
	}
	return r < 0 ? r : nsv_steal_fd(&fd);
}

static void send_answer(void *data, pid_t parent)
{
	const struct work *w = data;
	struct answer a = { 0 };
	nsv_autofd int fd = clone_tree(w, parent, &a.step);

	a.result = nsv_min(fd, 0);
	(void)nsv_packet_send(w->sock, &(struct nsv_packet){ .head = &a,
							     .head_len = sizeof(a),
							     .fds = &fd,
							     .n_fds = fd >= 0 });
}

/* ---- the caller ---- */

int nsv_folder_clone(int dir)
{
	nsv_autofd int fd = (int)syscall(SYS_open_tree, dir, "",
					 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	int r = fd < 0 ? -errno : set_attributes(fd, READ_ONLY, MS_PRIVATE);

	return r < 0 ? r : nsv_steal_fd(&fd);
}

static int run(struct work *w, struct answer *a)
{
	const struct nsv_target *t = w->target;
	nsv_autofd int fd = NSV_FD_NONE;
	struct nsv_packet p = { .head = a, .head_len = sizeof(*a), .fds = &fd, .n_fds = 1 };
	struct nsv_helper h = NSV_HELPER_NONE;
	int socks[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	w->sock = socks[1];
	r = nsv_helper_start(&(struct nsv_helper_plan){ .run = send_answer,
							.data = w,
							.keep = (int[]){ w->sock, t->mntns,
									 t->userns, t->root },
							.n_keep = 4,
							.seconds = TIME_TO_LIVE_S },
			     &h);
	nsv_close(socks[1]);
	if (r == 0)
		r = nsv_packet_recv(socks[0], &p, nsv_now_ms() + TIME_TO_LIVE_S * 1000L);
	nsv_close(socks[0]);
	(void)nsv_helper_end(&h, NSV_HELPER_END_MS);
	if (r == -ECONNRESET)
		return -ECHILD;
	if (r == 0)
		r = a->result;
	return r < 0 ? r : nsv_steal_fd(&fd);
}

static int explain(int err, enum step step, struct nsv_error *e)
{
	if (step == JOIN)
		return nsv_error_set(e, err, NSV_STAGE_ENTER,
				     "its mount namespace can't be joined: needs root, or to own "
				     "its user namespace");
	if (step == NO_LINKS && (err == EINVAL || err == ENOSYS))
		return nsv_error_set(e, EOPNOTSUPP, NSV_STAGE_ROOT,
				     "mounts that follow no links need Linux 5.14");
	if (err == ENOSYS)
		return nsv_error_set(e, EOPNOTSUPP, NSV_STAGE_ROOT,
				     "a read-only clone of its mounts needs Linux 5.12");
	return nsv_error_set(e, err, NSV_STAGE_ROOT, "its mounts can't be cloned: %s",
			     strerror(err));
}

int nsv_mount_clone(const struct nsv_target *t, unsigned flags, struct nsv_error *e)
{
	struct work w = { .target = t, .flags = flags };
	struct answer a = { .step = CLONE };
	nsv_autofd int fd = NSV_FD_NONE;

	if (flags & ~(NSV_CLONE_NOSYMFOLLOW | NSV_CLONE_NO_NSFILES))
		return nsv_error_set(e, EINVAL, NSV_STAGE_ROOT, "unknown flag");
	fd = run(&w, &a);
	if (nsv_target_alive(t) < 0)
		return nsv_error_set(e, ESRCH, NSV_STAGE_ROOT, "PID %d has ended", (int)t->pid);
	return fd < 0 ? explain(-fd, a.step, e) : nsv_steal_fd(&fd);
}
