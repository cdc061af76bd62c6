/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* namespaces.h - opens the namespaces that a program is to join, and joins them. */
#ifndef NSV_RUN_NAMESPACES_H
#define NSV_RUN_NAMESPACES_H

#include <stdbool.h>

#include <nsview/run.h>

#define NSV_RUN_KINDS ((size_t)NSV_RUN_NS_USER + 1)

struct nsv_namespaces {
	int fd[NSV_RUN_KINDS]; /* none: the caller's own is kept */
	bool new_net;	       /* NSV_RUN_FROM_EMPTY */
};

/*
 * Opens what @wanted names, without those in which the caller is already: setns(2) refuses some of
 * these. 0, and *ret is the caller's to close; or -errno with @e.
 */
int nsv_namespaces_open(const struct nsv_target *t,
			const struct nsv_run_namespace wanted[NSV_RUN_KINDS],
			struct nsv_namespaces *ret, struct nsv_error *e);
void nsv_namespaces_close(struct nsv_namespaces *ns);

/* Joins one kind, if it is to be joined. 0 or -errno with @e. */
int nsv_namespaces_join(const struct nsv_namespaces *ns, enum nsv_run_kind kind,
			struct nsv_error *e);

/* Whether the program gets another network than the caller's. */
bool nsv_namespaces_other_net(const struct nsv_namespaces *ns);

#endif
