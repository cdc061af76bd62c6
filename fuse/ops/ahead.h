/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ahead.h - what a listing brings along, so that no request is needed for each file: attributes,
 * and the knowledge that a file has no ACL. Both cost time and memory, and a reader of names needs
 * neither: readers.h tells which reader does.
 *
 * That a file has no ACL is remembered until the kernel is told of a change of the file or of its
 * folder; the kernel keeps its own copy no shorter than that.
 *
 * Threads: any; no locks.
 */
#ifndef NSV_FUSE_AHEAD_H
#define NSV_FUSE_AHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "fuse/view.h"

#define AHEAD_ACL "system.posix_acl_access"

/* The thread of @req asked for one by this request. */
void ahead_asked(fuse_req_t req, enum reader_wants what);

/* Whether the next entry of a listing of @dir comes with attributes. @what: by the entry's type. */
bool ahead_pays(fuse_req_t req, const struct node *dir, enum reader_wants what);

/*
 * Looks whether the file @node, found as @found in its parent, which is open as @dirfd, has an ACL,
 * if the thread will ask. Call between container_enter() and container_leave().
 */
void ahead_read_acl(fuse_req_t req, struct node *node, int dirfd, const struct found *found);

/* True: @node has no ACL. False: that isn't known. */
bool ahead_has_no_acl(const struct view *v, const struct node *node);

#endif
