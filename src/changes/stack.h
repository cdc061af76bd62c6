/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stack.h - looks names up in a stack of folders as overlayfs does: the topmost file counts,
 * folders are merged down to an opaque one, a whiteout hides what is below it, a redirect goes on
 * elsewhere.
 */
#ifndef NSV_CHANGES_STACK_H
#define NSV_CHANGES_STACK_H

#include "changes/internal.h"

struct nsv_level {
	int fd; /* O_PATH, owned */
	unsigned layer;
};

/* Starts as zeroes. */
struct nsv_stack {
	struct nsv_level *dirs;
	unsigned n;
};

struct nsv_layered {
	int fd;		       /* O_PATH, of the topmost; none: there is no such file */
	int data;	       /* of a file of which fd has metadata only; else none */
	struct statx st;       /* of fd */
	struct nsv_stack dirs; /* of a folder: it, and those that are merged with it */
};

#define NSV_LAYERED_NONE                               \
	{                                              \
		.fd = NSV_FD_NONE, .data = NSV_FD_NONE \
	}

#define NSV_FACTS (STATX_BASIC_STATS | STATX_MNT_ID)

/*
 * @path: a name; or, with a slash in front, a path from the top of all layers, for which @s does
 * not matter. 0, also if there is none; or -errno: -ENOMEM, -EMFILE, -EPERM (another user's),
 * -EBADMSG (a bad mark), -EXDEV (a mount lies over it).
 */
int nsv_stack_find(const struct nsv_layers *l, const struct nsv_stack *s, const char *path,
		   struct nsv_layered *ret);
/* The tops of the lower layers. */
int nsv_stack_tops(const struct nsv_layers *l, struct nsv_stack *ret);
/* A stack of one folder, of which it takes the fd. */
int nsv_stack_one(int fd_take, struct nsv_stack *ret);
void nsv_stack_free(struct nsv_stack *s);
void nsv_layered_free(struct nsv_layered *f);

static inline bool nsv_is_folder(const struct nsv_layered *f)
{
	return f->fd >= 0 && S_ISDIR(f->st.stx_mode);
}

/* The fd of its content. */
static inline int nsv_data_fd(const struct nsv_layered *f)
{
	return f->data >= 0 ? f->data : f->fd;
}

#endif
