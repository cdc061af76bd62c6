/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pool.h - threads that copy what the walk finds. A bounded queue: when it is full the
 * walker copies too, so memory stays bounded and one thread is enough for all.
 * Lock: one, around the queue; never held while an item is worked at.
 */
#ifndef NSV_COPY_POOL_H
#define NSV_COPY_POOL_H

#include "data.h"
#include "internal.h"
#include "item.h"

struct nsv_pool;

/* @threads with the caller's own; the others start with the first item. */
int nsv_pool_new(struct nsv_copy *c, unsigned threads, unsigned queue, struct nsv_pool **ret);
/* Takes an item that was malloc'd: it is worked at and freed, now or later. */
void nsv_pool_put(struct nsv_pool *p, struct nsv_item *item);
/* Returns when nothing is queued or worked at. */
void nsv_pool_drain(struct nsv_pool *p);
/* Returns when @dir has no user but the caller. */
void nsv_pool_settle(struct nsv_pool *p, struct nsv_dir *dir);
/* The calling thread's own worker. */
struct nsv_worker *nsv_pool_worker(struct nsv_pool *p);
struct nsv_pool *nsv_pool_free(struct nsv_pool *p);

/* file.c: copies it and reports; frees nothing. */
void nsv_item_copy(struct nsv_worker *w, struct nsv_item *item);

#endif
