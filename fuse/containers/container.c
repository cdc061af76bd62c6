/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container.c - begin and end of a container in the view: its root, its process, the number of
 * calls inside.
 *
 * Defends against: servers that hang (calls are counted); a view that shows itself (own device,
 * file system type). No locks: members are atomic.
 */
#include "fuse/containers/container.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <nsview/target.h>

#include "reach/clock.h"
#include "reach/pinned.h"
#include "reach/util.h"

#define YOUNG_MS 3000

void container_get(struct container *p)
{
	atomic_fetch_add(&p->refs, 1);
}

static void close_root(struct container *p)
{
	nsv_close(atomic_exchange(&p->root, NSV_FD_NONE));
	owner_ns_put(atomic_exchange(&p->owner, NULL));
}

void container_put(struct container *p)
{
	if (!p || atomic_fetch_sub(&p->refs, 1) != 1)
		return;
	close_root(p);
	if (atomic_load(&p->watched))
		p->watched_free(atomic_load(&p->watched));
	nsv_close(atomic_load(&p->pidfd));
	mounts_done(&p->mounts);
	nsv_idmap_clear(&p->uids);
	nsv_idmap_clear(&p->gids);
	free(p->name);
	free(p->engine);
	free(p->id_text);
	free(p->engine_name);
	free(p);
}

void container_kill(struct container *p)
{
	uint32_t before = atomic_fetch_or(&p->state, CONTAINER_DEAD);

	if (!(before & ~CONTAINER_DEAD))
		close_root(p);
}

void container_drop_pidfd(struct container *p)
{
	nsv_close(atomic_exchange(&p->pidfd, NSV_FD_NONE));
}

int container_enter(struct container *p)
{
	if (!atomic_load(&p->used) && !atomic_exchange(&p->used, true) &&
	    atomic_load(&p->wake) >= 0)
		(void)eventfd_write(atomic_load(&p->wake), 1);
	return container_enter_unasked(p);
}

int container_enter_unasked(struct container *p)
{
	uint32_t before = atomic_fetch_add(&p->state, 1);
	uint32_t all = p->load ? atomic_fetch_add(&p->load->inside, 1) : 0;
	uint32_t most = all < CONTAINERS_MOST - 8 ? (CONTAINERS_MOST - all) / 4 : 1;

	if (!(before & CONTAINER_DEAD) && before < nsv_min(p->options->max_inflight, most))
		return 0;
	container_leave(p);
	return before & CONTAINER_DEAD ? -ESTALE : -EIO;
}

void container_leave(struct container *p)
{
	if (p->load)
		atomic_fetch_sub(&p->load->inside, 1);
	if (atomic_fetch_sub(&p->state, 1) == (CONTAINER_DEAD | 1))
		close_root(p);
}

bool container_has_ended(const struct container *p)
{
	return (atomic_load(&p->state) & CONTAINER_DEAD) != 0;
}

bool container_in_use(const struct container *p)
{
	return (atomic_load(&p->state) & ~CONTAINER_DEAD) != 0;
}

bool container_alive(const struct container *p)
{
	struct pollfd poll_fd = { .fd = atomic_load(&p->pidfd), .events = POLLIN };

	return !container_has_ended(p) && poll(&poll_fd, 1, 0) == 0;
}

int container_follow(struct container *p, pid_t pid, int pidfd)
{
	/* Keep the fd's number: other threads use it. */
	if (dup3(pidfd, atomic_load(&p->pidfd), O_CLOEXEC) < 0)
		return -errno;
	atomic_store(&p->pid, pid);
	return 0;
}

bool container_is_root(const struct container *p, const struct nsv_target *target)
{
	struct statx st;

	return !(atomic_load(&p->state) & CONTAINER_DEAD) &&
	       statx(target->root, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &st) ==
		   0 &&
	       st.stx_mnt_id == p->root_mnt;
}

bool container_is_young(const struct container *p)
{
	return nsv_now_ms() < p->since + YOUNG_MS;
}

bool container_has_moved(const struct container *p, pid_t pid)
{
	char path[32];
	struct statx st;

	(void)snprintf(path, sizeof(path), "%d/root", (int)pid);
	return statx(p->procfs, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		     STATX_INO | STATX_MNT_ID, &st) == 0 &&
	       (st.stx_mnt_id != p->root_mnt || st.stx_ino != p->id.ino ||
		container_dev(&st) != p->id.dev);
}

