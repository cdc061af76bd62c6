/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * enter.h - the setns route: a helper process inside the target's mount namespace
 * that opens paths and passes the fds back.
 */
#ifndef NSV_REACH_ENTER_H
#define NSV_REACH_ENTER_H

#include <sys/types.h>

#include <nsview/error.h>

#include "helper.h"
#include "resolve.h"

enum nsv_op {
	NSV_OP_PATH = 1,  /* O_PATH fd */
	NSV_OP_FILE,	  /* readable fd of a regular file */
	NSV_OP_DIR,	  /* readable fd of a directory */
	NSV_OP_CANONICAL, /* O_PATH fd and the link-free path */
};

struct nsv_entered {
	struct nsv_helper helper;
	int sock;
};

/* What the helper is to enter. All fds are borrowed. */
struct nsv_entry {
	int mntns;  /* mount namespace, nsfs */
	int userns; /* its owner, joined first where permission is missing; may be none */
	int root;   /* O_PATH of the target's root, or none: the namespace's own root */
	int procfs; /* O_PATH of the host's /proc */
	const struct nsv_proc *self;
};

/*
 * Forks the helper and waits until it has entered: an O_PATH fd of the root, or -errno. For
 * single-threaded callers, by the thread that will live longest: the helper dies with it.
 */
int nsv_enter(const struct nsv_entry *entry, struct nsv_entered *ret, struct nsv_error *e);

/* Ends the helper and reaps it. None is fine. */
void nsv_enter_end(struct nsv_entered *in);

/* One request. Returns an fd or -errno; *ret_text (may be NULL) for NSV_OP_CANONICAL. */
int nsv_enter_call(const struct nsv_entered *in, enum nsv_op op, const char *path, unsigned flags,
		   char **ret_text, struct nsv_error *e);

/* The same work done in this process: what the helper runs, and the proc route. */
int nsv_confined_call(const struct nsv_confine *c, enum nsv_op op, const char *path, unsigned flags,
		      char **ret_text, struct nsv_error *e);

#endif
