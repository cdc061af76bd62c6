/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * place.c - a container in the view: its root, who may be inside, and how a node is opened.
 *
 * Defends against: links and mounts that take the place of a folder on a node's path (RESOLVE_*,
 * identity), servers that hang (counting; attributes are taken from memory where only a mount
 * point is crossed), the view seen in itself (own device, file system type).
 */
#include "fuse/containers/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <nsview/target.h>

#include "reach/beneath.h"
#include "reach/pinned.h"
#include "reach/util.h"

#define YOUNG_SECONDS 3
#define STATX_WANTED  (STATX_BASIC_STATS | STATX_MNT_ID)

/* ---- life ---- */

void place_get(struct place *p)
{
	atomic_fetch_add(&p->refs, 1);
}

static void let_go(struct place *p)
{
	nsv_close(atomic_exchange(&p->root, NSV_FD_NONE));
	owner_ns_put(atomic_exchange(&p->owner, NULL));
}

void place_put(struct place *p)
{
	if (!p || atomic_fetch_sub(&p->refs, 1) != 1)
		return;
	let_go(p);
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

void place_kill(struct place *p)
{
	uint32_t before = atomic_fetch_or(&p->state, PLACE_DEAD);

	if (!(before & ~PLACE_DEAD))
		let_go(p);
}

void place_drop_pidfd(struct place *p)
{
	nsv_close(atomic_exchange(&p->pidfd, NSV_FD_NONE));
}

int place_enter(struct place *p)
{
	if (!atomic_load(&p->used) && !atomic_exchange(&p->used, true) &&
	    atomic_load(&p->wake) >= 0)
		(void)eventfd_write(atomic_load(&p->wake), 1);
	return place_enter_unasked(p);
}

int place_enter_unasked(struct place *p)
{
	uint32_t before = atomic_fetch_add(&p->state, 1);
	uint32_t all = p->load ? atomic_fetch_add(&p->load->inside, 1) : 0;
	uint32_t most = all < PLACES_MOST - 8 ? (PLACES_MOST - all) / 4 : 1;

	if (!(before & PLACE_DEAD) && before < nsv_min(p->options->max_inflight, most))
		return 0;
	place_leave(p);
	return before & PLACE_DEAD ? -ESTALE : -EIO;
}

void place_leave(struct place *p)
{
	if (p->load)
		atomic_fetch_sub(&p->load->inside, 1);
	if (atomic_fetch_sub(&p->state, 1) == (PLACE_DEAD | 1))
		let_go(p);
}

bool place_in_use(const struct place *p)
{
	return (atomic_load(&p->state) & ~PLACE_DEAD) != 0;
}

bool place_alive(const struct place *p)
{
	struct pollfd poll_fd = { .fd = atomic_load(&p->pidfd), .events = POLLIN };

	return !(atomic_load(&p->state) & PLACE_DEAD) && poll(&poll_fd, 1, 0) == 0;
}

int place_follow(struct place *p, pid_t pid, int pidfd)
{
	/* Under the same number, as others have it. */
	if (dup3(pidfd, atomic_load(&p->pidfd), O_CLOEXEC) < 0)
		return -errno;
	atomic_store(&p->pid, pid);
	return 0;
}

bool place_is_root(const struct place *p, const struct nsv_target *target)
{
	struct statx st;

	return !(atomic_load(&p->state) & PLACE_DEAD) &&
	       statx(target->root, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &st) ==
		   0 &&
	       st.stx_mnt_id == p->root_mnt;
}

static time_t seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

bool place_is_young(const struct place *p)
{
	return seconds() < p->since + YOUNG_SECONDS;
}

bool place_has_moved(const struct place *p, pid_t pid)
{
	char path[32];
	struct statx st;

	(void)snprintf(path, sizeof(path), "%d/root", (int)pid);
	return statx(p->procfs, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		     STATX_INO | STATX_MNT_ID, &st) == 0 &&
	       (st.stx_mnt_id != p->root_mnt || st.stx_ino != p->id.ino ||
		place_dev(&st) != p->id.dev);
}

static int take_strings(struct place *p, const struct nsv_container *c)
{
	p->engine = c->engine ? strdup(c->engine) : NULL;
	p->id_text = c->id ? strdup(c->id) : NULL;
	p->engine_name = c->engine_name ? strdup(c->engine_name) : NULL;
	return (c->engine && !p->engine) || (c->id && !p->id_text) ||
		       (c->engine_name && !p->engine_name)
		   ? -ENOMEM
		   : 0;
}

static int take_target(struct place *p, struct nsv_target *t, struct owner *owner)
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

/* Its root decides what is plain for it: fuse-overlayfs, say, is shown. */
static int take_root(struct place *p)
{
	enum mount_class class = MOUNT_PLAIN;
	struct found root;
	int r = place_look_root(p, &root);

	if (r < 0)
		return r;
	if (place_dev(&root.st) == p->own_dev)
		return -ELOOP;
	p->root_mnt = root.st.stx_mnt_id;
	r = mounts_class(&p->mounts, p->procfs, atomic_load(&p->pid), p->root_mnt, &class);
	if (r < 0)
		(void)mounts_class_of_device(p->procfs, place_dev(&root.st), &class);
	if (class == MOUNT_VIEW)
		return -ELOOP;
	p->id = root.id;
	if (class == MOUNT_REMOTE)
		p->id.flags |= NODE_REMOTE;
	if (class == MOUNT_PSEUDO)
		p->id.flags |= NODE_PSEUDO;
	return 0;
}

int place_new(const struct place_config *config, const struct nsv_container *c,
	      struct place **ret_place, struct nsv_error *e)
{
	struct nsv_target *target = NULL;
	struct place *p;
	int r = nsv_target_open_pid(c->pid, c->mntns, &target, e);

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
	p->since = seconds();
	p->load = config->load;
	atomic_store(&p->refs, 1);
	atomic_store(&p->root, NSV_FD_NONE);
	atomic_store(&p->pidfd, NSV_FD_NONE);
	atomic_store(&p->wake, NSV_FD_NONE);
	p->uids.identity = p->gids.identity = true;
	mounts_init(&p->mounts);
	r = take_target(p, target, config->owner);
	nsv_target_free(target);
	if (r == 0)
		r = take_strings(p, c);
	if (r == 0)
		r = take_root(p);
	if (r < 0) {
		place_put(p);
		return nsv_error_set(e, -r, NSV_STAGE_ROOT, "%s", strerror(-r));
	}
	*ret_place = p;
	return 0;
}

/* ---- opening ---- */

/* By the daemon itself if it may: that is faster. */
int place_open_at(struct place *p, int dirfd, const char *path, int flags)
{
	struct owner_ns *owner = atomic_load(&p->owner);
	int fd = open_beneath(dirfd, path, flags);
	int theirs;

	if (fd != -EACCES && fd != -EPERM)
		return fd;
	theirs = owner_open(owner, dirfd, path, flags);
	if (theirs >= 0 || fd == -EACCES)
		return theirs;
	/* O_NOATIME is for owners and CAP_FOWNER. */
	return open_beneath(dirfd, path, flags & ~O_NOATIME);
}

int place_can_open(void)
{
	nsv_autofd int fd = open_beneath(AT_FDCWD, "/", O_PATH | O_DIRECTORY);

	return fd < 0 ? fd : 0;
}

/* Longer than PATH_MAX: in pieces, from the top. */
static int open_long(struct place *p, int root, const struct node *node, int flags)
{
	size_t size = 0;
	nsv_autofree char *buf = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	char *path;
	int r;

	for (const struct node *n = node; n->kind == NODE_PATH; n = n->parent)
		size += (size_t)n->name_len + 1;
	buf = malloc(size + 2);
	r = buf ? node_path(node, buf, size + 2, &path) : -ENOMEM;
	if (r < 0)
		return r;
	for (;;) {
		char *cut = path + PATH_MAX - 1;
		bool last = strlen(path) < PATH_MAX;
		int next;

		if (!last) {
			while (*cut != '/')
				cut--;
			*cut = '\0';
		}
		next = place_open_at(p, fd >= 0 ? fd : root, path,
				     last ? flags : O_PATH | O_DIRECTORY);
		if (next < 0 || last)
			return next;
		nsv_close(fd);
		fd = next;
		path = cut + 1;
	}
}

/* What was there as a folder or a file and can't be reached by its path is not there any more. */
static int stale(int r)
{
	return r == -ENOENT || r == -ELOOP || r == -ENOTDIR || r == -EXDEV ? -ESTALE : r;
}

int place_look_at(struct owner_ns *owner, int fd, unsigned flags, struct statx *ret)
{
	const int how = AT_SYMLINK_NOFOLLOW | (flags & NODE_REMOTE ? 0 : AT_STATX_DONT_SYNC);

	if (statx(fd, "", AT_EMPTY_PATH | how, STATX_WANTED, ret) == 0)
		return 0;
	return errno == EACCES ? owner_statx(owner, fd, how, ret) : -errno;
}

int place_open(struct place *p, const struct node *node, int flags, struct statx *ret_st)
{
	nsv_autofd int fd = NSV_FD_NONE;
	char buf[PATH_MAX];
	char *path;
	int r = node_path(node, buf, sizeof(buf), &path);

	if (r == 0)
		fd = place_open_at(p, atomic_load(&p->root), path, flags);
	else
		fd = open_long(p, atomic_load(&p->root), node, flags);
	if (fd < 0)
		return stale(fd);
	/* The root from memory: who lists the top is to wait for no server. */
	r = place_look_at(atomic_load(&p->owner), fd, node->kind == NODE_ROOT ? 0 : node->flags,
			  ret_st);
	if (r < 0)
		return r;
	if (ret_st->stx_ino != node->ino || place_dev(ret_st) != node->dev)
		return -ESTALE;
	return nsv_steal_fd(&fd);
}

int place_look_path(struct place *p, const char *path, struct statx *ret)
{
	nsv_autofd int fd = place_open_at(p, atomic_load(&p->root), path, O_PATH);

	return fd < 0 ? fd : place_look_at(atomic_load(&p->owner), fd, 0, ret);
}

/* Sets what follows from a mount that was crossed. */
static int cross(struct place *p, const struct statx *st, uint8_t *flags)
{
	enum mount_class class;
	int r;

	*flags = NODE_MOUNTED;
	if (place_dev(st) == p->own_dev) {
		*flags |= NODE_HIDDEN;
		return 0;
	}
	r = mounts_class(&p->mounts, p->procfs, atomic_load(&p->pid), st->stx_mnt_id, &class);
	if (r < 0)
		return r;
	if (class == MOUNT_VIEW)
		*flags |= NODE_HIDDEN;
	if (class == MOUNT_PSEUDO)
		*flags |= NODE_PSEUDO | (p->options->pseudo ? 0 : NODE_HIDDEN);
	if (class == MOUNT_REMOTE)
		*flags |= NODE_REMOTE | (p->options->remote ? 0 : NODE_HIDDEN);
	return 0;
}

bool place_may_enter(struct place *p, int dirfd)
{
	uint8_t flags = 0;
	struct statx st;

	return place_look_at(atomic_load(&p->owner), dirfd, 0, &st) == 0 &&
	       (st.stx_mnt_id == p->root_mnt || cross(p, &st, &flags) == 0) &&
	       !(flags & NODE_HIDDEN);
}

bool place_excludes(const struct place *p, const struct node *dir, const char *name)
{
	nsv_autofree char *full = NULL;
	char buf[PATH_MAX];
	char *path;

	if (!p->options->n_excludes)
		return false;
	if (node_path(dir, buf, sizeof(buf), &path) < 0)
		path = buf + sizeof(buf) - 1; /* too long for any pattern but that of the name */
	if (asprintf(&full, "%s%s/%s", *path == '.' && !path[1] ? "" : "/",
		     *path == '.' && !path[1] ? "" : path, name) < 0) {
		full = NULL;
		return true;
	}
	return view_options_excluded(p->options, name, full);
}

/* @flags of a node. */
static int look_by_name(struct place *p, int dirfd, const char *name, unsigned flags,
			struct statx *ret)
{
	const int how =
	    AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (flags & NODE_REMOTE ? 0 : AT_STATX_DONT_SYNC);
	struct owner_ns *owner = atomic_load(&p->owner);
	nsv_autofd int fd = NSV_FD_NONE;

	if (statx(dirfd, name, how, STATX_WANTED, ret) == 0)
		return 0;
	if (errno != EACCES)
		return -errno;
	/* What is open is looked at with no permission, mostly. */
	fd = owner_open(owner, dirfd, name, O_PATH);
	return fd < 0 ? fd : place_look_at(owner, fd, flags, ret);
}

int place_look(struct place *p, const struct node *dir, int dirfd, const struct statx *dirst,
	       const char *name, struct found *ret)
{
	struct found found = { .id = { .kind = NODE_PATH,
				       .flags = dir->flags & ~(unsigned)NODE_MOUNTED,
				       .place = p } };
	int r = 0;

	if (place_excludes(p, dir, name))
		return -ENOENT;
	/* From memory first: what answers may be a server behind a mount. */
	r = look_by_name(p, dirfd, name, 0, &found.st);
	if (r < 0)
		return r;
	if (found.st.stx_mnt_id != dirst->stx_mnt_id)
		r = cross(p, &found.st, &found.id.flags);
	if (r < 0)
		return r;
	if ((found.id.flags & (NODE_REMOTE | NODE_HIDDEN)) == NODE_REMOTE)
		r = look_by_name(p, dirfd, name, NODE_REMOTE, &found.st);
	if (r < 0)
		return r;
	found.id.ino = found.st.stx_ino;
	found.id.dev = place_dev(&found.st);
	*ret = found;
	return 0;
}

int place_look_root(struct place *p, struct found *ret)
{
	struct found found = { .id = { .kind = NODE_ROOT, .flags = p->id.flags, .place = p } };
	int r = place_look_at(atomic_load(&p->owner), atomic_load(&p->root), 0, &found.st);

	if (r < 0)
		return r;
	found.id.ino = found.st.stx_ino;
	found.id.dev = place_dev(&found.st);
	*ret = found;
	return 0;
}

/* ---- attributes ---- */

uint32_t place_dev(const struct statx *st)
{
	return st->stx_dev_major << 20 | (st->stx_dev_minor & 0xfffff);
}

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

/* One to one for the inodes of one device. */
uint64_t place_mix(uint32_t dev, uint64_t ino)
{
	uint64_t mixed = mix(ino ^ mix(dev));

	return mixed < 64 ? mixed + 64 : mixed;
}

static uint32_t inside(const struct nsv_idmap *map, uint32_t id)
{
	uint32_t mapped = map->identity ? id : nsv_idmap_to_inside(map, id);

	return mapped == (uint32_t)-1 ? 65534 : mapped;
}

static struct timespec time_of(const struct statx_timestamp *t)
{
	return (struct timespec){ .tv_sec = t->tv_sec, .tv_nsec = t->tv_nsec };
}

void place_stat(const struct place *p, const struct statx *st, unsigned flags, struct stat *ret)
{
	*ret = (struct stat){
		.st_ino = place_mix(place_dev(st), st->stx_ino),
		.st_mode = st->stx_mode,
		.st_nlink = st->stx_nlink,
		.st_uid = inside(&p->uids, st->stx_uid),
		.st_gid = inside(&p->gids, st->stx_gid),
		.st_rdev = makedev(st->stx_rdev_major, st->stx_rdev_minor),
		.st_size = (off_t)st->stx_size,
		.st_blocks = (blkcnt_t)st->stx_blocks,
		.st_blksize = (blksize_t)st->stx_blksize,
		.st_atim = time_of(&st->stx_atime),
		.st_mtim = time_of(&st->stx_mtime),
		.st_ctim = time_of(&st->stx_ctime),
	};
	if (!(flags & NODE_HIDDEN))
		return;
	if (S_ISDIR(ret->st_mode)) {
		ret->st_nlink = 2;
	} else {
		ret->st_size = 0;
		ret->st_blocks = 0;
	}
}
