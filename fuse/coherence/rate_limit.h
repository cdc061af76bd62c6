/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rate_limit.h - counts events, and decides when their source is paused. A leaky bucket: many
 * events at once are fine, many for long are not. No locks and no clock: the owner has both.
 */
#ifndef NSV_FUSE_RATE_LIMIT_H
#define NSV_FUSE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* Initialize with zeroes. Times are milliseconds of a clock that may wrap. */
struct rate {
	uint32_t level; /* events, minus those that leaked away */
	uint32_t at;	/* the time of level */
	uint32_t until; /* the end of the last pause */
	uint32_t pause; /* the length of the last pause; 0: none */
};

struct rate_limit {
	uint32_t burst;	     /* events tolerated at once */
	uint32_t per_second; /* events tolerated for long */
};

/* So many events are tolerated right after a pause, so that a continuing flood is noticed soon. */
#define RATE_PROBATION(l) ((l)->burst / 10)
#define RATE_PAUSE_MIN	  2000
#define RATE_PAUSE_MAX	  16000

/* Counts one event. True: there are too many. */
bool rate_event(struct rate *h, const struct rate_limit *l, uint32_t now);

/* Whether a pause is near. */
bool rate_is_near(const struct rate *h, const struct rate_limit *l, uint32_t now);

/* Begins a pause; backs off exponentially if the source was paused recently. */
void rate_pause(struct rate *h, const struct rate_limit *l, uint32_t now);

bool rate_pause_is_over(const struct rate *h, uint32_t now);

#endif
