/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tar_entry.h - metadata between struct nsv_meta and libarchive's entries. */
#ifndef NSV_COPY_TAR_ENTRY_H
#define NSV_COPY_TAR_ENTRY_H

#include <archive.h>
#include <archive_entry.h>

#include "meta.h"

/* Everything but names and sizes. */
void nsv_entry_set_meta(struct archive_entry *entry, const struct nsv_meta *m);

/* The same back; attributes that the run does not want are left out. 0 or -errno. */
int nsv_entry_get_meta(const struct nsv_copy *c, struct archive_entry *entry, struct nsv_meta *ret);

#endif
