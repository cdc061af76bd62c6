/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * enter.h - the setns route: a helper process (helper.h) joins the target's mount namespace, opens
 * paths there and passes the fds back.
 *
 * Threads: one call at a time on a struct nsv_entered. Fds that calls return are the caller's.
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

/* The namespace and root that the helper enters. All fds are borrowed. */
struct nsv_entry {
	int mntns;  /* mount namespace, nsfs */
	int userns; /* the user namespace that owns mntns, joined first if setns is EPERM; or none
		     */
	int root;   /* O_PATH of the target's root; none: the namespace's own root */
	int procfs; /* O_PATH of the host's /proc */
	const struct nsv_proc *self; /* the process that /proc/self means; NULL: none */
};

/*
 * Forks the helper and waits, without a time limit, until the helper has entered. Returns an O_PATH
 * fd of the root, or -errno. The calling thread must be the process's only one, and the helper dies
 * with that thread. -EPERM: needs CAP_SYS_ADMIN and CAP_SYS_CHROOT over the namespace, or to own
 * its user namespace.
 */
int nsv_enter(const struct nsv_entry *entry, struct nsv_entered *ret, struct nsv_error *e);

/* Kills and reaps the helper, if there is one. */
void nsv_enter_end(struct nsv_entered *in);

/* Asks the helper. As nsv_confined_call(); -ECONNRESET: the helper has ended. */
int nsv_enter_call(const struct nsv_entered *in, enum nsv_op op, const char *path, unsigned flags,
		   char **ret_text, struct nsv_error *e);

/*
 * Opens @path in this process: the proc route, and the helper's side of the setns route. Returns an
 * fd or -errno. *ret_text (may be NULL) gets the canonical path, malloc'd, of NSV_OP_CANONICAL.
 */
int nsv_confined_call(const struct nsv_confine *c, enum nsv_op op, const char *path, unsigned flags,
		      char **ret_text, struct nsv_error *e);

#endif
