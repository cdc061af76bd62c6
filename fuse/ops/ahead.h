/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ahead.h - what a listing brings along, so that no request is needed for each file: attributes,
 * and the knowledge that a file has no ACL.
 *
 * Both cost time and memory, and a reader of names needs neither. So a container whose files are
 * asked for one by one (find, or ls -l behind the entries that came with attributes) earns credit:
 * each such request pays for some entries of later listings. The credit is bounded, and so is the
 * work in vain. The first entries of a folder always come with attributes.
 *
 * That a file has no ACL is remembered as long as nothing that changes was told to the kernel, of
 * any file; the kernel keeps its own copy no shorter than that.
 *
 * Threads: any; no locks.
 */
#ifndef NSV_FUSE_AHEAD_H
#define NSV_FUSE_AHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "fuse/view.h"

#define AHEAD_ACL "system.posix_acl_access"

/* One file of the container was asked for by a request of its own. */
void ahead_asked_file(struct container *p);
void ahead_asked_acl(struct container *p);

/* Whether the next entry of a listing of @dir comes with attributes. */
bool ahead_pays_file(const struct node *dir);

/*
 * Looks whether the file @node, found as @found in its parent, which is open as @dirfd, has an ACL,
 * if that will be asked. @told: of coherence_told(), before the file was looked at. Call between
 * container_enter() and container_leave().
 */
void ahead_read_acl(const struct view *v, struct node *node, int dirfd, const struct found *found,
		    uint32_t told);

/* True: @node has no ACL. False: that isn't known. */
bool ahead_has_no_acl(const struct view *v, const struct node *node);

#endif
