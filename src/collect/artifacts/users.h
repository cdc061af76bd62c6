/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * users.h - the users of a container, by its own /etc/passwd, for variables of artifacts. The
 * container wrote that file: it is read within bounds, and what it says is only looked for within
 * the container. No locks.
 */
#ifndef NSV_COLLECT_USERS_H
#define NSV_COLLECT_USERS_H

#include <stdbool.h>
#include <stddef.h>

#include <nsview/root.h>

struct nsv_user {
	char *name, *uid; /* as patterns: bytes that mean something there are escaped */
	char *home;	  /* likewise, links resolved; NULL: there is no such folder */
	bool first;	  /* of those with this home */
};

#define NSV_USERS_MAX 4096
#define NSV_HOMES_MAX 256

struct nsv_artifact_users {
	struct nsv_user *list;
	size_t n, n_homes;
	const char *trouble; /* why these are not all; NULL: nothing */
};

/* Parses the text of a passwd(5). @root NULL: homes are not looked at. 0 or -ENOMEM. */
int nsv_users_parse(struct nsv_artifact_users *u, struct nsv_root *root, char *text);
/* Without a usable passwd, or with trouble: /root and all in /home besides. 0 or -ENOMEM. */
int nsv_artifact_users_read(struct nsv_artifact_users *u, struct nsv_root *root);
void nsv_artifact_users_free(struct nsv_artifact_users *u);
/* @text with a backslash before what means something in a pattern, malloc'd. */
char *nsv_pattern_escape(const char *text);

#endif
