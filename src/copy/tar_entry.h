/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tar_entry.h - converts metadata between struct nsv_meta and libarchive's entries. */
#ifndef NSV_COPY_TAR_ENTRY_H
#define NSV_COPY_TAR_ENTRY_H

#include <archive.h>
#include <archive_entry.h>

#include <locale.h>

#include "meta.h"

/*
 * libarchive converts names between pax's UTF-8 and the thread's locale. In a UTF-8 locale bytes
 * stay bytes, and valid names need no mark. Returns (locale_t)0 if the system has no such locale.
 */
locale_t nsv_names_locale_new(void);
/* Switches the thread to @names; pass the result to nsv_names_locale_back(). */
locale_t nsv_names_locale_use(locale_t names);
void nsv_names_locale_back(locale_t old);

/* Sets the entry's metadata except for names and sizes. */
void nsv_entry_set_meta(struct archive_entry *entry, const struct nsv_meta *m);

/* Reads the entry's metadata; leaves out attributes that the run does not want. 0 or -errno. */
int nsv_entry_get_meta(struct nsv_copy *c, struct archive_entry *entry, struct nsv_meta *ret);

#endif
