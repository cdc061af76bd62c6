/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container.h - a container in the view.
 *
 * It holds two fds: the container's root (O_PATH) and a pidfd, whose number is the same as long as
 * the container lives; one that is looked into has a third (coherence.h). Everything below is
 * opened from the root by openat2(2) with RESOLVE_IN_ROOT and without any link: the path of a node
 * is made of folders as they were looked up, and a link or a mount that has taken the place of one
 * is an error, never followed.
 *
 * A container may hang (a FUSE server of its own, a dead NFS). So every call that may wait for its
 * file systems stands between container_enter() and container_leave(), which count; past a limit
 * the container answers EIO at once, and leaves the threads to others. No lock is held in between.
 *
 * A container that has ended is let go of at once: container_kill() makes container_enter() fail,
 * and the root is closed by whoever is the last inside.
 *
 * Threads: all but the strings and numbers set by container_new() are atomic. Those that the top
 * (top.h) may set later are its own, under its lock.
 */
#ifndef NSV_FUSE_CONTAINER_H
#define NSV_FUSE_CONTAINER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <nsview/discover.h>
#include <nsview/error.h>
#include <nsview/target.h>

#include "fuse/containers/mounts.h"
#include "fuse/containers/node.h"
#include "fuse/options.h"
#include "fuse/owner/owner.h"
#include "reach/idmap.h"
#include "reach/proc.h"
#include "reach/procfs.h"

struct watched_container;

struct container {
	_Atomic uint32_t state; /* calls in flight, and CONTAINER_DEAD */
	struct containers_load *load;
	_Atomic uint32_t refs;
	_Atomic int root;		  /* O_PATH of "/"; none once it was let go */
	_Atomic(struct owner_ns *) owner; /* as long as the root; NULL: nobody to ask */
	_Atomic int pidfd;		  /* of the process by which it is known now */
	_Atomic pid_t pid;
	_Atomic uint32_t invalidations; /* how often all that nodes are known of became uncertain */
	_Atomic bool used; /* somebody entered since this was last looked at, by mapped.h */
	_Atomic int wake;  /* borrowed: the eventfd that is told so, or none */
	_Atomic(struct watched_container *) watched; /* of coherence.h; may be NULL */
	void (*watched_free)(struct watched_container *c);
	const struct view_options *options;
	int procfs;	   /* borrowed, O_PATH of the host's /proc */
	uint32_t own_dev;  /* st_dev of the view itself, in makedev of 12 and 20 bits */
	uint64_t serial;   /* never 0, never used again */
	int64_t since;	   /* ms, CLOCK_MONOTONIC */
	uint64_t mntns;	   /* inode number */
	struct node_id id; /* of the root */
	uint64_t root_mnt; /* mount ID of the root */
	struct nsv_proc self;
	struct nsv_idmap uids, gids; /* with ids=container */
	struct mounts mounts;
	char *name; /* of its folder */
	/* Of the top. */
	char *engine, *id_text, *engine_name; /* may be NULL */
	bool seen;
	bool unnamed; /* its hostname may not be set yet */
	bool renamed; /* now it is, or has another root: it goes, and comes anew */
};

#define CONTAINER_DEAD (1u << 31)

/* Threads of the session. */
#define CONTAINERS_MOST 2048

/*
 * Calls into all containers of a view. Of the threads that are left one container gets a quarter at
 * most, so it takes very many that hang until none is left for others.
 */
struct containers_load {
	_Atomic uint32_t inside;
};

/* What a name in a folder was found to be. */
struct found {
	struct node_id id;
	struct statx st;
	/* Whether a change of what bears this name, and one of its attributes, will be told: enum
	 * notified (coherence.h). */
	unsigned char name_notified, attrs_notified;
	uint32_t invalidations; /* of its container, from before it was looked at */
};

struct container_config {
	const struct view_options *options;
	int procfs;
	uint32_t own_dev;
	uint64_t serial;
	struct owner *owner;	      /* may be NULL */
	struct containers_load *load; /* lives as long as the places; may be NULL */
};

/*
 * Opens the container @c; its name is left to the caller. -ESRCH: it has ended; -ELOOP: its root
 * lies in a view. One reference is the caller's.
 */
int container_new(const struct container_config *config, const struct nsv_container *c,
		  struct container **ret_container, struct nsv_error *e);

/* Whether containers can be reached at all: -ENOSYS before Linux 5.6, or where a filter of
 * seccomp(2) refuses openat2(2). */
int container_can_open(void);

void container_get(struct container *p);
void container_put(struct container *p);

/* Whether the process by which it is known still lives. */
bool container_alive(const struct container *p);
/* Whether a process has its root on the very mount that is this one's. */
bool container_is_root(const struct container *p, const struct nsv_target *target);
/* Whether the process @pid of the container has another root by now: it changed it. */
bool container_has_moved(const struct container *p, pid_t pid);
/* Known for some seconds only: its root may be one of those that it goes through. */
bool container_is_young(const struct container *p);
/* It is known by another process now, of the same mount namespace. */
int container_follow(struct container *p, pid_t pid, int pidfd);
/* It has ended. The pidfd stays until container_drop_pidfd(): others may wait for it. */
void container_kill(struct container *p);
void container_drop_pidfd(struct container *p);

/* 0, -EIO where too many are inside, -ESTALE where it has ended. */
int container_enter(struct container *p);
/* For those who don't come because somebody looks at it: it isn't "used" by that. */
int container_enter_unasked(struct container *p);
void container_leave(struct container *p);
/* Whether somebody is inside. */
bool container_in_use(const struct container *p);

/* ---- opening.c: between enter and leave ---- */

/*
 * Opens what @node (NODE_ROOT or NODE_PATH) names, with O_CLOEXEC | O_NOFOLLOW and @flags: O_PATH,
 * or O_RDONLY | O_DIRECTORY. -ESTALE where that is something else by now. *ret_st gets its
 * attributes.
 */
int container_open(struct container *p, const struct node *node, int flags, struct statx *ret_st);

/*
 * Looks at @name in the folder @dirfd, which container_open() opened for @dir with attributes
 * @dirst. -ENOENT for what is excluded.
 */
int container_look(struct container *p, const struct node *dir, int dirfd,
		   const struct statx *dirst, const char *name, struct found *ret);

/* Attributes of what @path, as node_path() makes it, names now; from memory. */
int container_look_path(struct container *p, const char *path, struct statx *ret);

/*
 * Opens @name in the folder @dirfd, or what is at this path below it, as open_beneath() does, and
 * as the container's user namespace allows.
 */
int container_open_at(struct container *p, int dirfd, const char *path, int flags);

/* Whether exclude=GLOB is about @name in the folder @dir. Asks nobody. */
bool container_excludes(const struct container *p, const struct node *dir, const char *name);

/* Whether links may be followed through the folder @dirfd: not where it is hidden. */
bool container_may_enter(struct container *p, int dirfd);

/* Attributes of what is open, as @flags of its node tell to ask; of @owner (NULL will do) where
 * this process may not. */
int container_look_at(struct owner_ns *owner, int fd, unsigned flags, struct statx *ret);

/* Attributes of the container's root, without asking a server. */
int container_look_root(struct container *p, struct found *ret);

/* ---- attributes.c ---- */

uint32_t container_dev(const struct statx *st);
/* A stable number for (device, inode): the view shows many file systems as one. Never below 64. */
uint64_t container_mix(uint32_t dev, uint64_t ino);
/* As the view shows them. @flags of the node. */
void container_stat(const struct container *p, const struct statx *st, unsigned flags,
		    struct stat *ret);

#endif
