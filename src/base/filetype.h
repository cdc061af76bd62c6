/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filetype.h - the words for types of files in everything that is JSON. No state. */
#ifndef NSV_BASE_FILETYPE_H
#define NSV_BASE_FILETYPE_H

#include <sys/stat.h>

/* @mode with the bits of S_IFMT; others are ignored. A constant. */
static inline const char *nsv_filetype(unsigned mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "symlink";
	case S_IFCHR:
		return "char";
	case S_IFBLK:
		return "block";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	default:
		return "unknown";
	}
}

#endif