static int take_strings(struct container *p, const struct nsv_container *c)
{
	p->engine = c->engine ? strdup(c->engine) : NULL;
	p->id_text = c->id ? strdup(c->id) : NULL;
	p->engine_name = c->engine_name ? strdup(c->engine_name) : NULL;
	return (c->engine && !p->engine) || (c->id && !p->id_text) ||
		       (c->engine_name && !p->engine_name)
		   ? -ENOMEM
		   : 0;
}

static int take_target(struct container *p, struct nsv_target *t, struct owner *owner)
{
	if (nsv_target_pidfd(t) < 0)
		return -ESRCH;
	atomic_store(&p->root, fcntl(t->root, F_DUPFD_CLOEXEC, 3));
	atomic_store(&p->pidfd, fcntl(nsv_target_pidfd(t), F_DUPFD_CLOEXEC, 3));
	if (atomic_load(&p->root) < 0 || atomic_load(&p->pidfd) < 0)
		return -errno;
	atomic_store(&p->pid, nsv_target_pid(t));
	p->mntns = nsv_target_mntns_ino(t);
	p->self = t->self;
	if (t->userns >= 0 && !t->own_userns)
		atomic_store(&p->owner, owner_ns_get(owner, t->userns));
	if (p->options->ids_inside) {
		p->uids = t->uids;
		p->gids = t->gids;
		t->uids = t->gids = (struct nsv_idmap){ .identity = true };
	}
	return 0;
}

/*
 * The root's file system is always shown, even if it is fuse-overlayfs. Others of its class may be
 * hidden.
 */
static int take_root(struct container *p)
{
	unsigned flags = 0;
	struct found root;
	int r = container_look_root(p, &root);

	if (r < 0)
		return r;
	if (container_dev(&root.st) == p->own_dev)
		return -ELOOP;
	p->root_mnt = root.st.stx_mnt_id;
	r = mounts_flags(&p->mounts, p->procfs, atomic_load(&p->pid), p->root_mnt, &flags);
	if (r < 0)
		(void)mounts_flags_of_device(&p->mounts, p->procfs, container_dev(&root.st),
					     &flags);
	if (flags & NSV_FS_VIEW)
		return -ELOOP;
	p->id = root.id;
	if (flags & NSV_FS_KERNEL)
		p->id.flags |= NODE_PSEUDO;
	else if (flags & NSV_FS_SERVED)
		p->id.flags |= NODE_REMOTE;
	else if (flags & NSV_FS_LAYERED)
		p->id.flags |= NODE_LAYERED;
	return 0;
}

int container_new(const struct container_config *config, const struct nsv_container *c,
		  struct container **ret_container, struct nsv_error *e)
{
	struct nsv_target *target = NULL;
	struct container *p;
	int r = nsv_target_open_pid(c->pid, c->mntns, c->start, &target, e);

	if (r < 0)
		return r;
	p = calloc(1, sizeof(*p));
	if (!p) {
		nsv_target_free(target);
		return nsv_error_set(e, ENOMEM, NSV_STAGE_TARGET, "out of memory");
	}
	p->options = config->options;
	p->procfs = config->procfs;
	p->own_dev = config->own_dev;
	p->serial = config->serial;
	p->since = nsv_now_ms();
	p->load = config->load;
	atomic_store(&p->refs, 1);
	atomic_store(&p->root, NSV_FD_NONE);
	atomic_store(&p->pidfd, NSV_FD_NONE);
	atomic_store(&p->wake, NSV_FD_NONE);
	p->uids.identity = p->gids.identity = true;
	mounts_init(&p->mounts, config->layers);
	r = take_target(p, target, config->owner);
	nsv_target_free(target);
	if (r == 0)
		r = take_strings(p, c);
	if (r == 0)
		r = take_root(p);
	if (r < 0) {
		container_put(p);
		return nsv_error_set(e, -r, NSV_STAGE_ROOT, "%s", strerror(-r));
	}
	*ret_container = p;
	return 0;
}
