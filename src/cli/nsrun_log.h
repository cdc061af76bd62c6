/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsrun_log.h - the line in syslog(3) for each program that nsrun --inside starts. */
#ifndef NSV_CLI_NSRUN_LOG_H
#define NSV_CLI_NSRUN_LOG_H

#include <sys/types.h>

#include <nsview/discover.h>

/*
 * Facility authpriv, priority notice: the caller's user and login user, the container, its main
 * process, @user of -u, the command, escaped and cut where it is long. Without a logger: nothing.
 */
void nsrun_log(const char *spec, const struct nsv_scan *scan, const struct nsv_container *c,
	       pid_t pid, const char *user, char *const argv[]);

#endif
