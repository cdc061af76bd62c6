/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * monitor.c - finds a container's monitor, the host process that supervises the container: conmon,
 * containerd's shim, LXC's monitor, systemd-nspawn.
 *
 * Defends against: look-alikes, since any user can call a program conmon; and owners of processes
 * that make the reading of their command line hang. No locks: one thread.
 */
#include <stdio.h>
#include <string.h>

#include "discover/hints/hints.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

/* Reads the monitor's command line into h->args. */
static bool monitor_args(struct nsv_hints *h, struct nsv_monitor *m)
{
	char dir[16], path[32];
	uint64_t mntns;
	ssize_t n;

	if (!h->args)
		h->args = malloc(NSV_HINT_ARGS_MAX);
	if (!h->args)
		return false;
	(void)snprintf(dir, sizeof(dir), "%d", m->pid);
	(void)snprintf(path, sizeof(path), "%d/cmdline", m->pid);
	/* A monitor of another user or mount namespace may block its reader (cmdline.h). */
	if (m->uid == 0 && nsv_process_ns(h->scan->procfs, dir, "mnt", &mntns) == 0 &&
	    mntns == h->scan->mntns)
		n = nsv_read_text(h->scan->procfs, path, h->args, NSV_HINT_ARGS_MAX);
	else
		n = nsv_cmdline_read(&h->cmdlines, dir, h->args, NSV_HINT_ARGS_MAX - 1);
	if (n <= 0 || n == NSV_HINT_ARGS_MAX - 1)
		return false;
	if (!nsv_hint_charge(&h->quotas, h->payer, (uint64_t)n))
		return false;
	h->args[n] = '\0';
	m->args_len = (size_t)n;
	return true;
}

static const struct nsv_monitor_kind kinds[] = {
	{ "conmon", false, "podman" },
	{ "containerd-shim", true, "containerd" },
	{ "docker-containerd-shim", true, "docker" },
	{ "lxc-start", false, "lxc" },
	{ "systemd-nspawn", false, "systemd-nspawn" },
};

static bool is_member(const struct nsv_container *c, pid_t pid)
{
	for (size_t i = 0; c->pids && i < c->n_pids && c->pids[i] <= pid; i++)
		if (c->pids[i] == pid)
			return true;
	return false;
}

bool nsv_hint_may_have_monitor(const struct nsv_container *c)
{
	/* A process that made the container by unshare(2) is inside, hence no monitor. */
	return c->ppid > 1 && !is_member(c, c->ppid);
}

/*
 * For an effective UID of 0, all UIDs must be 0 too: any user may have started a set-user-ID
 * program. Other users' status is not read, because its owner can make it arbitrarily long; and a
 * user may let any program act for them.
 */
static bool monitor_uid(const struct nsv_hints *h, pid_t pid, uint32_t *ret_uid)
{
	uint32_t uid;
	char dir[16];

	(void)snprintf(dir, sizeof(dir), "%d", pid);
	if (h->scan->recorded || nsv_process_euid(h->scan->procfs, dir, &uid) < 0 || uid == 0)
		return nsv_hint_uid(h, pid, ret_uid);
	*ret_uid = uid;
	return true;
}

/*
 * Finds the monitor: the lead's parent, if it has a monitor's name, is outside of the container,
 * and belongs to root, the caller or the container's owner. Any user can call a program conmon.
 */
const struct nsv_monitor_kind *
nsv_hint_find_monitor(struct nsv_hints *h, const struct nsv_container *c, struct nsv_monitor *ret)
{
	const struct nsv_monitor_kind *kind = NULL;
	struct nsv_process_stat parent;
	struct nsv_monitor m = { 0 };
	char dir[16];

	*ret = m;
	if (!nsv_hint_may_have_monitor(c))
		return NULL;
	(void)snprintf(dir, sizeof(dir), "%d", c->ppid);
	if (nsv_process_stat(h->scan->procfs, dir, &parent) < 0)
		return NULL;
	m.pid = c->ppid;
	memcpy(m.comm, parent.comm, sizeof(m.comm));
	for (size_t i = 0; i < NSV_ARRAY_SIZE(kinds) && !kind; i++) {
		/* The kernel cuts comm after 15 characters: "containerd-shim" may be longer. */
		if (kinds[i].prefix ? strncmp(m.comm, kinds[i].comm,
					      nsv_min(strlen(kinds[i].comm), (size_t)15)) == 0
				    : strcmp(m.comm, kinds[i].comm) == 0)
			kind = &kinds[i];
	}
	if (!kind || !monitor_uid(h, m.pid, &m.uid) || nsv_scan_find_pid(h->scan, m.pid) == c)
		return NULL;
	if (m.uid != 0 && m.uid != geteuid() && m.uid != h->owner)
		return NULL;
	if (!monitor_args(h, &m))
		return NULL;
	*ret = m;
	return kind;
}
