/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * far.h - the helper's side of a collection: a walk in a helper tells the collection what it looks
 * at, and sends what it has found. See apart.h, wire.h.
 *
 * When the collection ends a helper that hangs, the next one walks again and passes over what was
 * taken already, up to and with the path that hung. No locks: a helper has one thread.
 */
#ifndef NSV_COLLECT_FAR_H
#define NSV_COLLECT_FAR_H

#include "collect/internal.h"
#include "copy/links.h"

/* Where a walk goes on: after this path, below the root. */
struct nsv_resume {
	const char *path; /* NULL: from the beginning */
	bool folder;	  /* with all that is in it */
};

/* A file system of which so much hung that no more of it is tried. */
struct nsv_given_up {
	dev_t devs[64];
	unsigned n;
};

struct nsv_far {
	int sock;
	const struct nsv_given_up *given_up; /* NULL: none */
	struct nsv_resume resume;	     /* path NULL: everything is new */
	bool met;			     /* its next component, in the folder at hand */
	struct nsv_links *sent;		     /* files with several names */
	char *buf;			     /* NSV_BUFFER bytes */
};

/* What is looked at next, @path in the package. */
void nsv_far_at(struct nsv_far *f, const char *path, bool folder, dev_t dev);
/* Before anything looks at @name: whether it was taken, or hung. */
bool nsv_far_passes(struct nsv_far *f, const struct nsv_dir *dir, const char *name);
/* Before anything looks at @name: the same; and says that it is looked at, if it is new. */
bool nsv_far_looks(struct nsv_far *f, const struct nsv_dir *dir, const char *name);
/* Whether the files of @dir that come now were taken. */
bool nsv_far_took_files(struct nsv_far *f, const struct nsv_dir *dir);
/* Whether the folder itself was taken, but not all that is in it. */
bool nsv_far_took_folder(struct nsv_far *f, const struct nsv_dir *dir);

bool nsv_far_gave_up(const struct nsv_far *f, dev_t dev);

/* Sends a file; @fd: its bytes, none where it has none. */
void nsv_far_send(struct nsv_far *f, const struct nsv_entity *m, int fd, uint64_t max_size);
void nsv_far_outcome(struct nsv_far *f, const char *kind, const char *name,
		     enum nsv_outcome outcome, const char *reason);
void nsv_far_log(struct nsv_far *f, const char *step, const char *text);
void nsv_far_count(struct nsv_far *f, unsigned what, uint64_t n);
/* @err: an errno, or 0. */
void nsv_far_done(struct nsv_far *f, int err);

#endif
