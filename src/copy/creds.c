/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* creds.c - see creds.h. No locks: each thread has credentials of its own. */
#include "creds.h"

#include <sys/fsuid.h>
#include <unistd.h>

#include "internal.h"

bool nsv_creds_own_any(void)
{
	struct nsv_caps caps;

	return nsv_caps_get(&caps) == 0 && (caps.effective & NSV_CAP(CAP_FOWNER));
}

struct nsv_creds nsv_creds_take(const struct nsv_copy *c)
{
	struct nsv_creds before = { .taken = false };
	uint32_t uid, gid;

	if (!c->to)
		return before;
	uid = nsv_target_id_chown(c->to, NSV_ID_USER, 0);
	gid = nsv_target_id_chown(c->to, NSV_ID_GROUP, 0);
	if (uid == NSV_ID_UNMAPPED || gid == NSV_ID_UNMAPPED ||
	    (uid == geteuid() && gid == getegid()))
		return before;
	before.caps_known = nsv_caps_get(&before.caps) == 0;
	before.gid = (gid_t)setfsgid(gid);
	before.uid = (uid_t)setfsuid(uid);
	before.taken = true;
	/* setfsuid(2) away from 0 clears the effective file capabilities; the permitted set keeps
	 * them. */
	(void)nsv_caps_raise();
	return before;
}

void nsv_creds_back(const struct nsv_creds *before)
{
	if (!before->taken)
		return;
	(void)setfsuid(before->uid);
	(void)setfsgid(before->gid);
	if (before->caps_known)
		(void)nsv_caps_set(&before->caps);
}
