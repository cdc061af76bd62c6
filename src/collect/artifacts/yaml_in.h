/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * yaml_in.h - artifact definitions out of YAML, by libyaml's parser of events: no tree is built,
 * nothing is expanded, and what is not needed is passed over. Any thread.
 */
#ifndef NSV_COLLECT_YAML_IN_H
#define NSV_COLLECT_YAML_IN_H

#include "collect/artifacts/definitions.h"

/*
 * Adds the definitions of one file to @a. -EINVAL: it is no YAML, or not as definitions are: @e has
 * "FILE:LINE: reason"; -E2BIG: more than nsv_artifacts takes; -ENOMEM.
 */
int nsv_yaml_definitions(struct nsv_artifacts *a, const char *file, const void *text, size_t len,
			 struct nsv_error *e);

#endif
