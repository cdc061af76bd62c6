/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rate_limit.c - a leaky bucket with a millisecond clock that may wrap. No state. */
#include "fuse/coherence/rate_limit.h"

/* The level after leaking until @now. */
static uint32_t level(const struct rate *h, const struct rate_limit *l, uint32_t now)
{
	const uint64_t leaked = (uint64_t)(now - h->at) * l->per_second / 1000;

	return leaked < h->level ? h->level - (uint32_t)leaked : 0;
}

bool rate_event(struct rate *h, const struct rate_limit *l, uint32_t now)
{
	if (now != h->at) {
		h->level = level(h, l, now);
		h->at = now;
	}
	h->level++;
	return h->level > l->burst;
}

bool rate_is_near(const struct rate *h, const struct rate_limit *l, uint32_t now)
{
	const uint32_t warm = l->burst / 4 * 3;

	return h->level > warm && level(h, l, now) > warm;
}

void rate_pause(struct rate *h, const struct rate_limit *l, uint32_t now)
{
	if (!h->pause || now - h->until > 4 * h->pause)
		h->pause = RATE_PAUSE_MIN;
	else if (h->pause < RATE_PAUSE_MAX)
		h->pause *= 2;
	h->until = now + h->pause;
	h->level = l->burst - RATE_PROBATION(l);
	h->at = h->until;
}

bool rate_pause_is_over(const struct rate *h, uint32_t now)
{
	return (int32_t)(now - h->until) >= 0;
}
