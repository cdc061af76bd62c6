/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox.h - gives up what the view never needs. A fault in the daemon that is exploited then
 * reads what the daemon may read, and changes, runs and reaches nothing.
 *
 * Three layers, each of which holds alone:
 *   - capabilities: those to read all files, and FUSE's;
 *   - Landlock (landlock.h): no file is written, made, removed or run, however it is opened, and no
 *     other process looked into;
 *   - a filter of system calls (filter.h) that names what is allowed. Missing are those that change
 *     attributes, signal, trace, fork, connect, mount and enter namespaces.
 *
 * What has to be done nevertheless is done by processes that were started before: the opener, the
 * prober, the spawner of an ordinary user's workers, and the one that unmounts (leave.h).
 */
#ifndef NSV_FUSE_SANDBOX_H
#define NSV_FUSE_SANDBOX_H

#include <stdbool.h>

#include <nsview/error.h>

/*
 * For the calling thread and those that it will make: before there are others, after the mount.
 * What has to be written later is opened before. @locks: it may lock files that it reads. 0: all of
 * it. 1: the kernel has no Landlock, or has it turned off. -errno: the kernel without seccomp, or
 * another error.
 */
int sandbox_enter(bool locks, struct nsv_error *e);

#endif
