/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker.h - the threads of a session and what they share; for the files of this room.
 *
 * Locks: session.lock guards the lists and counts; never held while a request is read or served.
 * worker.beat is odd while a request is served. doze tells that the manager sleeps until it is
 * kicked: a thread makes its beat odd, then looks at doze; the manager sets doze, then looks at
 * the beats; so one of both sees the other.
 *
 * A view may reach itself through another file system, as an overlay that a container made over it:
 * what this process' own threads ask for is refused.
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
	struct worker *next; /* of all */
	enum state state;
	pthread_cond_t unpark;
	atomic_int tid;
	atomic_uint beat;
	unsigned seen; /* the manager's: beat at its last look */
	unsigned same; /* and for how many looks it was that */
	atomic_bool was_stuck;
	struct fuse_buf buf;
};

struct session {
	struct fuse_session *se;
	struct session_options o;
	pid_t pid; /* this process */
	int fd, wake, kick;
	atomic_bool stop, doze;
	atomic_uint leading;
	atomic_llong no_spin_until; /* microseconds */

	pthread_mutex_t lock;
	pthread_cond_t ended;
	struct worker *workers;
	unsigned n_threads, n_parked;
};

/* Ends the session: wakes what sleeps in poll(), what is parked, and the manager. */
void session_stop(struct session *s);
/* One thread more, which leads; NULL without memory or threads. With the lock held. */
struct worker *session_add_worker(struct session *s);
/* One parked or new thread more leads. False: none could be had. With the lock held. */
bool session_add_leader(struct session *s);

/* manager.c: looks after the threads until the session is to end. */
void session_manage(struct session *s);

#endif
