/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox.h - gives up what the view never needs, so that whoever takes the daemon over by a fault
 * in it has little: it reads everything, and changes nothing.
 *
 * Kept are the capabilities to look into other processes' roots and namespaces, to read all files,
 * and for FUSE. Refused with EPERM is every system call that changes a file, a name or attributes
 * of one (also opening for writing), that runs a program, that reaches a network, or that changes
 * the machine. New privileges can't be had.
 */
#ifndef NSV_FUSE_SANDBOX_H
#define NSV_FUSE_SANDBOX_H

#include <nsview/error.h>

/*
 * For the calling thread and those that it will make: before there are others, after the mount.
 * What has to be written later is opened before. The kernel without seccomp is an error.
 */
int sandbox_enter(struct nsv_error *e);

#endif
