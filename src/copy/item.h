/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * item.h - one file, link or node of a source (an item): opens it by its true type and says whether
 * the run wants it. Serves copies of trees and of archives.
 */
#ifndef NSV_COPY_ITEM_H
#define NSV_COPY_ITEM_H

#include "data.h"
#include "internal.h"

struct nsv_item {
	struct nsv_dir *dir; /* the item is one of its users */
	unsigned type;	     /* DT_*, a hint */
	bool follow;	     /* follow a link */
	int pathfd;	     /* owned, O_PATH of an argument; NSV_FD_NONE for others */
	char name[];	     /* in dir; for an argument: at the destination */
};

/*
 * Opens a regular file for reading (*ret_file true), a link or node with O_PATH. The type comes
 * from the fd, never from the listing, which may be out of date. If the type keeps changing, the
 * call fails with -ESTALE after a few tries.
 */
int nsv_item_open(const struct nsv_item *it, bool *ret_file, struct stat *ret_st,
		  struct nsv_error *e);

/* Whether the item lies on a mount that is left out; the call counts or reports that. */
bool nsv_item_left_out(const struct nsv_item *it, int fd, const struct stat *st);

/* Whether the run makes a file of this type; else the call counts or reports the item. */
bool nsv_item_wanted(const struct nsv_item *it, mode_t mode);

/* Returns a symbolic link's text, malloc'd; NULL after reporting a failure. */
char *nsv_item_link_text(struct nsv_worker *w, const struct nsv_item *it, int fd);

#endif
