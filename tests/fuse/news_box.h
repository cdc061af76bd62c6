/* SPDX-License-Identifier: GPL-2.0-or-later */
/* news_box.h - collects delivered news, so that tests can wait for it. */
#ifndef NSV_TESTS_NEWS_BOX_H
#define NSV_TESTS_NEWS_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

struct news_box;

struct news_box *news_box_new(void);
struct news_box *news_box_free(struct news_box *box);

/* The record of the container @group, always the same; owned by the box. */
struct watched_container *news_box_record(struct news_box *box, uint64_t group);

/* A deliver_fn; @data is the box. */
void news_box_take(void *data, struct lane *lane, const struct news *news);

/*
 * Waits for news of this kind for this container and directory, with any bit of @mask (0: any) and
 * this name (NULL: any). False after 10 seconds. Ignores news from before the last
 * news_box_clear().
 */
bool news_box_wait(struct news_box *box, enum news_kind kind, uint64_t group, uint64_t dir,
		   uint32_t mask, const char *name);

/* The same, without waiting. */
bool news_box_has(struct news_box *box, enum news_kind kind, uint64_t group, uint64_t dir,
		  uint32_t mask, const char *name);

void news_box_clear(struct news_box *box);

#endif
