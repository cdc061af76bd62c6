/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * clock.h - time in nanoseconds or milliseconds, from CLOCK_MONOTONIC, which setting the date does
 * not move. Header only; async-signal-safe.
 */
#ifndef NSV_BASE_CLOCK_H
#define NSV_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds. CLOCK_MONOTONIC_COARSE costs less, and lags by up to one tick (10 ms). */
static inline int64_t nsv_clock_ns(clockid_t clock)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t nsv_now_ns(void)
{
	return nsv_clock_ns(CLOCK_MONOTONIC);
}

static inline int64_t nsv_now_ms(void)
{
	return nsv_now_ns() / 1000000;
}

/* @ms milliseconds from now, for pthread_cond_timedwait(3) on a condition of nsv_cond_init(). */
static inline struct timespec nsv_in_ms(int64_t ms)
{
	int64_t ns = nsv_now_ns() + ms * 1000000;

	return (struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
}

#endif
