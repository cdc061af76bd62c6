/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * minifs.h - a minimal file system to test parts of the view: the regular files of one folder,
 * served by a child process. The child dies with the test and ends the connection, so no reader
 * hangs longer.
 */
#ifndef NSV_TESTS_MINIFS_H
#define NSV_TESTS_MINIFS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "fuse/session/passthrough.h"

/* Shared memory of the test and the child. */
struct minifs_shared {
	atomic_uint opens, reads, releases;
	atomic_uint passed;		   /* opens that were answered with a backing file */
	atomic_uint hung;		   /* reads that wait for minifs_let_go() */
	atomic_uint inodes, inodes_passed; /* at the last open or release */
	atomic_uint value;		   /* for the loop's use */
	atomic_bool active;		   /* passthrough, at the last open */
};

struct minifs {
	char mountpoint[64];
	pid_t pid;
	int let_go; /* a pipe: a read of a file "hang*" waits for a byte, or for the end of file */
	struct minifs_shared *shared;
};

struct minifs_options {
	const char *source;
	off_t min_size;	 /* of passthrough_new() */
	bool drop_admin; /* the daemon gives up CAP_SYS_ADMIN once mounted */
	/* NULL: fuse_session_loop(). Its answer is the child's exit status. */
	int (*loop)(struct fuse_session *se, struct minifs_shared *shared);
};

/* Mounts, or skips the test if mounting is impossible. */
void minifs_start(struct minifs *fs, const struct minifs_options *options);

/* Releases reads of hung files, current and later ones. */
void minifs_let_go(struct minifs *fs);

/* Sends @sig if it isn't 0, waits for the child, unmounts what is left. Returns its wait status. */
int minifs_stop(struct minifs *fs, int sig);

#endif
