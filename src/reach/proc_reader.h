/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proc_reader.h - knows which files of proc(5) depend on the process that reads them, and on which
 * of its properties.
 *
 * The content of many files comes from the namespaces of the reader, not from those of the procfs
 * that holds them: a process of the host reads the host's value in a container's
 * /proc/sys/net/core/somaxconn. A file that is not in the table counts as dependent on every
 * namespace that can be joined.
 */
#ifndef NSV_REACH_PROC_READER_H
#define NSV_REACH_PROC_READER_H

#include <sched.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80 /* Linux 5.6, glibc 2.36 */
#endif

/* What of the reader: CLONE_NEW* bits of namespaces that a helper joins, and these. */
enum {
	NSV_READER_ROOT = 1 << 0, /* its root directory: paths of open files */
	NSV_READER_PID = 1 << 1,  /* its PID namespace, which is never joined */
	NSV_READER_SELF = 1 << 2, /* itself: its keyrings */
};

/* The namespaces that a helper joins; no bits of the enum above. */
#define NSV_READER_NAMESPACES                                                       \
	((unsigned)CLONE_NEWNET | (unsigned)CLONE_NEWIPC | (unsigned)CLONE_NEWUTS | \
	 (unsigned)CLONE_NEWTIME | (unsigned)CLONE_NEWCGROUP | (unsigned)CLONE_NEWUSER)

/*
 * On what the content of the file at @path depends. @path is within procfs, without a leading
 * slash: "sys/kernel/hostname", "1/status". 0: all readers get the same.
 */
unsigned nsv_proc_reader(const char *path);

/* The same for what is there and for its attributes: only sysctls differ. */
unsigned nsv_proc_reader_of_name(const char *path);

/*
 * What of @depends differs between this process and the one with the open directory @procdir, whose
 * procfs is @procfs. NSV_READER_SELF always does.
 */
unsigned nsv_proc_differs(int procfs, int procdir, unsigned depends);

/*
 * From the path that a process sees (@procdir, its directory of /proc; @path, absolute and without
 * links) to the one within the file system that is mounted there, without a leading slash. @fd is
 * open on the file or one that lies on the same mount. malloc'd. -ENOENT: that mount is not in the
 * process's table, or none of @path's; or another -errno.
 */
int nsv_proc_path(int procdir, int fd, const char *path, char **ret);

/* What to say of a file that can't be read as another process reads it: no newline, no name. */
const char *nsv_proc_reader_why(unsigned depends);

#endif
