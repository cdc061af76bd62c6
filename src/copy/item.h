/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * item.h - one thing of a source that is no directory: opening it as what it is, and
 * whether it is wanted. Serves the copy of trees and the writing of archives.
 */
#ifndef NSV_COPY_ITEM_H
#define NSV_COPY_ITEM_H

#include "data.h"
#include "internal.h"

struct nsv_item {
	struct nsv_dir *dir; /* one user of it is held */
	unsigned type;	     /* DT_*, a hint */
	bool follow;	     /* a link means what it points to */
	int pathfd;	     /* owned: the thing itself, for an argument; else none */
	char name[];	     /* in dir; for an argument: at the destination */
};

/*
 * Opens it: a regular file for reading (*ret_file true), anything else that is no directory with
 * O_PATH. The kind comes from the fd, never from the listing: it may be another thing by now. It is
 * tried as what it is, a few times; then the tree is moving too fast (-ESTALE).
 */
int nsv_item_open(const struct nsv_item *it, bool *ret_file, struct stat *ret_st,
		  struct nsv_error *e);

/* Whether it lies on a mount that is left out; that has been counted or told. */
bool nsv_item_left_out(const struct nsv_item *it, int fd, const struct stat *st);

/* Whether a thing of this kind is made anew; else that has been counted or reported. */
bool nsv_item_wanted(const struct nsv_item *it, mode_t mode);

/* A symbolic link's text, malloc'd; NULL after a report. */
char *nsv_item_link_text(struct nsv_worker *w, const struct nsv_item *it, int fd);

#endif
