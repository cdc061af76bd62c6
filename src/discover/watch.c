/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* watch.c - to come. */
#include <errno.h>

#include <nsview/watch.h>

int nsv_watch_new(unsigned flags, bool existing, unsigned poll_ms, struct nsv_watch **ret_watch,
		  struct nsv_error *e)
{
	(void)flags;
	(void)existing;
	(void)poll_ms;
	(void)ret_watch;
	return nsv_error_set(e, ENOSYS, NSV_STAGE_TARGET, "not yet");
}

struct nsv_watch *nsv_watch_free(struct nsv_watch *watch)
{
	(void)watch;
	return NULL;
}

int nsv_watch_fd(const struct nsv_watch *watch)
{
	(void)watch;
	return -EBADF;
}

bool nsv_watch_has_events(const struct nsv_watch *watch)
{
	(void)watch;
	return false;
}

int nsv_watch_next(struct nsv_watch *watch, int timeout_ms, struct nsv_change *ret_change,
		   struct nsv_error *e)
{
	(void)watch;
	(void)timeout_ms;
	(void)ret_change;
	return nsv_error_set(e, ENOSYS, NSV_STAGE_TARGET, "not yet");
}
