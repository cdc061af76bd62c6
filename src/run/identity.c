/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* identity.c - sets user and groups. No state, no locks; the process has one thread. */
#include "identity.h"

#include <grp.h>
#include <string.h>
#include <unistd.h>

#include <nsview/target.h>

#include "reach/util.h"

/* EPERM: the user namespace forbids it for good (user_namespaces(7)), so the groups stay. */
static int drop_groups(bool must)
{
	return setgroups(0, NULL) < 0 && (must || errno != EPERM) ? -errno : 0;
}

static int set(uint32_t uid, uint32_t gid, bool must, struct nsv_error *e)
{
	int r = drop_groups(must);

	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_ENTER, "groups can't be dropped: %s",
				     strerror(-r));
	if (gid != NSV_ID_UNMAPPED && setresgid(gid, gid, gid) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ENTER, "group %u can't be had: %s",
				     (unsigned)gid, strerror(errno));
	if (uid != NSV_ID_UNMAPPED && setresuid(uid, uid, uid) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ENTER, "user %u can't be had: %s",
				     (unsigned)uid, strerror(errno));
	return 0;
}

int nsv_identity_set(uint32_t uid, uint32_t gid, struct nsv_error *e)
{
	return uid == NSV_ID_UNMAPPED && gid == NSV_ID_UNMAPPED ? 0 : set(uid, gid, true, e);
}

int nsv_identity_root(struct nsv_error *e)
{
	return set(0, 0, false, e);
}
