/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * moves.h - folders that were renamed: inotify tells in two events, of the old folder and of the
 * new one, which have one cookie. Private to changes.c, whose lock it is under.
 */
#ifndef NSV_FUSE_MOVES_H
#define NSV_FUSE_MOVES_H

#include <stdint.h>

struct inotify_event;
struct watch_table;

/* @name in the folder of number @from is @to_name in @to now. */
typedef void (*moved_fn)(void *data, uint64_t from, const char *name, uint64_t to,
			 const char *to_name);

struct moves {
	moved_fn fn; /* may be NULL */
	void *data;
	/* The last folder that was moved away. */
	int wd;
	uint32_t cookie;
	char name[256];
};

/* For each event of a folder's IN_MOVED_FROM or IN_MOVED_TO, in their order. */
void moves_event(struct moves *m, const struct watch_table *t, const struct inotify_event *event);

#endif
