/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thread.h - threads that no signal interrupts: those are the main thread's. Header only. */
#ifndef NSV_FUSE_THREAD_H
#define NSV_FUSE_THREAD_H

#include <pthread.h>
#include <signal.h>

static inline int thread_start(pthread_t *ret_thread, const pthread_attr_t *attr,
			       void *(*fn)(void *), void *arg)
{
	sigset_t all, before;
	int r;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(ret_thread, attr, fn, arg);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

#endif
