/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* scan.c - to come. */
#include <errno.h>
#include <stddef.h>

#include <nsview/discover.h>

int nsv_scan_new(const struct nsv_scan_options *options, struct nsv_scan **ret_scan,
		 struct nsv_error *e)
{
	(void)options;
	(void)ret_scan;
	return nsv_error_set(e, ENOSYS, NSV_STAGE_TARGET, "not yet");
}

struct nsv_scan *nsv_scan_free(struct nsv_scan *scan)
{
	(void)scan;
	return NULL;
}

size_t nsv_scan_count(const struct nsv_scan *scan)
{
	(void)scan;
	return 0;
}

const struct nsv_container *nsv_scan_get(const struct nsv_scan *scan, size_t i)
{
	(void)scan;
	(void)i;
	return NULL;
}

const struct nsv_container *nsv_scan_find_pid(const struct nsv_scan *scan, pid_t pid)
{
	(void)scan;
	(void)pid;
	return NULL;
}

const struct nsv_container *nsv_scan_find_mntns(const struct nsv_scan *scan, uint64_t mntns)
{
	(void)scan;
	(void)mntns;
	return NULL;
}

size_t nsv_scan_unseen(const struct nsv_scan *scan)
{
	(void)scan;
	return 0;
}
