/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter_outside.c - what opening containers and looking at processes takes. No state, no locks. */
#include "fuse/daemon/filter_outside.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fuse/daemon/filter.h"
#include "reach/util.h"

static const char *const names[] = {
	"alarm",     "capget", "capset",	  "fork",  "pidfd_open",
	"setitimer", "setsid", "set_tid_address", "wait4", "waitid",
};

static const struct filter_rule rules[] = {
	{ "clone", { { FILTER_CLONE_FLAGS, FILTER_NOT_OF_FORK, 0 } } },
	{ "setns", { { 1, FILTER_INT, CLONE_NEWUSER } } },
	{ "setns", { { 1, FILTER_INT, CLONE_NEWUTS } } },
	/* As helper.h hardens. */
	{ "prlimit64", { { 0, FILTER_INT, 0 }, { 1, FILTER_INT, RLIMIT_CORE } } },
	{ "prctl", { { 0, FILTER_INT, PR_SET_DUMPABLE }, { 1, UINTPTR_MAX, 0 } } },
	{ "prctl", { { 0, FILTER_INT, PR_SET_NO_NEW_PRIVS } } },
	{ "prctl", { { 0, FILTER_INT, PR_SET_PDEATHSIG } } },
	{ "prctl", { { 0, FILTER_INT, PR_SET_SECCOMP } } },
};

int filter_outside(void)
{
	static const struct filter_list list = { names, NSV_ARRAY_SIZE(names), rules,
						 NSV_ARRAY_SIZE(rules) };

	return filter_load((const struct filter_list *const[]){ &filter_common, &list }, 2);
}

int filter_outside_apart(void)
{
	return setsid() < 0 ? -errno : filter_outside();
}
