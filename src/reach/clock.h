/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * clock.h - time as a number: nanoseconds or milliseconds of a clock that does not jump. Header
 * only; safe in signal handlers.
 */
#ifndef NSV_REACH_CLOCK_H
#define NSV_REACH_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds; CLOCK_MONOTONIC_COARSE is cheaper, and up to 10 ms behind. */
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

/* The moment @ms milliseconds from now, as pthread_cond_timedwait(3) takes it; see nsv_cond_init().
 */
static inline struct timespec nsv_in_ms(int64_t ms)
{
	int64_t ns = nsv_now_ns() + ms * 1000000;

	return (struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
}

#endif
