/* SPDX-License-Identifier: GPL-2.0-or-later */
/* changes_setup.h - a temporary folder and the objects that watch it, for tests of changes.h. */
#ifndef NSV_TESTS_CHANGES_SETUP_H
#define NSV_TESTS_CHANGES_SETUP_H

#include "fuse/coherence/changes.h"
#include "news_box.h"

struct changes_setup {
	struct news_box *box;
	struct loop *loop;
	struct deliver *deliver;
	struct changes *changes;
	char dir[32];
	int fd; /* O_PATH */
};

/* Starts watching with at most @max_watches; news goes to the box. */
struct changes_setup setup_begin(size_t max_watches);
void setup_end(struct changes_setup *s);

/* Stops watching; and starts again with another receiver. */
void setup_stop(struct changes_setup *s);
void setup_start(struct changes_setup *s, size_t max_watches, deliver_fn fn, void *data);

int setup_watch(struct changes_setup *s, int fd, uint64_t group, uint64_t dir);

/* Makes or opens a file, and closes it. */
void touch(int dirfd, const char *name);

#endif
