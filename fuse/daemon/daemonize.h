/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemonize.h - the command returns when the view is there, or says why it is not.
 *
 *	struct daemonized d = DAEMONIZED_INIT;
 *	r = daemonize_begin(&d);	before there are threads; in the daemon this returns 0
 *	... mount ...
 *	daemonize_ready(&d);		the command exits with 0
 *	or print why not, daemonize_failed(&d, 1): the command exits with 1
 *
 * Until it is ready the daemon has the command's terminal, so messages need no way of their own.
 *One that dies before takes the command with it (exit 1). All calls do nothing where none was begun
 *(-f).
 */
#ifndef NSV_FUSE_DAEMONIZE_H
#define NSV_FUSE_DAEMONIZE_H

struct daemonized {
	int fd;	  /* to the command that waits */
	int null; /* opened while files may be opened for writing */
};

#define DAEMONIZED_INIT \
	{               \
		-1, -1  \
	}

/* Forks. Returns in the daemon only: the command waits for it and exits. -errno: nothing was done.
 */
int daemonize_begin(struct daemonized *d);

/* Leaves the terminal and the current folder, and lets the command go. */
void daemonize_ready(struct daemonized *d);

/* The command exits with @status; so should the daemon. */
void daemonize_failed(struct daemonized *d, int status);

#endif
