/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* member.h - one member of a package: its name there, and all that is known of the file. */
#ifndef NSV_COLLECT_MEMBER_H
#define NSV_COLLECT_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "copy/xattr.h"

#define NSV_SHA_LEN 32
#define NSV_SHA_HEX 65

struct nsv_segment {
	uint64_t at, len;
};

struct nsv_entity {
	const char *path;	     /* in the package, no slash at either end */
	mode_t mode;		     /* with the type */
	uint32_t uid, gid;	     /* as the container calls them */
	uint32_t host_uid, host_gid; /* as the host does */
	uint64_t size;		     /* of a regular file, holes included */
	uint64_t ino, nlink;
	uint32_t dev_major, dev_minor, rdev_major, rdev_minor;
	struct timespec atime, mtime, ctime, btime;
	bool has_btime;
	bool own;	     /* made up by the collection: no file stands behind it */
	uint64_t attributes; /* STATX_ATTR_* */
	struct nsv_xattrs xattrs;
	const char *link; /* of a symbolic link */
	const char *hard; /* another name of the member of this path */
	/* Data of a file with holes; NULL and n 0: no holes. */
	const struct nsv_segment *segments;
	size_t n_segments;
	bool sparse;
};

#endif
