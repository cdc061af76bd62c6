/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* beside.h - the child process that becomes a program beside a container. */
#ifndef NSV_RUN_BESIDE_H
#define NSV_RUN_BESIDE_H

#include <nsview/run.h>

#include "dns.h"
#include "namespaces.h"

/* What the parent has opened and read for the child. Fds are close-on-exec. */
struct nsv_beside {
	const struct nsv_target *target;
	const struct nsv_run_options *options;
	char *const *argv;
	struct nsv_namespaces ns;
	int clone;     /* of the container's mounts, or none */
	bool with_dns; /* @dns is to be laid over the host's */
	struct nsv_dns dns;
	char *of_container; /* its environment, malloc'd, or NULL */
	size_t of_container_len;
};

#define NSV_BESIDE_NONE                              \
	{                                            \
		.clone = -EBADF, .dns = NSV_DNS_NONE \
	}

/* Opens and reads it; *ret keeps its address. 0 or -errno with @e; nsv_beside_clear() in either
 * case. */
int nsv_beside_prepare(const struct nsv_target *t, const struct nsv_run_options *options,
		       char *const argv[], struct nsv_beside *ret, struct nsv_error *e);
void nsv_beside_clear(struct nsv_beside *b);

/*
 * In a forked child: joins, mounts, and executes the program. @parent is the caller's parent, with
 * which the program ends; @keep an fd that stays open till then, close-on-exec. Returns only on
 * failure, -errno with @e.
 */
int nsv_beside_become(const struct nsv_beside *b, pid_t parent, int keep, struct nsv_error *e);

#endif
