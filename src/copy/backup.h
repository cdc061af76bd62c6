/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * backup.h - gives a file that a copy replaces the name of a backup (nsv_copy_options.backup).
 * Calls return 0 or -errno with @e. No locks: each name of a directory has one thread.
 */
#ifndef NSV_COPY_BACKUP_H
#define NSV_COPY_BACKUP_H

#include "internal.h"

static inline bool nsv_backs_up(const struct nsv_copy *c)
{
	return c->o.backup != NSV_COPY_BACKUP_NONE;
}

/*
 * Whether the backup of @name in @dir can get its name. -EBUSY: a mount point has it, -EISDIR: a
 * directory, -EINVAL: the source itself (@src, may be NULL), -EPERM: a file that can't be replaced.
 */
int nsv_backup_look(const struct nsv_dir *dir, const char *name, const struct stat *src,
		    struct nsv_error *e);

/* Renames @from to the name of @name's backup. */
int nsv_backup_name(const struct nsv_dir *dir, const char *from, const char *name,
		    struct nsv_error *e);

/*
 * Renames the complete new file @tmp to @name, and the file that had the name to its backup. On
 * failure both are as before. -EUCLEAN: the old file has the name @tmp, as a note tells.
 */
int nsv_backup_exchange(struct nsv_dir *dir, const char *tmp, const char *name,
			struct nsv_error *e);

#endif
