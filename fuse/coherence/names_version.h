/* SPDX-License-Identifier: GPL-2.0-or-later */
/* names_version.h - by which a listing is known to be still what a folder holds. No state. */
#ifndef NSV_FUSE_NAMES_VERSION_H
#define NSV_FUSE_NAMES_VERSION_H

#include <stdint.h>

/*
 * Numbers that are others from when a name in a folder may have changed, or come: no number comes
 * twice for one folder. 0: that is not known.
 */
struct names_version {
	uint64_t any, added;
};

#endif
