/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* error.c - fills the caller's struct nsv_error. No state, no locks. */
#include <nsview/error.h>

#include <stdarg.h>
#include <stdio.h>

#include "util.h"

int nsv_error_set(struct nsv_error *e, int err, enum nsv_stage stage, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return -err;
	e->err = err;
	e->stage = stage;
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return -err;
}

const char *nsv_stage_name(enum nsv_stage stage)
{
	static const char *const names[] = {
		[NSV_STAGE_NONE] = "none",     [NSV_STAGE_SPEC] = "spec",
		[NSV_STAGE_TARGET] = "target", [NSV_STAGE_ENTER] = "enter",
		[NSV_STAGE_ROOT] = "root",     [NSV_STAGE_PATH] = "path",
		[NSV_STAGE_READ] = "read",     [NSV_STAGE_WRITE] = "write",
		[NSV_STAGE_META] = "meta",     [NSV_STAGE_EXEC] = "exec",
	};

	if ((size_t)stage >= NSV_ARRAY_SIZE(names))
		return "?";
	return names[stage];
}
