/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* inspect.c - to come. */
#include <errno.h>

#include <nsview/inspect.h>

int nsv_inspect(const struct nsv_target *target, unsigned flags, struct nsv_inspection **ret,
		struct nsv_error *e)
{
	(void)target;
	(void)flags;
	(void)ret;
	return nsv_error_set(e, ENOSYS, NSV_STAGE_TARGET, "not yet");
}

struct nsv_inspection *nsv_inspection_free(struct nsv_inspection *i)
{
	(void)i;
	return NULL;
}

const char *nsv_ns_name(enum nsv_ns_kind kind)
{
	(void)kind;
	return "?";
}
