/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemonize.h - the command returns when the view is mounted, or prints why not.
 *
 *	struct daemonized d = DAEMONIZED_INIT;
 *	r = daemonize_begin(&d);	before there are threads; returns 0 in the daemon
 *	... mount ...
 *	daemonize_ready(&d);		the command exits with 0
 *	or print why not, and daemonize_failed(&d, 1): the command exits with 1
 *
 * The daemon keeps the command's terminal until daemonize_ready(), so it can print messages
 * itself. If the daemon dies before, the command exits with 1. Without daemonize_begin() (option
 * -f) the other calls do nothing.
 *
 * Threads: one; begin forks, so no other thread may exist.
 */
#ifndef NSV_FUSE_DAEMONIZE_H
#define NSV_FUSE_DAEMONIZE_H

struct daemonized {
	int fd;	  /* owned; a pipe to the waiting command */
	int null; /* owned; /dev/null, opened before the sandbox denies opening for writing */
};

#define DAEMONIZED_INIT \
	{               \
		-1, -1  \
	}

/*
 * Forks. Returns only in the daemon; the command waits for the daemon, and exits. -errno: did
 * nothing.
 */
int daemonize_begin(struct daemonized *d);

/* Leaves the terminal and the current folder; the command exits with 0. */
void daemonize_ready(struct daemonized *d);

/* Makes the command exit with @status. The daemon should then exit with the same status. */
void daemonize_failed(struct daemonized *d, int status);

#endif
