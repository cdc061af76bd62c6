/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container.h - a container in the view.
 *
 * A container holds two fds while it lives: its root (O_PATH) and a pidfd, whose number stays the
 * same; a container in use has a third (coherence.h). Every file is opened from the root by
 * openat2(2) with RESOLVE_IN_ROOT and without following links: the path of a node consists of
 * folders as they were looked up. If a link or a mount has replaced one of them, the open fails.
 *
 * A container may hang (a FUSE server of its own, a dead NFS). So every call that may wait for the
 * container's file systems stands between container_enter() and container_leave(), which count the
 * calls. Above a limit container_enter() fails with EIO at once, so that other containers still
 * get threads. No lock is held in between.
 *
 * container_kill() ends a container: container_enter() then fails, and the last call inside closes
 * the root.
 *
 * Threads: any. Strings and numbers set by container_new() never change; mounts has its own lock;
 * the other members are atomic. Members of top.h are protected by its lock.
 */
#ifndef NSV_FUSE_CONTAINER_H
#define NSV_FUSE_CONTAINER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "fuse/containers/mounts.h"
#include "fuse/containers/node.h"
#include "fuse/options.h"
#include "fuse/owner/owner.h"
#include "fuse/prober/probe.h"
#include "reach/idmap.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include <nsview/discover.h>
#include <nsview/error.h>

struct nsv_opener;
struct prober;
struct watched_container;

struct container {
	_Atomic uint32_t state; /* number of calls inside, and CONTAINER_DEAD */
	struct containers_load *load;
	_Atomic uint32_t refs;
	_Atomic uint32_t waiting; /* readers that wait for a lock on one of its files */
	_Atomic int root;	  /* O_PATH of "/"; NSV_FD_NONE after close_root() */
	_Atomic(struct owner_ns *)
	    owner;	   /* helpers of an ordinary user; lives as long as the root; NULL: none */
	_Atomic int pidfd; /* of the process that represents the container now */
	_Atomic pid_t pid;
	_Atomic uint32_t invalidations; /* counts invalidations of all nodes */
	_Atomic bool moved;		/* a folder with a node was renamed, see tree_move() */
	_Atomic bool used; /* container_enter() was called since mapped.c last cleared this */
	_Atomic int
	    wake; /* borrowed: an eventfd, written when "used" becomes true; or NSV_FD_NONE */
	_Atomic int64_t looked_at; /* of the top: ms, when the root was last looked for */
	_Atomic(struct watched_container *) watched; /* owned, freed by watched_free; may be NULL */
	void (*watched_free)(struct watched_container *c);
	const struct view_options *options;
	int procfs;	       /* borrowed, O_PATH of the host's /proc */
	struct prober *prober; /* borrowed; NULL: this process looks itself */
	uint32_t own_dev;      /* st_dev of the view itself, in makedev of 12 and 20 bits */
	uint64_t serial;       /* never 0, never used again */
	int64_t since;	       /* ms, CLOCK_MONOTONIC */
	uint64_t mntns;	       /* inode number */
	struct node_id id;     /* of the root */
	uint64_t root_mnt;     /* mount ID of the root */
	struct nsv_proc self;
	struct nsv_idmap uids, gids; /* with ids=container */
	struct mounts mounts;
	char *name; /* the name of its folder */
	/* Protected by the lock of top.h. */
	char *engine, *id_text, *engine_name; /* may be NULL */
	bool seen;
	bool unnamed; /* its hostname may not be set yet, so its folder may have a wrong name */
	bool renamed; /* its hostname was set, or its root changed: it leaves the list, and a new
			 container takes its place */
};

#define CONTAINER_DEAD (1u << 31)

/* What opening one may take. */
#define CONTAINER_PIN_MS 10000

/* Threads of the session. */
#define CONTAINERS_MOST 2048

/*
 * Counts the calls into all containers of a view. A container may use at most a quarter of the
 * free threads, so a few hung containers cannot starve the rest.
 */
struct containers_load {
	_Atomic uint32_t inside;
};

/* The result of looking at a name in a folder. */
struct found {
	struct node_id id;
	struct statx st;
	/* Whether the kernel will be notified if the name or its attributes change: enum notified
	 * (coherence.h). */
	unsigned char name_notified, attrs_notified;
	uint32_t invalidations; /* container.invalidations before the look */
};

