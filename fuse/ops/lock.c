/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock.c - with locks=container, takes the read locks of readers on the container's own file. A
 * database that is written meanwhile waits, as it does for a reader in the container.
 *
 * Defends against: readers that lock a container out (no write lock, no exclusive flock); a
 * container that never gives a lock back (waiting is asking again and again, without a thread
 * inside of the container, and only so many wait). No locks.
 */
#include "fuse/ops/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "reach/resolve.h"
#include "reach/util.h"

#define WAITING_MOST	 256 /* readers of the whole view */
#define WAITING_MOST_FOR 8   /* of one container */
#define SETTLE_MS	 20
#define ASK_AGAIN_NS	 10000000

/* What is asked for: by fcntl(2), or, with @flock NULL, by flock(2). */
struct asked {
	struct flock *flock;
	int op;
};

/* An open file description for @owner's locks, on which none is held so far. */
static int open_for(struct view *v, struct node *node, uint64_t number, uint64_t owner)
{
	struct owner_ns *helper;
	nsv_autofd int path_fd = NSV_FD_NONE;
	struct statx st;
	int fd;

	path_fd = ops_open(v, node, O_PATH, &st);
	if (path_fd < 0)
		return path_fd;
	helper = atomic_load(&node->container->owner);
	fd = nsv_reopen_through(v->procfs, path_fd, false, NULL, NULL);
	if (fd == -EACCES)
		fd = owner_reopen(helper, path_fd);
	container_leave(node->container);
	return fd < 0 ? fd : held_locks_add(v->locks, number, owner, fd);
}

static int try_once(const struct node *node, int fd, const struct asked *asked)
{
	int r = container_enter(node->container);

	if (r < 0)
		return r;
	if (asked->flock)
		r = fcntl(fd, F_OFD_SETLK, asked->flock) < 0 ? -errno : 0;
	else
		r = flock(fd, asked->op | LOCK_NB) < 0 ? -errno : 0;
	container_leave(node->container);
	return r == -EACCES ? -EAGAIN : r;
}

/* Counts one more that waits. False: too many do. */
static bool wait_begins(struct view *v, struct container *c)
{
	if (atomic_fetch_add(&v->waiting, 1) < WAITING_MOST) {
		if (atomic_fetch_add(&c->waiting, 1) < WAITING_MOST_FOR)
			return true;
		atomic_fetch_sub(&c->waiting, 1);
	}
	atomic_fetch_sub(&v->waiting, 1);
	return false;
}

static void wait_ends(struct view *v, struct container *c)
{
	atomic_fetch_sub(&c->waiting, 1);
	atomic_fetch_sub(&v->waiting, 1);
}

static int wait_for(fuse_req_t req, struct view *v, const struct node *node, int fd,
		    const struct asked *asked)
{
	const struct timespec pause = { .tv_nsec = ASK_AGAIN_NS };
	int r = -EAGAIN;

	if (!wait_begins(v, node->container))
		return -ENOLCK;
	while (r == -EAGAIN) {
		(void)nanosleep(&pause, NULL);
		r = fuse_req_interrupted(req) || fuse_session_exited(v->session)
			? -EINTR
			: try_once(node, fd, asked);
	}
	wait_ends(v, node->container);
	return r;
}

/*
 * What was written before the lock was given back is read after it is held. Names too: a journal
 * that is gone would make sqlite3(1) repair what needs no repair. Where changes never end, a moment
 * has to do.
 */
static void see_what_is_there(struct view *v, const struct node *node, fuse_ino_t ino)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	(void)fuse_lowlevel_notify_inval_inode(v->session, ino, 0, 0);
	for (int i = 0; i < SETTLE_MS && !coherence_is_quiet(v->coherence, node->container); i++)
		(void)nanosleep(&moment, NULL);
}

static int take(fuse_req_t req, fuse_ino_t ino, uint64_t owner, const struct asked *asked,
		bool sleeps)
{
	struct view *v = ops_view(req);
	struct node *node = ops_node(req, ino);
	int fd = held_locks_find(v->locks, ino, owner), r;

	if (fd == -ENOENT)
		fd = ops_is_real(node) ? open_for(v, node, ino, owner) : -EBADF;
	if (fd < 0)
		return fd;
	r = try_once(node, fd, asked);
	if (r == -EAGAIN && sleeps)
		r = wait_for(req, v, node, fd, asked);
	nsv_close(fd);
	if (r == 0)
		see_what_is_there(v, node, ino);
	return r;
}

static int give_back(struct view *v, uint64_t number, uint64_t owner, struct flock *lock)
{
	nsv_autofd int fd = held_locks_find(v->locks, number, owner);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	return fcntl(fd, F_OFD_SETLK, lock) < 0 ? -errno : 0;
}

void ops_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct flock *lock,
	       int sleeps)
{
	const struct asked asked = { .flock = lock };
	struct view *v = ops_view(req);
	int r = 0;

	lock->l_pid = 0; /* OFD locks want that */
	if (lock->l_type == F_WRLCK)
		r = -EBADF;
	else if (lock->l_type == F_RDLCK)
		r = take(req, ino, fi->lock_owner, &asked, sleeps);
	else
		r = give_back(v, ino, fi->lock_owner, lock);
	(void)fuse_reply_err(req, -r);
}

void ops_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct flock *lock)
{
	struct view *v = ops_view(req);
	struct node *node = ops_node(req, ino);
	int fd = held_locks_find(v->locks, ino, fi->lock_owner);
	int r;

	if (fd == -ENOENT)
		fd = ops_is_real(node) ? open_for(v, node, ino, fi->lock_owner) : -EBADF;
	r = fd < 0 ? fd : container_enter(node->container);
	if (r == 0) {
		lock->l_pid = 0;
		r = fcntl(fd, F_OFD_GETLK, lock) < 0 ? -errno : 0;
		container_leave(node->container);
	}
	nsv_close(fd);
	if (r < 0)
		(void)fuse_reply_err(req, -r);
	else
		(void)fuse_reply_lock(req, lock);
}

void ops_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, int op)
{
	const struct asked asked = { .op = op & ~LOCK_NB };
	struct view *v = ops_view(req);
	int r = 0;

	if (asked.op == LOCK_EX)
		r = -EBADF;
	else if (asked.op == LOCK_SH)
		r = take(req, ino, fi->lock_owner, &asked, !(op & LOCK_NB));
	else
		held_locks_drop(v->locks, ino, fi->lock_owner);
	(void)fuse_reply_err(req, -r);
}

/* A process that closes a file gives back its locks on it, whichever of its fds took them. */
void ops_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct view *v = ops_view(req);

	if (v->locks)
		held_locks_drop(v->locks, ino, fi->lock_owner);
	(void)fuse_reply_err(req, v->locks ? 0 : ENOSYS);
}
