/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop.c - an epoll instance, its thread, and the thread's deferred tasks.
 *
 * epoll returns a batch of events, and a source in the batch may be removed before its turn. So
 * the memory of sources is freed by tasks, which run between batches. Lock: loop.lock protects the
 * tasks.
 */
#include "fuse/coherence/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "reach/thread.h"
#include "reach/util.h"

#define BATCH 32

struct loop {
	pthread_mutex_t lock;
	struct loop_task *tasks; /* protected by lock */
	pthread_t thread;
	bool runs;
	_Atomic bool ending;
	int epoll;
	int wake; /* eventfd: a task, or the end */
	struct loop_source wake_source;
};

static void run_tasks(struct loop *l)
{
	struct loop_task *task, *next;

	(void)pthread_mutex_lock(&l->lock);
	task = l->tasks;
	l->tasks = NULL;
	(void)pthread_mutex_unlock(&l->lock);
	for (; task; task = next) {
		/* Read before the call: the task may free itself. */
		next = task->next;
		task->run(task->data);
	}
}

static void woken(void *data)
{
	struct loop *l = data;
	eventfd_t count;

	(void)eventfd_read(l->wake, &count);
}

static void *thread_main(void *arg)
{
	struct loop *l = arg;
	struct epoll_event events[BATCH];

	(void)pthread_setname_np(pthread_self(), "nsviewd-events");
	while (!l->ending) {
		int n = epoll_wait(l->epoll, events, BATCH, -1);

		for (int i = 0; i < n; i++) {
			const struct loop_source *source = events[i].data.ptr;

			source->ready(source->data);
		}
		run_tasks(l);
	}
	return NULL;
}

int loop_add(struct loop *l, int fd, uint32_t events, struct loop_source *source)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

void loop_remove(struct loop *l, int fd)
{
	(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void loop_defer(struct loop *l, struct loop_task *task)
{
	(void)pthread_mutex_lock(&l->lock);
	task->next = l->tasks;
	l->tasks = task;
	(void)pthread_mutex_unlock(&l->lock);
	(void)eventfd_write(l->wake, 1);
}

void loop_stop(struct loop *l)
{
	if (!l->runs)
		return;
	l->ending = true;
	(void)eventfd_write(l->wake, 1);
	(void)pthread_join(l->thread, NULL);
	l->runs = false;
}

struct loop *loop_free(struct loop *l)
{
	if (!l)
		return NULL;
	loop_stop(l);
	run_tasks(l);
	nsv_close(l->epoll);
	nsv_close(l->wake);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

int loop_new(struct loop **ret_loop)
{
	struct loop *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->wake_source = (struct loop_source){ woken, l };
	(void)pthread_mutex_init(&l->lock, NULL);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = l->epoll < 0 || l->wake < 0 ? -errno : loop_add(l, l->wake, EPOLLIN, &l->wake_source);
	if (r == 0)
		r = nsv_thread_start(&l->thread, 0, thread_main, l);
	l->runs = r == 0;
	if (r == 0)
		*ret_loop = l;
	else
		(void)loop_free(l);
	return r;
}
