/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * path_set.h - a set of paths, of which only hashes under a secret key are kept: 16 bytes a path,
 * whatever its length. A path that is not in it may be found with a chance of one in 2^64. No
 * locks.
 */
#ifndef NSV_COLLECT_PATH_SET_H
#define NSV_COLLECT_PATH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NSV_PATH_SET_MAX ((size_t)4 << 20)

struct nsv_path_set {
	uint64_t *slots;
	size_t n, size;
	unsigned char key[16];
	bool full; /* there were more */
};

/* With the folders on its way. @path without a slash at either end. 0 or -ENOMEM. */
int nsv_path_set_add(struct nsv_path_set *s, const char *path);
bool nsv_path_set_has(const struct nsv_path_set *s, const char *path);
void nsv_path_set_free(struct nsv_path_set *s);

#endif
