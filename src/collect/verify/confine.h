/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * confine.h - what a process that reads a package may do from then on: read what is open, write to
 * its standard streams and its unlinked temporary files, use memory. It opens nothing but what is
 * below one folder, makes no process, no socket, and changes nothing.
 */
#ifndef NSV_COLLECT_CONFINE_H
#define NSV_COLLECT_CONFINE_H

/* @folder: an fd of the folder that may be read, or negative. 0 or -errno; it can't be undone. */
int nsv_confine(int folder);

#endif
