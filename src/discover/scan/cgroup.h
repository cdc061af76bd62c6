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
	struct nsv_span id;	 /* the engine's ID, or a name where the engine has names only; may
				    be there without an engine: 64 hex digits say no more */
	struct nsv_span pod_uid; /* of a Kubernetes pod, as it stands in the path (- or _) */
	bool monitor; /* the group of a monitor (conmon, lxc.monitor, supervisor), not of the
			container: engine is set, id is not */
	bool pod;
	bool escaped; /* id has \xNN in it, as systemd writes: nsv_cgroup_unescape() */
};

/*
 * The line of /proc/PID/cgroup that counts: the one that tells of an engine, v2's first; else v2's,
 * unless it is "/" and that of name=systemd is not (hybrid). Returns the path within @text, an
 * empty span without any.
 */
struct nsv_span nsv_cgroup_path(const char *text);

/* What a path says. */
void nsv_cgroup_match(struct nsv_span path, struct nsv_cgroup *ret);

/* Decodes systemd's \xNN of @in to @out (@in.len + 1 bytes), terminated; the length. */
size_t nsv_cgroup_unescape(struct nsv_span in, char *out);

#endif
