/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox.c - capabilities by libcap-ng, Landlock, then the daemon's filter, which the first two
 * would not pass.
 */
#include "fuse/daemon/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cap-ng.h>

#include "fuse/daemon/filter.h"
#include "fuse/daemon/landlock.h"
#include "reach/util.h"

static const unsigned kept_capabilities[] = {
	CAP_DAC_READ_SEARCH, /* all files, without the right to write them */
	CAP_FOWNER,	     /* O_NOATIME */
	CAP_SYS_ADMIN,	     /* passthrough */
};

static const char *const names[] = {
	/* events */
	"epoll_create1",
	"epoll_ctl",
	"epoll_pwait",
	"epoll_wait",
	"eventfd2",
	"inotify_add_watch",
	"inotify_init1",
	"inotify_rm_watch",
	"signalfd4",
	"timerfd_create",
	"timerfd_settime",
	"timerfd_settime64",
	/* contents of containers, below their roots; see landlock.h for the flags of openat2 */
	"fadvise64",
	"fadvise64_64",
	"fgetxattr",
	"flistxattr",
	"getxattr",
	"lgetxattr",
	"listxattr",
	"llistxattr",
	"openat2",
	/* into the background */
	"chdir",
	"dup2",
	/* requests and answers */
	"dup3",
	"pipe2",
	"preadv",
	"shutdown",
	"splice",
	"tee",
	"vmsplice",
	/* the end of helpers */
	"wait4",
	"waitid",
};

/* fuse.h has them since Linux 6.9. */
#define BACKING_OPEN  _IOW(229, 1, uint32_t[4])
#define BACKING_CLOSE _IOW(229, 2, uint32_t)

static const struct filter_rule rules[] = {
	{ "clone",
	  { { FILTER_CLONE_FLAGS, FILTER_OF_THREAD | FILTER_CLONE_NEW | CLONE_VFORK,
	      FILTER_OF_THREAD } } },
	{ "fcntl", { { 1, FILTER_INT, F_GETPIPE_SZ } } },
	{ "fcntl", { { 1, FILTER_INT, F_SETPIPE_SZ } } },
	{ "fcntl64", { { 1, FILTER_INT, F_GETPIPE_SZ } } },
	{ "fcntl64", { { 1, FILTER_INT, F_SETPIPE_SZ } } },
	{ "ioctl", { { 1, FILTER_INT, BACKING_OPEN } } },
	{ "ioctl", { { 1, FILTER_INT, BACKING_CLOSE } } },
};

/* Locks do not change a file, but others wait for them. */
static const struct filter_rule lock_rules[] = {
	{ "fcntl", { { 1, FILTER_INT, F_OFD_SETLK } } },
	{ "fcntl", { { 1, FILTER_INT, F_OFD_GETLK } } },
	{ "fcntl64", { { 1, FILTER_INT, F_OFD_SETLK } } },
	{ "fcntl64", { { 1, FILTER_INT, F_OFD_GETLK } } },
	{ "flock", { { 1, FILTER_INT, LOCK_SH | LOCK_NB } } },
	{ "flock", { { 1, FILTER_INT, LOCK_UN } } },
};

static int drop_capabilities(void)
{
	bool have[NSV_ARRAY_SIZE(kept_capabilities)], bounds;

	if (geteuid() != 0)
		return 0;
	if (capng_get_caps_process() < 0)
		return -EIO;
	/* Where the bounding set can't be had the rest can: nothing is run later. To try would be
	 * a line in the system's log. */
	bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(kept_capabilities); i++)
		have[i] = capng_have_capability(CAPNG_PERMITTED, kept_capabilities[i]);
	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(kept_capabilities); i++)
		if (have[i] && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
					    kept_capabilities[i]) < 0)
			return -EIO;
	if (bounds && capng_apply(CAPNG_SELECT_BOUNDS) < 0)
		return -EPERM;
	return capng_apply(CAPNG_SELECT_CAPS) < 0 ? -EPERM : 0;
}

int sandbox_enter(bool locks, struct nsv_error *e)
{
	static const struct filter_list list = { names, NSV_ARRAY_SIZE(names), rules,
						 NSV_ARRAY_SIZE(rules) };
	static const struct filter_list locking = { .rules = lock_rules,
						    .n_rules = NSV_ARRAY_SIZE(lock_rules) };
	int r = drop_capabilities();
	int abi;

	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_NONE, "can't drop capabilities: %s",
				     strerror(-r));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_NONE,
				     "can't do without new privileges: %s", strerror(errno));
	abi = landlock_give_up_changes();
	r = filter_load((const struct filter_list *const[]){ &filter_common, &list, &locking },
			locks ? 3 : 2);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_NONE, "can't filter system calls: %s",
				     strerror(-r));
	return abi < 0;
}
