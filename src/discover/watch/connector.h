/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* connector.h - the kernel's process events: one fd that is readable when a process began. */
#ifndef NSV_DISCOVER_CONNECTOR_H
#define NSV_DISCOVER_CONNECTOR_H

#include <stdbool.h>

/*
 * A socket on which new processes and programs are told, non-blocking; or -errno: -EPERM without
 * CAP_NET_ADMIN in the first user namespace, -EOPNOTSUPP where the kernel does not answer (another
 * PID namespace than the first, say).
 */
int nsv_connector_open(void);

/* Reads all that is there. Whether anything happened; lost messages count. */
bool nsv_connector_drain(int fd);

/* Tells the kernel to stop, and closes. */
void nsv_connector_close(int fd);

#endif
