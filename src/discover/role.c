/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * role.c - says what a host process is to the containers: a table of program names tells shims and
 * engines; any other process with containers among its descendants is an ancestor. A process
 * chooses its own name, so the role is a hint for people and no decision rests on it. No locks.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nsview/discover.h>

#include "discover/cmdline.h"
#include "discover/internal.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/sized.h"
#include "reach/util.h"

#define STEPS_MAX 1024

struct program {
	const char *comm; /* /proc/PID/comm, cut by the kernel after 15 characters; '*': any rest */
	enum nsv_role_kind kind;
};

static const struct program programs[] = {
	{ "containerd-shim*", NSV_ROLE_SHIM },
	{ "docker-containe*", NSV_ROLE_SHIM }, /* docker-containerd-shim */
	{ "conmon", NSV_ROLE_SHIM },
	{ "conmonrs", NSV_ROLE_SHIM },
	{ "lxc-start", NSV_ROLE_SHIM },
	{ "[lxc monitor]*", NSV_ROLE_SHIM },
	{ "systemd-nspawn", NSV_ROLE_SHIM },
	{ "runc*", NSV_ROLE_SHIM },
	{ "crun*", NSV_ROLE_SHIM },
	{ "catatonit", NSV_ROLE_SHIM },
	{ "dockerd*", NSV_ROLE_ENGINE },
	{ "containerd", NSV_ROLE_ENGINE },
	{ "crio", NSV_ROLE_ENGINE },
	{ "podman*", NSV_ROLE_ENGINE },
	{ "buildkitd", NSV_ROLE_ENGINE },
	{ "lxd", NSV_ROLE_ENGINE },
	{ "incusd", NSV_ROLE_ENGINE },
};

static enum nsv_role_kind kind_of_name(const char *name)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(programs); i++) {
		const char *pattern = programs[i].comm;
		size_t len = strlen(pattern);

		if (pattern[len - 1] == '*' ? strncmp(name, pattern, len - 1) == 0
					    : strcmp(name, pattern) == 0)
			return programs[i].kind;
	}
	return NSV_ROLE_NONE;
}

/* Some names are ambiguous: LXD's monitor has the engine's comm and only its command line tells
 * them apart; the old docker-containerd and its shim share one comm. */
static enum nsv_role_kind kind_of_program(int procfs, const char *dir, const char *comm)
{
	char args[512] = "";
	enum nsv_role_kind kind = kind_of_name(comm);
	struct nsv_cmdlines reader = NSV_CMDLINES_INIT(procfs);
	const char *base;
	ssize_t n;

	n = nsv_cmdline_read(&reader, dir, args, sizeof(args) - 1);
	nsv_cmdlines_done(&reader);
	if (n <= 0)
		return kind;
	if (strncmp(args, "[lxc monitor]", strlen("[lxc monitor]")) == 0)
		return NSV_ROLE_SHIM;
	base = strrchr(args, '/');
	if (kind == NSV_ROLE_SHIM && strcmp(base ? base + 1 : args, "docker-containerd") == 0)
		return NSV_ROLE_ENGINE;
	return kind;
}

static bool descends(int procfs, pid_t pid, pid_t from)
{
	for (int i = 0; i < STEPS_MAX && pid > 1; i++) {
		struct nsv_process_stat stat;
		char dir[NSV_PROCESS_DIR];

		(void)snprintf(dir, sizeof(dir), "%d", (int)pid);
		if (nsv_process_stat(procfs, dir, &stat) < 0)
			return false;
		if (stat.ppid == from)
			return true;
		pid = stat.ppid;
	}
	return false;
}

static int find_below(const struct nsv_scan *scan, pid_t pid, struct nsv_role *role)
{
	role->pids = calloc(scan->n + 1, sizeof(*role->pids));
	if (!role->pids)
		return -ENOMEM;
	for (size_t i = 0; i < scan->n; i++) {
		const struct nsv_container *c = &scan->containers[i];

		if (c->kind == NSV_KIND_CONTAINER && descends(scan->procfs, c->pid, pid))
			role->pids[role->n_pids++] = c->pid;
	}
	return 0;
}

int nsv_role_of(const struct nsv_scan *scan, pid_t pid, struct nsv_role *ret_role,
		struct nsv_error *e)
{
	struct nsv_process_ids ids = { 0 };
	struct nsv_process_stat stat;
	const struct nsv_container *c;
	struct nsv_role role = { 0 };
	char dir[NSV_PROCESS_DIR];
	int r;

	if (!nsv_sized_is_set(ret_role))
		return nsv_error_set(e, EINVAL, NSV_STAGE_TARGET, "the role's size is not set");
	(void)snprintf(dir, sizeof(dir), "%d", (int)pid);
	if (pid > 0 && nsv_process_ids(scan->procfs, dir, NULL, &ids) == 0 && ids.tgid > 0) {
		pid = ids.tgid; /* the caller may have given a thread ID */
		(void)snprintf(dir, sizeof(dir), "%d", (int)pid);
	}
	r = pid > 0 ? nsv_process_stat(scan->procfs, dir, &stat) : -ESRCH;
	if (r < 0)
		return nsv_error_set(e, nsv_process_gone(r) ? ESRCH : -r, NSV_STAGE_TARGET,
				     "no process %d", (int)pid);
	(void)snprintf(role.comm, sizeof(role.comm), "%s", stat.comm);
	c = nsv_scan_find_pid(scan, pid);
	if (pid != 1 && !stat.kthread && !(c && c->kind == NSV_KIND_CONTAINER)) {
		r = find_below(scan, pid, &role);
		if (r < 0)
			return nsv_error_set(e, -r, NSV_STAGE_TARGET, "no memory");
		role.kind = kind_of_program(scan->procfs, dir, role.comm);
		if (role.kind == NSV_ROLE_NONE && role.n_pids)
			role.kind = NSV_ROLE_ANCESTOR;
	}
	return nsv_sized_give(ret_role, &role, sizeof(role));
}

void nsv_role_done(struct nsv_role *role)
{
	free(role->pids);
	role->pids = NULL;
	role->n_pids = 0;
}
