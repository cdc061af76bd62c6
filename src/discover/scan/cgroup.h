/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup.h - tells engine, container ID and pod from a cgroup path. Pure functions; no locks.
 */
#ifndef NSV_DISCOVER_CGROUP_H
#define NSV_DISCOVER_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

struct nsv_span { /* a part of the parsed text; not terminated */
	const char *text;
	size_t len;
};

struct nsv_cgroup {
	const char *engine;	 /* a string literal, or NULL: no pattern fits */
	struct nsv_span id;	 /* the engine's ID, or a name where the engine has names only; may
				    be there without an engine: 64 hex digits say no more */
	struct nsv_span pod_uid; /* of a Kubernetes pod, as it stands in the path (- or _) */
	bool monitor; /* the group of a monitor (conmon, lxc.monitor, supervisor), not of the
			container: engine is set, id is not */
	bool pod;
	bool escaped; /* id has \xNN in it, as systemd writes: nsv_cgroup_unescape() */
};

/*
 * Chooses a line of /proc/PID/cgroup (cgroups(7)) and returns its path, a part of @text. A line
 * that names an engine wins, then one with an ID, then v2's line, unless that is "/" and
 * name=systemd's is not (hybrid). An empty span when no line has a path.
 */
struct nsv_span nsv_cgroup_path(const char *text);

/* Matches @path against the patterns. Spans in *ret point into @path. Never fails. */
void nsv_cgroup_match(struct nsv_span path, struct nsv_cgroup *ret);

/* Decodes systemd's \xNN of @in into @out (room for @in.len + 1 bytes), terminated. Returns the
 * length. */
size_t nsv_cgroup_unescape(struct nsv_span in, char *out);

#endif
