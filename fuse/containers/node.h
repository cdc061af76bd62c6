/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * node.h - a path in the view.
 *
 * A node is a path, not an inode: its parent, its name, and the identity (device and inode number)
 * of what was found there. It holds no fd. To use it its path is opened from the container's root
 * and the identity compared (container.h); what is something else by now is ESTALE, and the kernel
 * looks up again, which makes another node of the same name (tree.h).
 */
#ifndef NSV_FUSE_NODE_H
#define NSV_FUSE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct container;

enum node_kind {
	NODE_TOP,   /* the mount point */
	NODE_BY_ID, /* .by-id, .by-name, .by-pid */
	NODE_BY_NAME,
	NODE_BY_PID,
	NODE_LINK, /* a link in one of these */
	NODE_ROOT, /* a container's "/" */
	NODE_PATH, /* anything below */
};

enum node_flags {
	NODE_HIDDEN = 1 << 0, /* a mount that is not shown: an empty folder, or an empty file */
	NODE_PSEUDO = 1 << 1, /* on a kernel file system: sizes lie */
	NODE_REMOTE =
	    1 << 2, /* on a network or FUSE file system: attributes have to be asked for */
	NODE_MOUNTED = 1 << 3, /* what is mounted there, not what lies there */
	NODE_FLAGS = NODE_HIDDEN | NODE_PSEUDO | NODE_REMOTE | NODE_MOUNTED,
};

/* What a name was found to be. */
struct node_id {
	uint64_t ino;
	uint32_t dev; /* as makedev of 12 and 20 bits */
	uint8_t kind, flags;
	struct container *container;
};

struct node {
	struct node *parent;		/* counted; NULL for NODE_TOP */
	struct node *chain;		/* in its bucket */
	struct node *same, **same_link; /* in its bucket of tree_index.h */
	struct container
	    *container; /* of NODE_ROOT and below; counted by NODE_ROOT and NODE_LINK */
	uint64_t ino;
	uint64_t lookups;
	uint32_t dev;
	uint32_t hash;
	uint32_t children;
	_Atomic uint32_t pages; /* of pages.h; without the lock */
	_Atomic uint32_t attrs; /* of recheck.h; without the lock */
	uint8_t kind, flags;
	bool stale;	      /* something else bears its name */
	_Atomic bool watched; /* told to tree_set_unwatch()'s when it goes */
	uint8_t name_len;
	char name[];
};

/* Folders between a NODE_PATH and its container's root: 0 for what lies in "/". */
unsigned node_depth(const struct node *node);

/*
 * The path from the container's root, "a/b/c", "." for the root itself; written to the end of @buf,
 * *ret points to its start. -ENAMETOOLONG where it does not fit.
 */
int node_path(const struct node *node, char *buf, size_t size, char **ret);

#endif
