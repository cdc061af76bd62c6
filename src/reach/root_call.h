/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* root_call.h - one request to the route of a root; for the files of this room. */
#ifndef NSV_REACH_ROOT_CALL_H
#define NSV_REACH_ROOT_CALL_H

#include <nsview/root.h>

#include "enter.h"

/*
 * An fd or -errno, @e complete. *ret_text (may be NULL) for NSV_OP_CANONICAL. Any thread; on the
 * setns route one after the other.
 */
int nsv_root_call(struct nsv_root *root, enum nsv_op op, const char *path, unsigned flags,
		  char **ret_text, struct nsv_error *e);

/* O_PATH of its "/", borrowed. */
int nsv_root_fd(const struct nsv_root *root);

/* Where the errno says all, strerror is added: a helper must not load catalogues. Returns @r. */
int nsv_complete(int r, struct nsv_error *e);

#endif
