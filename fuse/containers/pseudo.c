/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pseudo.c - asks the table of proc(5) and the namespaces of the container's process. Defends
 * against the host's values being taken for the container's. No state, no locks.
 */
#include "fuse/containers/pseudo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "fuse/prober/prober.h"
#include "reach/proc_reader.h"
#include "reach/procfs.h"
#include "reach/util.h"

bool pseudo_is_alike(const struct node *node, int fd)
{
	const struct container *c = node->container;
	nsv_autofd int procdir = NSV_FD_NONE;
	nsv_autofree char *within = NULL;
	nsv_autofree char *absolute = NULL;
	char buf[PATH_MAX], pid[16];
	char *path;

	if (!nsv_is_procfs(fd))
		return true;
	(void)snprintf(pid, sizeof(pid), "%d", (int)atomic_load(&c->pid));
	procdir = openat(c->procfs, pid, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (procdir < 0 || node_path(node, buf, sizeof(buf), &path) < 0)
		return false;
	if (asprintf(&absolute, "/%s", path) < 0) {
		absolute = NULL;
		return false;
	}
	return nsv_proc_path(procdir, fd, absolute, &within) == 0 &&
	       prober_differs(c->prober, c->procfs, procdir, nsv_proc_reader(within)) == 0;
}
