/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nsfile.h - opens namespace files (namespaces(7)): /proc/PID/ns/NAME, or a bind mount of one. */
#ifndef NSV_REACH_NSFILE_H
#define NSV_REACH_NSFILE_H

#include <nsview/error.h>

/* CLONE_NEWTIME of sched.h has other uses there, and older headers lack it. */
#define NSV_CLONE_NEWTIME 0x00000080

/*
 * Opens a namespace file of @type, a CLONE_NEW flag; @path may be relative to the working
 * directory,
 * @procfs is the host's /proc. Returns the fd, the caller's, or -errno with NSV_STAGE_SPEC: -EINVAL
 * no namespace file, or of another type. A FIFO or a device at the path is not opened.
 */
int nsv_nsfile_open(int procfs, const char *path, int type, struct nsv_error *e);

#endif
