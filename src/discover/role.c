/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* role.c - to come. */
#include <errno.h>
#include <stdlib.h>

#include <nsview/discover.h>

int nsv_role_of(const struct nsv_scan *scan, pid_t pid, struct nsv_role *ret_role,
		struct nsv_error *e)
{
	(void)scan;
	(void)pid;
	(void)ret_role;
	return nsv_error_set(e, ENOSYS, NSV_STAGE_TARGET, "not yet");
}

void nsv_role_done(struct nsv_role *role)
{
	free(role->pids);
	role->pids = NULL;
	role->n_pids = 0;
}
