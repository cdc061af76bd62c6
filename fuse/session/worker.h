/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker.h - the threads of a session and their shared state, private to this room.
 *
 * Locks: session.lock, never held while a request is received or served.
 *
 * worker.beat is odd while a request is served. session.doze says that the manager sleeps until a
 * write to session.kick. A thread makes its beat odd, then reads doze; the manager sets doze, then
 * reads the beats. So at least one of the two sees the other.
 *
 * A view can reach itself through another file system, for example an overlay that a container
 * mounted over the view. Requests of this process' threads and helpers are refused: they could
 * deadlock.
 */
#ifndef NSV_FUSE_WORKER_H
#define NSV_FUSE_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fuse/session/session.h"

enum state { PARKED, LEADING, STUCK, ENDING };

struct worker {
	struct session *s;
	struct worker *next; /* in session.workers; next and state are protected by session.lock */
	enum state state;
	pthread_cond_t unpark;
	atomic_int tid;
	atomic_uint beat;
	unsigned seen; /* the manager's: beat at its last check */
	unsigned same; /* the manager's: checks in a row with this beat */
	atomic_bool was_stuck;
	struct fuse_buf buf;
};

struct session {
	struct fuse_session *se;
	struct session_options o;
	pid_t pid;	    /* this process */
	int fd, wake, kick; /* /dev/fuse, borrowed; eventfds that wake threads and the manager */
	atomic_bool stop, doze;
	atomic_uint leading;
	atomic_llong no_spin_until; /* microseconds of CLOCK_MONOTONIC */

	pthread_mutex_t lock; /* protects what follows */
	pthread_cond_t ended;
	struct worker *workers;
	unsigned n_threads, n_parked;
};

/* Ends the session: wakes all threads, also parked ones, and the manager. */
void session_stop(struct session *s);
/* Starts a thread that leads. NULL without memory or threads. Call with session.lock held. */
struct worker *session_add_worker(struct session *s);
/*
 * Lets one more thread lead, a parked or a new one. False: there is none, or session.max_threads
 * exist. Call with session.lock held.
 */
bool session_add_leader(struct session *s);

/* manager.c: checks the threads until the session ends. */
void session_manage(struct session *s);

#endif
