/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notify.h - tells a service manager what a daemon is at: sd_notify(3)'s protocol, without its
 * library. Nothing happens where nobody asked for it by $NOTIFY_SOCKET.
 *
 * Threads: reads the environment; the text goes in one datagram, so any may call.
 */
#ifndef NSV_FUSE_NOTIFY_H
#define NSV_FUSE_NOTIFY_H

/* @state: lines such as "READY=1". 1 when told, 0 when nobody wants to know, or -errno. */
int notify_manager(const char *state);

/* "READY=1" with the PID of the daemon, which after a fork the manager doesn't know. */
int notify_ready(void);

int notify_stopping(void);

#endif
