/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sys.h - a /sys that shows the devices of the program's own network namespace. */
#ifndef NSV_RUN_SYS_H
#define NSV_RUN_SYS_H

/*
 * Mounts a fresh read-only sysfs over /sys; what the host has mounted in it (cgroups, tracing)
 * stays where it is. Call in the private mount namespace, after joining the network namespace. 0 or
 * -errno: -EPERM no CAP_SYS_ADMIN over the network namespace.
 */
int nsv_sys_mount(void);

#endif
