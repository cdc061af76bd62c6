/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rate_limit.h - counts events of something, and decides when it is paused for a while. A
 * bucket that leaks: much at once is fine, much for long is not. No locks, no clock:
 * the owner has both.
 */
#ifndef NSV_FUSE_RATE_LIMIT_H
#define NSV_FUSE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* Starts as zeroes. Times are ms of a clock that may wrap. */
struct rate {
	uint32_t level; /* events, those that leaked away taken off */
	uint32_t at;	/* when that was */
	uint32_t until; /* the end of the last pause */
	uint32_t pause; /* its length; 0: there was none */
};

struct rate_limit {
	uint32_t burst;	     /* events at once */
	uint32_t per_second; /* for long */
};

/* After a pause that many events are taken before the next: a flood is noticed anew. */
#define RATE_PROBATION(l) ((l)->burst / 10)
#define RATE_PAUSE_MIN	  2000
#define RATE_PAUSE_MAX	  16000

/* One event. True: there are too many. */
bool rate_event(struct rate *h, const struct rate_limit *l, uint32_t now);

/* Many came lately: a pause is near. */
bool rate_is_near(const struct rate *h, const struct rate_limit *l, uint32_t now);

/* Pauses it; backs off exponentially if it was paused recently. */
void rate_pause(struct rate *h, const struct rate_limit *l, uint32_t now);

bool rate_pause_is_over(const struct rate *h, uint32_t now);

#endif
