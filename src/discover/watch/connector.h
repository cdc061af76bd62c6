/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* connector.h - the kernel's process events as an fd that gets readable when a process starts. No
 * locks. */
#ifndef NSV_DISCOVER_CONNECTOR_H
#define NSV_DISCOVER_CONNECTOR_H

#include <stdbool.h>

/*
 * Opens a non-blocking socket that receives an event for each fork(2) and execve(2) on the machine.
 * The fd or -errno: -EPERM without CAP_NET_ADMIN in the initial user namespace, -EOPNOTSUPP where
 * the kernel does not answer (in another PID namespace than the initial one, say).
 */
int nsv_connector_open(void);

/* Reads all waiting events. Returns whether there was one; a lost event counts. */
bool nsv_connector_drain(int fd);

/* Unsubscribes and closes. A negative @fd is fine. */
void nsv_connector_close(int fd);

#endif
