/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session.c - starts and ends the request loop. worker.c has its threads, manager.c checks them.
 */
#include "fuse/session/session.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fuse/session/worker.h"
#include "reach/clock.h"
#include "reach/thread.h"
#include "reach/util.h"

void session_tune(struct fuse_conn_info *conn)
{
	/* Requests are small: splicing through a pipe would cost three system calls instead of
	 * one. */
	conn->want &= ~(unsigned)FUSE_CAP_SPLICE_READ;
	/* The kernel limits read-ahead requests over all containers. With its default of 12, one
	 * hung container would stop read-ahead for all. */
	conn->max_background = 4096;
	conn->congestion_threshold = 3072;
}

/* Waits up to grace_ms. True: all threads have ended. */
static bool wait_for_threads(struct session *s)
{
	const struct timespec until = nsv_in_ms(s->o.grace_ms);
	bool gone;

	(void)pthread_mutex_lock(&s->lock);
	while (s->n_threads && pthread_cond_timedwait(&s->ended, &s->lock, &until) != ETIMEDOUT)
		;
	gone = s->n_threads == 0;
	(void)pthread_mutex_unlock(&s->lock);
	return gone;
}

static void fill_options(struct session *s, const struct session_options *options)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	if (!sched_getaffinity(0, sizeof(set), &set))
		cpus = CPU_COUNT(&set);
	if (cpus < 1)
		cpus = 1;
	s->o = *options;
	if (!s->o.max_threads)
		s->o.max_threads = 512;
	if (!s->o.max_idle)
		s->o.max_idle = 4;
	if (!s->o.max_leading)
		s->o.max_leading = (unsigned)cpus + 2;
	if (s->o.spin_us < 0)
		s->o.spin_us = cpus > 1 ? 100 : 0;
	if (!s->o.stuck_us)
		s->o.stuck_us = 1000;
	if (!s->o.grace_ms)
		s->o.grace_ms = 1000;
}

static int start(struct session *s)
{
	struct worker *w;
	int flags = fcntl(s->fd, F_GETFL);

	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake < 0 || s->kick < 0 || flags < 0 || fcntl(s->fd, F_SETFL, flags | O_NONBLOCK))
		return -errno;
	(void)pthread_mutex_lock(&s->lock);
	w = session_add_worker(s);
	(void)pthread_mutex_unlock(&s->lock);
	return w ? 0 : -EAGAIN;
}

static void session_free(struct session *s)
{
	nsv_close(s->wake);
	nsv_close(s->kick);
	(void)pthread_cond_destroy(&s->ended);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

int session_run(struct fuse_session *se, const struct session_options *options)
{
	struct session *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->se = se;
	s->pid = getpid();
	s->fd = fuse_session_fd(se);
	s->wake = s->kick = NSV_FD_NONE;
	(void)pthread_mutex_init(&s->lock, NULL);
	nsv_cond_init(&s->ended);
	fill_options(s, options);
	err = start(s);
	if (err) {
		session_free(s);
		return err;
	}
	session_manage(s);
	fuse_session_exit(se);
	session_stop(s);
	/* A hung thread still uses the session; the process ends soon. */
	if (!wait_for_threads(s))
		return 1;
	session_free(s);
	return 0;
}
