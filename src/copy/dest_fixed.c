/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dest_fixed.c - says why no other file can get a name: the kernel refuses a rename(2) there, or it
 * would with the container's own rights. No state, no locks.
 */
#include <sys/fsuid.h>

#include "creds.h"
#include "dest_look.h"

const char *nsv_dest_fixed_name(const struct nsv_dir *dir, const struct stat *st)
{
	uid_t own;

	if (dir->append_only)
		return "the folder is append-only";
	if (!dir->sticky)
		return NULL;
	own = (uid_t)setfsuid((uid_t)-1); /* only reads this thread's fsuid */
	if (st->st_uid == own || dir->dst_uid == own ||
	    (nsv_creds_own_any() && nsv_ids_known(dir->s->c, st)))
		return NULL;
	return "the folder is sticky and the file another user's";
}
