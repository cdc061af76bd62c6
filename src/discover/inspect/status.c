/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status.c - takes users, capabilities and seccomp from /proc/PID/status. No locks. */
#include "discover/inspect/inspector.h"
#include "reach/proc.h"

int nsv_inspect_status(struct nsv_inspector *in)
{
	struct nsv_status s = { .seccomp = -1 };
	struct nsv_inspection *i = &in->i;
	int r = nsv_status_read(in->target->procdir, ".", &s);

	i->seccomp = s.seccomp;
	if (r < 0)
		return nsv_inspect_missing(in, "status", r, NULL);
	i->uid = s.uid;
	i->gid = s.gid;
	i->cap_effective = s.caps[0];
	i->cap_permitted = s.caps[1];
	i->cap_bounding = s.caps[2];
	i->cap_inheritable = s.caps[3];
	i->cap_ambient = s.caps[4];
	i->seccomp_filters = s.seccomp_filters;
	i->no_new_privs = s.no_new_privs;
	return 0;
}