struct container_config {
	const struct view_options *options;
	int procfs;
	uint32_t own_dev;
	uint64_t serial;
	struct owner *owner;		 /* may be NULL */
	const struct nsv_opener *opener; /* NULL: this process opens containers itself */
	struct prober *prober;		 /* NULL: it looks at processes itself */
	struct containers_load *load;	 /* lives as long as the places; may be NULL */
	struct layers *layers;		 /* the same */
};

/*
 * Opens the container @c. The caller gets one reference, and sets the name. -ESRCH: the container
 * has ended; -ELOOP: its root is in a view; or another -errno. May wait for the container's file
 * systems. Privilege: as nsv_target_open_pid().
 */
int container_new(const struct container_config *config, const struct nsv_container *c,
		  struct container **ret_container, struct nsv_error *e);

/*
 * 0, or -ENOSYS: openat2(2) is missing (before Linux 5.6) or refused by a seccomp(2) filter. Or
 * another -errno.
 */
int container_can_open(void);

void container_get(struct container *p);
void container_put(struct container *p);

/* Whether the process that represents the container lives. */
bool container_alive(const struct container *p);
/* Whether @root, of a process, is on the very mount that is this one's. */
bool container_is_root(const struct container *p, int root);
/* Whether a process of the container was seen to have another root by now: it changed it. */
bool container_has_moved(const struct container *p, const struct probe_look *look);
/* Known for some seconds only: its root may be one of those that it goes through. */
bool container_is_young(const struct container *p);
/*
 * Lets another process of the mount namespace represent the container. @pidfd stays the caller's.
 * 0 or -errno.
 */
int container_follow(struct container *p, pid_t pid, int pidfd);
/*
 * Ends the container. Its pidfd stays open until container_drop_pidfd(), because another thread
 * may wait for it.
 */
void container_kill(struct container *p);
void container_drop_pidfd(struct container *p);

/* 0, -EIO if too many calls are inside, -ESTALE if the container has ended. */
int container_enter(struct container *p);
/*
 * Like container_enter(), for calls that are no use of the container by a user: leaves "used"
 * alone.
 */
int container_enter_unasked(struct container *p);
void container_leave(struct container *p);
/* Whether container_kill() was called. */
bool container_has_ended(const struct container *p);
/* Whether somebody is inside. */
bool container_in_use(const struct container *p);

/* ---- opening.c: between enter and leave ---- */

/*
 * Opens @node (NODE_ROOT or NODE_PATH) with O_CLOEXEC | O_NOFOLLOW and @flags: O_PATH, or O_RDONLY
 * | O_DIRECTORY. Returns an fd, and its attributes in *ret_st. -ESTALE: the path leads to
 * something else by now.
 */
int container_open(struct container *p, const struct node *node, int flags, struct statx *ret_st);

/*
 * Looks at @name in the folder @dirfd, which container_open() opened for @dir with attributes
 * @dirst. 0; -ENOENT, also for excluded names; or another -errno.
 */
int container_look(struct container *p, const struct node *dir, int dirfd,
		   const struct statx *dirst, const char *name, struct found *ret);

/* Attributes of the file at @path (of node_path()), from the kernel's memory: asks no server. */
int container_look_path(struct container *p, const char *path, struct statx *ret);

/*
 * Opens the file at @path below the folder @dirfd, as open_beneath() does. If this process lacks
 * permission, a helper in the container's user namespace opens the file.
 */
int container_open_at(struct container *p, int dirfd, const char *path, int flags);

/* Whether exclude=GLOB hides @name in the folder @dir. Makes no call into the container. */
bool container_excludes(const struct container *p, const struct node *dir, const char *name);

/* Whether a link may lead through the folder @dirfd: false if the view hides the folder. */
bool container_may_enter(struct container *p, int dirfd);

/*
 * Attributes of the open file @fd. The @flags of its node say whether to ask a server. If this
 * process lacks permission, asks the helper @owner (may be NULL).
 */
int container_look_at(struct owner_ns *owner, int fd, unsigned flags, struct statx *ret);

/* Attributes of the container's root, from the kernel's memory: asks no server. */
int container_look_root(struct container *p, struct found *ret);

/* ---- attributes.c ---- */

uint32_t container_dev(const struct statx *st);
/*
 * A stable inode number for (device, inode), never below 64: the view shows many file systems as
 * one.
 */
uint64_t container_mix(uint32_t dev, uint64_t ino);
/* Converts to the attributes that the view shows. @flags are the node's. */
void container_stat(const struct container *p, const struct statx *st, unsigned flags,
		    struct stat *ret);

#endif
