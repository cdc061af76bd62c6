/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* listings.h - what is written of each file beside its bytes: files.jsonl, mtree, bodyfile,
 * timeline. */
#ifndef NSV_COLLECT_LISTINGS_H
#define NSV_COLLECT_LISTINGS_H

#include "collect/body.h"

void nsv_listings_begin(struct nsv_collection *c);
/* @hex: the hash of its bytes, of a regular file that is whole; else NULL. */
void nsv_list_member(struct nsv_collection *c, const struct nsv_entity *m, const char *hex,
		     const struct nsv_taken *taken);
/* A moment that belongs to no file: a process's start, say. */
void nsv_list_moment(struct nsv_collection *c, struct timespec when, const char *desc,
		     const char *type, const char *message, int64_t pid);

#endif
