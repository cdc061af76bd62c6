/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup.h - from a cgroup path to an engine and an ID, by a table with one row
 * for each way in which an engine names its groups.
 */
#ifndef NSV_DISCOVER_CGROUP_H
#define NSV_DISCOVER_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

struct nsv_span { /* a part of the text that was parsed; not terminated */
	const char *text;
	size_t len;
};

struct nsv_cgroup {
	const char *engine;	 /* a literal of the table, or NULL: nothing fits */
	struct nsv_span id;	 /* the engine's ID, or a name where the engine has names only */
	struct nsv_span pod_uid; /* of a Kubernetes pod, as it stands in the path (- or _) */
	bool keeper; /* the group of a monitor (conmon, lxc.monitor, supervisor), not of the
			container */
	bool pod;
};

/*
 * The line of /proc/PID/cgroup that counts: v2's, unless a v1 hierarchy says more (hybrid: the v2
 * line is
 * "/" there). Returns the path within @text.
 */
struct nsv_span nsv_cgroup_path(const char *text);

/* What a path says. */
void nsv_cgroup_match(struct nsv_span path, struct nsv_cgroup *ret);

#endif
