/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pool.h - threads that copy the items that a walk finds. The queue is bounded: when it is full,
 * the walking thread copies, too, so memory stays bounded and one thread can do the whole run.
 * Lock: one, around the queue; never held while an item is copied.
 */
#ifndef NSV_COPY_POOL_H
#define NSV_COPY_POOL_H

#include "data.h"
#include "internal.h"
#include "item.h"

struct nsv_pool;

/* @threads counts the caller's own; the others start with the first item. */
int nsv_pool_new(struct nsv_copy *c, unsigned threads, unsigned queue, struct nsv_pool **ret);
/* Takes a malloc'd item, which a thread copies and frees, now or later. */
void nsv_pool_put(struct nsv_pool *p, struct nsv_item *item);
/* Returns when no item is left. */
void nsv_pool_drain(struct nsv_pool *p);
/* Returns when the caller is the only user of @dir. */
void nsv_pool_settle(struct nsv_pool *p, struct nsv_dir *dir);
/* The calling thread's own worker. */
struct nsv_worker *nsv_pool_worker(struct nsv_pool *p);
struct nsv_pool *nsv_pool_free(struct nsv_pool *p);

/* file.c: copies an item and reports failures; frees nothing. */
void nsv_item_copy(struct nsv_worker *w, struct nsv_item *item);

#endif
