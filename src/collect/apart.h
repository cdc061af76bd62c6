/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apart.h - reads files of the container that may never answer: a file system that a server serves
 * (a root of fuse-overlayfs, an overlay or a loop device over such), mounts of namespaces that are
 * in no table of ours. A call into one can hang beyond signals, and a thread that hangs keeps its
 * process from ending.
 *
 * So a helper opens and reads, and sends what it finds (wire.h). A helper that is silent for too
 * long is killed and left behind; what it looked at is "timed out", and another one goes on after
 * that. The bytes of a file are kept in an unlinked temporary file, at most half of what is free
 * there, until all of them came: the archive can't be taken back.
 *
 * Patience shrinks with each item that hangs, so a container with very many of them delays the
 * collection, but can't keep it from ending. No locks: one thread.
 */
#ifndef NSV_COLLECT_APART_H
#define NSV_COLLECT_APART_H

#include "collect/body.h"
#include "collect/far.h"
#include "collect/wire.h"
#include "reach/helper.h"

#define NSV_WHY_TIMED_OUT "timed out"

struct nsv_apart {
	struct nsv_collection *c;
	struct nsv_helper helper;
	int sock;
	/* The message at hand. */
	struct nsv_wire_head head;
	char *buf;
	size_t room;
};

#define NSV_APART_INIT(collection)                                                \
	{                                                                         \
		.c = (collection), .helper = NSV_HELPER_NONE, .sock = NSV_FD_NONE \
	}

struct nsv_apart_plan {
	/* In the helper, which has the fds of the target, and @fd. */
	void (*run)(struct nsv_far *far, void *data);
	void *data;
	int fd;
	struct nsv_resume resume;
	const struct nsv_given_up *given_up;
};

/* Starts the helper. 0 or -errno. */
int nsv_apart_start(struct nsv_apart *a, const struct nsv_apart_plan *plan);
/*
 * The next message that is not for the collection's log: its kind. -ETIMEDOUT: none came;
 * -ECONNRESET: the helper has ended; -ECANCELED: the collection is to end; or another -errno.
 */
int nsv_apart_next(struct nsv_apart *a);
/*
 * Receives the bytes of a file of at most @size. *ret_fd: an unlinked file with them, as long as
 * @size or as the file; what never came is a hole. *ret: whether that is all. 0, or as above, with
 * *ret_fd none if nothing came at all.
 */
int nsv_apart_file(struct nsv_apart *a, uint64_t size, int *ret_fd, struct nsv_taken *ret);
/* Kills the helper, which may remain as long as it hangs. Fine without one. */
void nsv_apart_end(struct nsv_apart *a);

#endif
