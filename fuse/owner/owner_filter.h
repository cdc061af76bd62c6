/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner_filter.h - which system calls the helper processes of owner.h may make: those that they
 * need, and all else is refused with EPERM. Files they may change none, by Landlock. For a process
 * with no_new_privs.
 */
#ifndef NSV_FUSE_OWNER_FILTER_H
#define NSV_FUSE_OWNER_FILTER_H

/* 0 or -errno. The worker's comes on top of the spawner's. */
int owner_filter_spawner(void);
int owner_filter_worker(void);

#endif
