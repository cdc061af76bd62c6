/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manager.c - detects leading threads that are stuck in a call, and lets another thread lead.
 *
 * Defends against a container that never answers, or answers slowly, in any number of calls.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuse/session/worker.h"
#include "reach/util.h"

/* A thread that serves one request for so many checks is stuck, even if it is running. */
#define LOOKS_BUSY 10
/* The manager sleeps after so many checks without work. */
#define LOOKS_IDLE 20

/* Whether the thread is running, or waits for a processor. Such a thread is not blocked. */
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

/*
 * Checks all leading threads. True if a request was served since the last check, or is being
 * served.
 */
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
	/* If no thread can lead now, the next check tries again. */
	if (atomic_load(&s->leading) == 0)
		busy = session_add_leader(s) || true;
	(void)pthread_mutex_unlock(&s->lock);
	return busy;
}

/* True: the session is to end. */
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

void session_manage(struct session *s)
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
