/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_outside.h - the filter of the two processes that Landlock would stop: the opener
 * (reach/opener.h) and the prober (prober.h).
 *
 * In place of Landlock openat2(2) is missing: all flags of opening are in sight, and none but
 * reading passes. They may fork, and enter user and UTS namespaces, for hostnames and ID maps.
 */
#ifndef NSV_FUSE_FILTER_OUTSIDE_H
#define NSV_FUSE_FILTER_OUTSIDE_H

/* 0 or -errno. For a process with no_new_privs; what it forks has the filter too. */
int filter_outside(void);

/* The same, in a session (setsid(2)) of its own. */
int filter_outside_apart(void);

#endif
