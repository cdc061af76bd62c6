// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * session.c - the loop that receives requests: see session.h.
 *
 * A thread is parked, leads, or was found stuck by the manager while it led. One that was stuck
 * and comes back leads on only if nobody else does.
 *
 * What it stands against: a container that never answers, in any number of calls, or takes long to;
 * a view that reaches itself through another file system, as an overlay that a container made over
 * it: what this process' own threads ask for is refused.
 *
 * Locks: session.lock guards the lists and counts; never held while a request is read or served.
 * worker.beat is odd while a request is served. doze tells that the manager sleeps until it is
 * kicked: a thread makes its beat odd, then looks at doze; the manager sets doze, then looks at
 * the beats; so one of both sees the other.
 */
#include "fuse/session/session.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "fuse/session/requests.h"
#include "reach/util.h"

/* So many requests in a row were there already: one thread can't keep up. */
#define PILED_UP 16
/* Who was kept from looking for so long shares the processor with others that want it... */
#define SHARED_US 300
/* ...and looks no more for so long: who only sleeps is let in at once when there is work. */
#define SHARED_PAUSE_US 20000
/* Who is at one request for so many looks is stuck, though it has work for a processor. */
#define LOOKS_BUSY 10
/* The manager goes on looking for so many looks without work. */
#define LOOKS_IDLE 20
#define STACK_SIZE ((size_t)1024 * 1024)

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

void session_tune(struct fuse_conn_info *conn)
{
	/* Requests are small: a pipe in between would cost three system calls for one. */
	conn->want &= ~(unsigned)FUSE_CAP_SPLICE_READ;
	/* Reads ahead are counted over all containers: with the kernel's 12, one that hangs stops
	 * all. */
	conn->max_background = 4096;
	conn->congestion_threshold = 3072;
}

