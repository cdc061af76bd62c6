/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker.c - the threads that receive requests and serve them.
 *
 * A thread is parked, leads, or is stuck: the manager found it in one call for too long. When a
 * stuck thread returns from the call, it leads again only if no other thread leads.
 */
#include "fuse/session/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuse/session/requests.h"
#include "reach/clock.h"
#include "reach/thread.h"

/* One thread can't keep up if so many requests in a row arrived without a wait. */
#define PILED_UP 16
/* A gap of so many microseconds between two polls means that others want the processor... */
#define SHARED_US 300
/*
 * ...so pause polling for so long: the scheduler runs a thread that sleeps sooner when a request
 * arrives.
 */
#define SHARED_PAUSE_US 20000
#define STACK_SIZE	((size_t)1024 * 1024)

static void signal_fd(int fd)
{
	uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

void session_stop(struct session *s)
{
	atomic_store(&s->stop, true);
	signal_fd(s->wake);
	signal_fd(s->kick);
	(void)pthread_mutex_lock(&s->lock);
	for (struct worker *w = s->workers; w; w = w->next)
		(void)pthread_cond_signal(&w->unpark);
	(void)pthread_mutex_unlock(&s->lock);
}

static void *work(void *arg);

struct worker *session_add_worker(struct session *s)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->s = s;
	w->state = LEADING;
	(void)pthread_cond_init(&w->unpark, NULL);
	if (nsv_thread_start(NULL, STACK_SIZE, work, w) < 0) {
		(void)pthread_cond_destroy(&w->unpark);
		free(w);
		return NULL;
	}
	w->next = s->workers;
	s->workers = w;
	s->n_threads++;
	atomic_fetch_add(&s->leading, 1);
	return w;
}

bool session_add_leader(struct session *s)
{
	for (struct worker *w = s->workers; w; w = w->next)
		if (w->state == PARKED) {
			w->state = LEADING;
			s->n_parked--;
			atomic_fetch_add(&s->leading, 1);
			(void)pthread_cond_signal(&w->unpark);
			return true;
		}
	return s->n_threads < s->o.max_threads && session_add_worker(s);
}

/*
 * One client that waits for each answer has the next request there at once, too, if it shares the
 * processor with this thread. So ask whether another request waits besides the one received.
 */
static bool more_waits(const struct session *s)
{
	struct pollfd fd = { .fd = s->fd, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

static void piled_up(struct session *s)
{
	if (atomic_load_explicit(&s->leading, memory_order_relaxed) >= s->o.max_leading)
		return;
	(void)pthread_mutex_lock(&s->lock);
	if (atomic_load(&s->leading) < s->o.max_leading && !atomic_load(&s->stop))
		(void)session_add_leader(s);
	(void)pthread_mutex_unlock(&s->lock);
}

/*
 * Parks a thread that is not needed to lead. False: the thread is to end. The manager has already
 * taken a stuck thread off the count session.leading.
 */
static bool step_back(struct worker *w)
{
	struct session *s = w->s;
	bool go_on = true;

	(void)pthread_mutex_lock(&s->lock);
	atomic_store(&w->was_stuck, false);
	if (w->state == STUCK) {
		w->state = LEADING;
		atomic_fetch_add(&s->leading, 1);
	}
	if (atomic_load(&s->leading) > 1) {
		atomic_fetch_sub(&s->leading, 1);
		go_on = s->n_parked < s->o.max_idle;
		w->state = go_on ? PARKED : ENDING;
		s->n_parked += go_on;
		/* session_add_leader() unparks it and counts it as leading. */
		while (w->state == PARKED && !atomic_load(&s->stop))
			(void)pthread_cond_wait(&w->unpark, &s->lock);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return go_on;
}

static void sleep_for_work(struct session *s)
{
	struct pollfd fds[2] = { { .fd = s->fd, .events = POLLIN },
				 { .fd = s->wake, .events = POLLIN } };

	(void)poll(fds, 2, -1);
}

/* Times of polling for work, in microseconds: its begin, and the last poll. */
struct spin {
	int64_t began, last;
};

/* Whether to poll again after an empty poll. */
static bool spin_on(struct session *s, struct spin *spin)
{
	int64_t now = nsv_now_ns() / 1000;

	if (!spin->began)
		spin->began = now;
	else if (now - spin->last > SHARED_US)
		atomic_store_explicit(&s->no_spin_until, now + SHARED_PAUSE_US,
				      memory_order_relaxed);
	spin->last = now;
	return now - spin->began < s->o.spin_us &&
	       now >= atomic_load_explicit(&s->no_spin_until, memory_order_relaxed);
}

/*
 * Receives one request; polls for spin_us before it sleeps. Returns a positive number if there is
 * a request, 0 if the session has ended, -EAGAIN if other threads lead and there is no request.
 * *ret_waited: the request was not there at once.
 */
static int receive(struct worker *w, bool *ret_waited)
{
	struct session *s = w->s;
	struct spin spin = { 0 };

	*ret_waited = false;
	while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
		int n = fuse_session_receive_buf(s->se, &w->buf);

		if (n == -EINTR)
			continue;
		if (n != -EAGAIN)
			return n;
		*ret_waited = true;
		if (spin_on(s, &spin))
			continue;
		if (atomic_load_explicit(&s->leading, memory_order_relaxed) > 1 ||
		    atomic_load_explicit(&w->was_stuck, memory_order_relaxed))
			return -EAGAIN;
		sleep_for_work(s);
		spin = (struct spin){ 0 };
	}
	return 0;
}

static void serve(struct worker *w)
{
	struct session *s = w->s;
	const uint64_t number = request_number(&w->buf);

	atomic_fetch_add(&w->beat, 1);
	if (atomic_load(&s->doze) && atomic_exchange(&s->doze, false))
		signal_fd(s->kick);
	if (request_is_own(&w->buf, s->pid, s->o.helpers, SESSION_HELPERS))
		request_refuse(s->fd, number, EDEADLK);
	else if (!s->o.statx || !statx_serve(s->fd, &w->buf, s->o.statx, s->o.userdata))
		fuse_session_process_buf(s->se, &w->buf);
	atomic_fetch_add(&w->beat, 1);
}

static void lead(struct worker *w)
{
	struct session *s = w->s;
	unsigned in_a_row = 0;
	bool waited;

	while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
		int n = receive(w, &waited);

		if (n == -EAGAIN) {
			if (!step_back(w))
				return;
			in_a_row = 0;
			continue;
		}
		if (n <= 0) {
			session_stop(s);
			return;
		}
		in_a_row = waited ? 0 : in_a_row + 1;
		if (in_a_row >= PILED_UP) {
			if (more_waits(s))
				piled_up(s);
			in_a_row = 0;
		}
		serve(w);
		if (fuse_session_exited(s->se)) {
			session_stop(s);
			return;
		}
		if (atomic_load_explicit(&w->was_stuck, memory_order_relaxed) && !step_back(w))
			return;
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct session *s = w->s;

	atomic_store(&w->tid, gettid());
	lead(w);
	(void)pthread_mutex_lock(&s->lock);
	for (struct worker **at = &s->workers; *at; at = &(*at)->next)
		if (*at == w) {
			*at = w->next;
			break;
		}
	free(w->buf.mem);
	(void)pthread_cond_destroy(&w->unpark);
	free(w);
	s->n_threads--;
	/* Signal with the lock held: session_run() frees the session as soon as it gets the lock
	 * and n_threads is 0. */
	(void)pthread_cond_signal(&s->ended);
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}
