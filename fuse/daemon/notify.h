/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notify.h - tells a service manager that the daemon is ready: sd_notify(3)'s protocol, without its
 * library. Nothing happens where nobody asked for it by $NOTIFY_SOCKET.
 *
 * The socket is connected before the sandbox, and closed as soon as it was used: a datagram socket
 * could send to any other by its path. So the end of the daemon is not announced.
 *
 * Threads: reads the environment.
 */
#ifndef NSV_FUSE_NOTIFY_H
#define NSV_FUSE_NOTIFY_H

/* The manager's socket, which is the caller's; -ENODATA: nobody wants to know; or -errno. */
int notify_connect(void);

/*
 * "READY=1" with the PID of the daemon, which after a fork the manager doesn't know, over
 * @sock, which is closed. 1 when told, 0 for a negative @sock, or -errno.
 */
int notify_ready(int sock);

#endif
