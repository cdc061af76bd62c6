/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * internal.h - layers, and the walk over them; private to this room. No locks: one thread.
 *
 * A layer is a folder of the host. A stack is what one folder of the container is made of: the same
 * path in several layers, the topmost first.
 */
#ifndef NSV_CHANGES_INTERNAL_H
#define NSV_CHANGES_INTERNAL_H

#include <sys/stat.h>

#include <nsview/changes.h>

#include "reach/util.h"

#define NSV_LAYERS_MAX 512 /* the kernel has 500 at most (OVL_MAX_STACK) */

/* Which marks the layers have. */
enum nsv_marks {
	NSV_MARKS_NONE,	   /* plain folders */
	NSV_MARKS_TRUSTED, /* trusted.overlay.* */
	NSV_MARKS_USER,	   /* user.overlay.*, mounted with userxattr */
	NSV_MARKS_FUSE,	   /* fuse-overlayfs: .wh.NAME, .wh..wh..opq, and all attributes */
};

struct nsv_layers {
	enum nsv_marks marks;
	bool no_redirect; /* redirects are not followed */
	int upper;	  /* O_PATH; none */
	int lower[NSV_LAYERS_MAX];
	unsigned n, n_data; /* the last n_data of the n have content only (metacopy) */
	/* Only what has an ID in the user namespace of @ids is entered or read; NULL: all. */
	const struct nsv_target *ids;
};

struct nsv_changes {
	struct nsv_target *target; /* the container as it is */
	struct nsv_root *root;
	struct nsv_root *old_root; /* between two containers */
	struct nsv_changes_options o;
	enum nsv_changes_state state;
	char why[256];
	struct nsv_layers layers;
	int old_top, now_top; /* between two containers */
	char *base;	      /* the path that was asked for there; "" is "/" */
	bool fuse_root;	      /* the root is served: it is not touched */
};

/* ---- find.c ---- */

/* Fills state, why and layers. 0 or -ENOMEM, -ESRCH. */
int nsv_changes_find(struct nsv_changes *c);
/* "unknown", and why. */
void nsv_changes_unknown(struct nsv_changes *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
