/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * users.h - what a user's name means in a container, by the container's own passwd(5) and group(5),
 * as engines look it up. No name service is asked: its modules would be the container's or the
 * host's.
 */
#ifndef NSV_RUN_INSIDE_USERS_H
#define NSV_RUN_INSIDE_USERS_H

#include "run/inside/settings.h"

#define NSV_USERS_FILE_MAX ((size_t)1 << 20) /* bytes; a longer file is not read at all */
#define NSV_USERS_SECONDS  10		     /* for both files */

/* The texts of both files; NULL: there is none, or it is no regular file of a usual length. */
struct nsv_users {
	char *passwd, *group;
};

/*
 * Reads both, in a child process, since a container's file system may hang: -ETIMEDOUT. -ENOMEM,
 * -ESRCH. The caller clears *ret.
 */
int nsv_users_read(struct nsv_target *target, struct nsv_users *ret, struct nsv_error *e);
void nsv_users_clear(struct nsv_users *u);

/*
 * Sets user, group and groups of @s from @text, "USER[:GROUP]", names or numbers. As engines have
 * it: a number need not be listed; then the group is 0. With GROUP the user's other groups don't
 * count. -ENOENT: no such user or group; -EINVAL; -E2BIG; -ENOMEM.
 */
int nsv_users_apply(const struct nsv_users *u, const char *text, struct nsv_inside_settings *s,
		    struct nsv_error *e);

/* The home of @uid, malloc'd: "/" if it is not listed. NULL: no memory. */
char *nsv_users_home(const struct nsv_users *u, uint32_t uid);

#endif
