/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup_mount.h - finds the folder of a process's cgroup, of either version (cgroups(7)).
 *
 * The path is the kernel's, from the host's /proc; the caller opens it below a mount of the
 * caller's own that is checked to be a cgroup file system. No state; any thread.
 */
#ifndef NSV_REACH_CGROUP_MOUNT_H
#define NSV_REACH_CGROUP_MOUNT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The path in a text of lines "ID:CONTROLLERS:PATH" (/proc/PID/cgroup): of version 2, or of the
 * hierarchy of version 1 that has @controller. malloc'd; NULL: there is none, or no memory.
 */
char *nsv_cgroup_find_path(const char *text, unsigned version, const char *controller);

/* Whether the path leads out of this process's cgroup namespace, "/../other". */
bool nsv_cgroup_climbs(const char *path);

/*
 * Opens (O_PATH) where a mount of that hierarchy has the path. *ret_prefix: bytes of the path that
 * the mount does not have, since its root is a folder of the hierarchy. Returns the fd or -errno:
 * -ENOENT it is not mounted here.
 */
int nsv_cgroup_open_mount(int procfs, unsigned version, const char *controller, const char *path,
			  size_t *ret_prefix);

bool nsv_is_cgroup(int fd, unsigned version);

#endif
