/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* creds.c - see creds.h. No locks: each thread has credentials of its own. */
#include "creds.h"

#include <string.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

static bool get_caps(struct __user_cap_data_struct *ret)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	memset(ret, 0, sizeof(*ret) * _LINUX_CAPABILITY_U32S_3);
	return syscall(SYS_capget, &head, ret) == 0;
}

static void set_caps(const struct __user_cap_data_struct *caps)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	(void)syscall(SYS_capset, &head, caps);
}

/* setfsuid(2) away from 0 clears the effective file capabilities; the permitted set keeps them. */
static void raise_capabilities(void)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (!get_caps(data))
		return;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(data); i++)
		data[i].effective = data[i].permitted;
	set_caps(data);
}

bool nsv_creds_own_any(void)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	return get_caps(data) &&
	       (data[CAP_TO_INDEX(CAP_FOWNER)].effective & CAP_TO_MASK(CAP_FOWNER)) != 0;
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
	before.caps_known = get_caps(before.caps);
	before.gid = (gid_t)setfsgid(gid);
	before.uid = (uid_t)setfsuid(uid);
	before.taken = true;
	raise_capabilities();
	return before;
}

void nsv_creds_back(const struct nsv_creds *before)
{
	if (!before->taken)
		return;
	(void)setfsuid(before->uid);
	(void)setfsgid(before->gid);
	if (before->caps_known)
		set_caps(before->caps);
}
