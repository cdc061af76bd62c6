/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mount_table.h - the table of mounts as the kernel prints it (/proc/PID/mountinfo), read line by
 * line. */
#ifndef NSV_FUSE_MOUNT_TABLE_H
#define NSV_FUSE_MOUNT_TABLE_H

#include <stddef.h>
#include <stdio.h>

struct mount_line {
	unsigned id, parent; /* of the mount */
	unsigned major, minor;
	char *point; /* as it is, not as it is printed */
	char *type;
};

/*
 * Takes a line apart, in place. 0 or -EBADMSG.
 */
int mount_line_parse(char *line, struct mount_line *ret_line);

/* Calls @fn for each line of an open table until it answers other than 0, which is returned; or
 * -errno. */
int mount_table_each(FILE *table, int (*fn)(void *data, const struct mount_line *line), void *data);

/* Whether what is mounted last at @point, in our own namespace, is of this type: 1, 0, or -errno.
 */
int mount_table_has(const char *point, const char *type);

/* Whether it is the one of this device number: 1, 0, or -errno. */
int mount_table_is(const char *point, unsigned major, unsigned minor);

#endif
