/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glob.h - the paths below a root that match a shell pattern, as glob(7) and bash's globstar.
 *
 * Every look-up goes through nsview/root.h, so neither pattern nor links lead out of the root. "*",
 * "?" and "[...]" match within a name; no such character matches a "." at its beginning. A
 * component "**" stands for at most NSV_MATCH_LEVELS folders, without hidden ones, and does not
 * follow links; other components do. At the end "**" is one name at least, a slash wants
 * directories. Components without a wildcard are looked up and not listed, "." and ".." too. A name
 * that was found is never a pattern.
 *
 * Races: a folder that is replaced meanwhile is missing, or found as what it has become.
 * Privilege, and what may block: as nsv_root_open_dir(). One thread.
 */
#ifndef NSV_REACH_GLOB_H
#define NSV_REACH_GLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nsview/error.h>
#include <nsview/root.h>

/* A container's FUSE server may show endless folders, of endless depth, and be slow. */
struct nsv_glob_limits {
	size_t names;  /* that are looked at */
	size_t memory; /* in bytes: of what is found, and of folders yet to be listed */
	int64_t ms;    /* between the first name and the last */
};

#define NSV_GLOB_LIMITS                                                             \
	{                                                                           \
		.names = (size_t)4 << 20, .memory = (size_t)128 << 20, .ms = 300000 \
	}

struct nsv_glob {
	char **list; /* sorted by bytes; the beginning as typed, with or without a slash */
	size_t n, room;
	size_t memory;
	size_t unread;	    /* folders that could not be listed; those that are gone don't count */
	char *first_unread; /* one of them, and its errno */
	int unread_errno;
};

/* Whether @path has a wildcard, so that it is a pattern. */
bool nsv_glob_is_pattern(const char *path);
/*
 * @ret, whose members start as zeroes, gets all matches, maybe none. 0; -E2BIG: a limit is reached,
 * with a message; -ENAMETOOLONG: the pattern has too many components; -ENOMEM. After a failure
 * @ret holds nothing of use, but is to be freed.
 */
int nsv_glob_expand(struct nsv_root *root, const char *pattern,
		    const struct nsv_glob_limits *limits, struct nsv_glob *ret,
		    struct nsv_error *e);
void nsv_glob_free(struct nsv_glob *g);

#endif
