/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* names.c - to come. */
#include <errno.h>

#include <nsview/discover.h>

const char *nsv_container_name(const struct nsv_scan *scan, const struct nsv_container *c)
{
	(void)scan;
	return c->engine_name ? c->engine_name : c->hostname;
}

int nsv_scan_find_name(const struct nsv_scan *scan, const char *name,
		       const struct nsv_container **ret_container, struct nsv_error *e)
{
	(void)scan;
	(void)ret_container;
	return nsv_error_set(e, ENOENT, NSV_STAGE_SPEC, "no such container: %s", name);
}

int nsv_resolve_name(const char *name, void *data, pid_t *ret_pid, uint64_t *ret_mntns,
		     struct nsv_error *e)
{
	(void)data;
	(void)ret_pid;
	(void)ret_mntns;
	return nsv_error_set(e, ENOENT, NSV_STAGE_SPEC, "no such container: %s", name);
}
