/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * thread.h - starts threads with every signal blocked, so that signals reach the main thread only.
 * Header only.
 */
#ifndef NSV_BASE_THREAD_H
#define NSV_BASE_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

/* @ret_thread NULL: the thread is detached. @stack in bytes; 0: the default. 0 or -errno. */
static inline int nsv_thread_start(pthread_t *ret_thread, size_t stack, void *(*fn)(void *),
				   void *arg)
{
	pthread_attr_t attr;
	sigset_t all, before;
	pthread_t thread;
	int r = pthread_attr_init(&attr);

	if (r != 0)
		return -r;
	if (stack)
		(void)pthread_attr_setstacksize(&attr, stack);
	if (!ret_thread)
		(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(ret_thread ? ret_thread : &thread, &attr, fn, arg);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	return -r;
}

/* Initialises a condition whose timed waits use CLOCK_MONOTONIC, as nsv_in_ms() of clock.h does. */
static inline void nsv_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(cond, &attr);
	(void)pthread_condattr_destroy(&attr);
}

#endif