static int64_t now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void signal_fd(int fd)
{
	uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

/* Everybody finds out: who sleeps in poll(), who is parked, and the manager. */
static void stop_all(struct session *s)
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

/* With the lock held. */
static struct worker *add_worker(struct session *s)
{
	struct worker *w = calloc(1, sizeof(*w));
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	if (!w || pthread_attr_init(&attr)) {
		free(w);
		return NULL;
	}
	w->s = s;
	w->state = LEADING;
	(void)pthread_cond_init(&w->unpark, NULL);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, STACK_SIZE);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&thread, &attr, work, w);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	if (err) {
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

/* One more leads. With the lock held. */
static bool add_leader(struct session *s)
{
	for (struct worker *w = s->workers; w; w = w->next)
		if (w->state == PARKED) {
			w->state = LEADING;
			s->n_parked--;
			atomic_fetch_add(&s->leading, 1);
			(void)pthread_cond_signal(&w->unpark);
			return true;
		}
	return s->n_threads < s->o.max_threads && add_worker(s);
}

static void piled_up(struct session *s)
{
	if (atomic_load_explicit(&s->leading, memory_order_relaxed) >= s->o.max_leading)
		return;
	(void)pthread_mutex_lock(&s->lock);
	if (atomic_load(&s->leading) < s->o.max_leading && !atomic_load(&s->stop))
		(void)add_leader(s);
	(void)pthread_mutex_unlock(&s->lock);
}

/*
 * Who isn't needed to lead waits until it is. False: it is to end. A thread that was stuck has been
 * taken off the count of those that lead.
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
		/* Who unparks it counts it as leading. */
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

/* Looks for work without sleeping: since when, and when it did last. */
struct spin {
	int64_t began, last;
};

/* Whether to look once more, after there was nothing. */
static bool spin_on(struct session *s, struct spin *spin)
{
	int64_t now = now_us();

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
 * Receives one request, looking for spin_us before it sleeps. >0: there is one. 0: the session has
 * ended. -EAGAIN: others lead and there was nothing for this one. *ret_waited: it wasn't there at
 * once.
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
	if (request_is_own(&w->buf, s->pid, s->o.helpers))
		request_refuse(s->fd, number, EDEADLK);
	else
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
			stop_all(s);
			return;
		}
		in_a_row = waited ? 0 : in_a_row + 1;
		if (in_a_row >= PILED_UP) {
			piled_up(s);
			in_a_row = 0;
		}
		serve(w);
		if (fuse_session_exited(s->se)) {
			stop_all(s);
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
	/* Under the lock: the manager frees it once it holds the lock and sees no thread. */
	(void)pthread_cond_signal(&s->ended);
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Whether it has work for a processor, be it that it has to wait for one: then it isn't stuck. */
static bool is_running(const struct worker *w)
{
	char path[64], text[128];
	const char *end;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/stat", atomic_load(&w->tid));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	nsv_close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	end = strrchr(text, ')');
	return end && end[1] == ' ' && end[2] == 'R';
}

/* Looks at all that lead; true if anything was served since the last look, or is now. */
static bool look(struct session *s)
{
	bool busy = false;

	(void)pthread_mutex_lock(&s->lock);
	for (struct worker *w = s->workers; w; w = w->next) {
		unsigned beat = atomic_load(&w->beat);

		if (w->state != LEADING)
			continue;
		if (beat != w->seen || (beat & 1))
			busy = true;
		w->same = beat == w->seen ? w->same + 1 : 0;
		if (w->same && (beat & 1) && (w->same >= LOOKS_BUSY || !is_running(w))) {
			w->same = 0;
			w->state = STUCK;
			atomic_store(&w->was_stuck, true);
			atomic_fetch_sub(&s->leading, 1);
		}
		w->seen = beat;
	}
	/* Without a thread to lead it tries again at the next look. */
	if (atomic_load(&s->leading) == 0)
		busy = add_leader(s) || true;
	(void)pthread_mutex_unlock(&s->lock);
	return busy;
}

/* True: the end. */
static bool manager_sleep(struct session *s, bool until_kicked)
{
	struct pollfd fds[2] = { { .fd = s->kick, .events = POLLIN },
				 { .fd = s->o.stop_fd, .events = POLLIN } };
	struct timespec ts = { .tv_sec = s->o.stuck_us / 1000000,
			       .tv_nsec = (long)(s->o.stuck_us % 1000000) * 1000 };
	uint64_t count;

	if (ppoll(fds, 2, until_kicked ? NULL : &ts, NULL) > 0) {
		if (fds[0].revents)
			(void)!read(s->kick, &count, sizeof(count));
		if (fds[1].revents)
			return true;
	}
	return atomic_load(&s->stop) || fuse_session_exited(s->se);
}

static void manage(struct session *s)
{
	unsigned idle = 0;
	bool doze = false;

	while (!manager_sleep(s, doze)) {
		if (doze) {
			atomic_store(&s->doze, false);
			doze = false;
			idle = 0;
		}
		idle = look(s) ? 0 : idle + 1;
		if (idle >= LOOKS_IDLE) {
			atomic_store(&s->doze, true);
			doze = !look(s);
			if (!doze) {
				atomic_store(&s->doze, false);
				idle = 0;
			}
		}
	}
}

/* True: no thread is left. */
static bool wait_for_threads(struct session *s)
{
	struct timespec until;
	bool gone;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += s->o.grace_ms / 1000;
	until.tv_nsec += (long)(s->o.grace_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
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
	w = add_worker(s);
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
	pthread_condattr_t attr;
	int err;

	if (!s)
		return -ENOMEM;
	s->se = se;
	s->pid = getpid();
	s->fd = fuse_session_fd(se);
	s->wake = s->kick = NSV_FD_NONE;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->ended, &attr);
	(void)pthread_condattr_destroy(&attr);
	fill_options(s, options);
	err = start(s);
	if (err) {
		session_free(s);
		return err;
	}
	manage(s);
	fuse_session_exit(se);
	stop_all(s);
	/* Who hangs uses it still: the process is about to end. */
	if (!wait_for_threads(s))
		return 1;
	session_free(s);
	return 0;
}
