/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * node.h - a node: a path in the view.
 *
 * A node is a path, not an inode: a parent, a name, and the identity (device and inode number)
 * found under that path. A node holds no fd. To use a node, open its path from the container's
 * root (the new path, if the container renamed a folder) and compare the identity
 * (container_open()). If the path leads to something else, the answer is ESTALE, and the kernel
 * looks the name up again, which makes a new node of the same name (tree.h).
 */
#ifndef NSV_FUSE_NODE_H
#define NSV_FUSE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct container;

enum node_kind {
	NODE_TOP,   /* the mount point */
	NODE_BY_ID, /* .by-id; the next two are .by-name and .by-pid */
	NODE_BY_NAME,
	NODE_BY_PID,
	NODE_LINK, /* a link in one of these three */
	NODE_ROOT, /* a container's "/" */
	NODE_PATH, /* anything below a root */
};

enum node_flags {
	NODE_HIDDEN = 1 << 0,  /* a mount that is not shown: an empty folder or an empty file */
	NODE_PSEUDO = 1 << 1,  /* on a kernel file system: sizes are wrong */
	NODE_REMOTE = 1 << 2,  /* on a network or FUSE file system: statx(2) must ask the server */
	NODE_MOUNTED = 1 << 3, /* the root of a mount, not the file below the mount */
	/* On an overlay that may lie on such a file system: a folder may have no end. */
	NODE_LAYERED = 1 << 4,
	NODE_FLAGS = NODE_HIDDEN | NODE_PSEUDO | NODE_REMOTE | NODE_MOUNTED | NODE_LAYERED,
};

/* The identity of what a name stands for. */
struct node_id {
	uint64_t ino;
	uint32_t dev; /* by nsv_mount_dev(): 12 bits major, 20 bits minor */
	uint8_t kind, flags;
	struct container *container;
};

/* The path from the root to a folder that the container renamed. Never changes. */
struct node_place {
	struct node_place *older;
	char path[];
};

/* The tree's lock protects chain, same, same_link, lookups, children, stale and gone. */
struct node {
	struct node *parent;		/* counted in its "children"; NULL for NODE_TOP */
	struct node *chain;		/* next in the bucket of tree.c */
	struct node *same, **same_link; /* in the bucket of tree_index.c */
	struct container *container; /* of NODE_LINK, NODE_ROOT and below; NODE_ROOT and NODE_LINK
					hold a reference */
	uint64_t ino;
	uint64_t lookups;
	uint32_t dev;
	uint32_t hash;
	uint32_t children;
	_Atomic uint32_t no_acl;	    /* of ahead.h, 0: not known; needs no lock */
	_Atomic(struct node_place *) place; /* NULL: below its parent, by its name */
	_Atomic uint32_t pages;		    /* of pages.h; needs no lock */
	_Atomic uint32_t attrs;		    /* of recheck.h; needs no lock */
	uint8_t kind, flags;
	bool stale;	      /* its name stands for something else by now */
	bool gone;	      /* no longer in the table */
	_Atomic bool watched; /* its end is passed to the hook of tree_set_unwatch() */
	uint8_t name_len;
	char name[];
};

/*
 * The number of folders between a NODE_PATH and its container's root, as the kernel knows them; 0
 * directly below "/". It never changes, whatever the container renames.
 */
unsigned node_depth(const struct node *node);

/* Whether it, or a folder that it lies in, was renamed since the kernel knows it. */
bool node_is_moved(const struct node *node);

/*
 * Writes the present path from the container's root, "a/b/c", or "." for the root itself, to the
 * end of
 * @buf; *ret points to its first byte. -ENAMETOOLONG if @buf is too small.
 */
int node_path(const struct node *node, char *buf, size_t size, char **ret);
/* Bytes that are enough for node_path(). */
size_t node_path_size(const struct node *node);

#endif
