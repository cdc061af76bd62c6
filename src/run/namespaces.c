/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * namespaces.c - opens namespaces below the pinned /proc/PID or by their files, and joins them by
 * setns(2). Never the PID and mount namespaces. No state, no locks.
 */
#include "namespaces.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "reach/nsfile.h"
#include "reach/pinned.h"
#include "reach/userns.h"
#include "reach/util.h"

static const struct kind {
	const char *link, *name;
	int type;
} kinds[NSV_RUN_KINDS] = {
	[NSV_RUN_NS_NET] = { "ns/net", "network", CLONE_NEWNET },
	[NSV_RUN_NS_IPC] = { "ns/ipc", "IPC", CLONE_NEWIPC },
	[NSV_RUN_NS_UTS] = { "ns/uts", "UTS", CLONE_NEWUTS },
	[NSV_RUN_NS_TIME] = { "ns/time", "time", NSV_CLONE_NEWTIME },
	[NSV_RUN_NS_CGROUP] = { "ns/cgroup", "cgroup", CLONE_NEWCGROUP },
	[NSV_RUN_NS_USER] = { "ns/user", "user", CLONE_NEWUSER },
};

static int open_of_target(const struct nsv_target *t, const struct kind *k, struct nsv_error *e)
{
	int fd;

	if (t->pid == 0)
		return nsv_error_set(e, EINVAL, NSV_STAGE_TARGET,
				     "a mount namespace without a process does not tell its %s "
				     "namespace: name that by its file",
				     k->name);
	fd = openat(t->procdir, k->link, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && nsv_target_alive(t) < 0)
		return nsv_error_set(e, ESRCH, NSV_STAGE_TARGET, "PID %d has ended", (int)t->pid);
	if (fd < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ENTER,
				     "its %s namespace can't be opened: %s", k->name,
				     strerror(errno));
	return fd;
}

static int open_one(const struct nsv_target *t, const struct kind *k,
		    const struct nsv_run_namespace *wanted, struct nsv_error *e)
{
	nsv_autofd int own = NSV_FD_NONE;
	nsv_autofd int fd = NSV_FD_NONE;
	char link[32];

	if (wanted->from == NSV_RUN_FROM_FILE) {
		struct nsv_error its = NSV_ERROR_INIT;

		fd = nsv_nsfile_open(t->procfs, wanted->file, k->type, &its);
		if (fd < 0)
			return nsv_error_set(e, its.err, its.stage, "%.100s: %.150s", wanted->file,
					     its.msg);
	} else {
		fd = open_of_target(t, k, e);
	}
	if (fd < 0)
		return fd;
	(void)snprintf(link, sizeof(link), "self/%s", k->link);
	own = openat(t->procfs, link, O_RDONLY | O_CLOEXEC);
	if (own >= 0 && nsv_same_ns(own, fd))
		return 0; /* which is no fd: see nsv_namespaces_open() */
	return nsv_steal_fd(&fd);
}

int nsv_namespaces_open(const struct nsv_target *t,
			const struct nsv_run_namespace wanted[NSV_RUN_KINDS],
			struct nsv_namespaces *ret, struct nsv_error *e)
{
	struct nsv_namespaces ns = { .new_net = wanted[NSV_RUN_NS_NET].from == NSV_RUN_FROM_EMPTY };
	int r = 0;

	for (size_t i = 0; i < NSV_RUN_KINDS; i++)
		ns.fd[i] = NSV_FD_NONE;
	for (size_t i = 0; i < NSV_RUN_KINDS && r >= 0; i++) {
		if (wanted[i].from != NSV_RUN_FROM_CONTAINER && wanted[i].from != NSV_RUN_FROM_FILE)
			continue;
		r = open_one(t, &kinds[i], &wanted[i], e);
		ns.fd[i] = r > 0 ? r : NSV_FD_NONE;
	}
	if (r < 0) {
		nsv_namespaces_close(&ns);
		return r;
	}
	*ret = ns;
	return 0;
}

void nsv_namespaces_close(struct nsv_namespaces *ns)
{
	for (size_t i = 0; i < NSV_RUN_KINDS; i++)
		nsv_close_p(&ns->fd[i]);
}

int nsv_namespaces_join(const struct nsv_namespaces *ns, enum nsv_run_kind kind,
			struct nsv_error *e)
{
	const struct kind *k = &kinds[kind];

	if (kind == NSV_RUN_NS_NET && ns->new_net) {
		if (unshare(CLONE_NEWNET) == 0)
			return 0;
		return nsv_error_set(e, errno, NSV_STAGE_ENTER,
				     "a network namespace can't be made: %s", strerror(errno));
	}
	if (ns->fd[kind] < 0 || setns(ns->fd[kind], k->type) == 0)
		return 0;
	if (errno == EPERM)
		return nsv_error_set(e, errno, NSV_STAGE_ENTER,
				     "its %s namespace can't be joined: needs root, or to own its "
				     "user namespace",
				     k->name);
	return nsv_error_set(e, errno, NSV_STAGE_ENTER, "its %s namespace can't be joined: %s",
			     k->name, strerror(errno));
}

bool nsv_namespaces_other_net(const struct nsv_namespaces *ns)
{
	return ns->new_net || ns->fd[NSV_RUN_NS_NET] >= 0;
}
