/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* request.h - what the caller of an exec asks for, over the container's settings. */
#ifndef NSV_RUN_INSIDE_REQUEST_H
#define NSV_RUN_INSIDE_REQUEST_H

#include "run/inside/settings.h"
#include <nsview/inside.h>

/*
 * Sets user, groups, environment and working directory as the engine's own exec does (Docker 20.10,
 * Podman 4.3; others as Docker). -ENOENT no such user; -ETIMEDOUT its passwd can't be read.
 */
int nsv_inside_request(struct nsv_inside_settings *s, struct nsv_target *target,
		       const struct nsv_container *c, const struct nsv_inside_options *o,
		       struct nsv_error *e);

#endif
