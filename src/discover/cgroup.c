/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup.c - to come. */
#include "discover/cgroup.h"

struct nsv_span nsv_cgroup_path(const char *text)
{
	return (struct nsv_span){ text, 0 };
}

void nsv_cgroup_match(struct nsv_span path, struct nsv_cgroup *ret)
{
	(void)path;
	*ret = (struct nsv_cgroup){ 0 };
}
