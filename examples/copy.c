/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * copy.c - copies a tree out of a container, as nscp -a does, and shows how far it is.
 *
 *     cc copy.c -o copy $(pkg-config --cflags --libs nsview)
 *     sudo ./copy web1 /var/log backup
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include <nsview/copy.h>
#include <nsview/discover.h>

static int done; /* the copy has ended */

/* A failed file does not end the run. Threads of the run call this, one at a time. */
static void on_event(const struct nsv_copy_event *event, void *data)
{
	/* A container chose the bytes. Escape them where a person sees them. */
	(void)fprintf(stderr, "copy: %s: %s\n", event->path, event->msg ? event->msg : "failed");
}

static void print_progress(const struct nsv_copy *copy, char end)
{
	struct nsv_copy_stats stats;

	stats.size = sizeof(stats);
	if (nsv_copy_stats_get(copy, &stats) == 0)
		(void)printf("%llu files, %llu bytes, %llu failed%c",
			     (unsigned long long)stats.files, (unsigned long long)stats.bytes,
			     (unsigned long long)stats.failed, end);
	(void)fflush(stdout);
}

/* Any thread may read the counters of a run. */
static void *show_progress(void *data)
{
	const struct timespec pause = { 0, 200000000L };

	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		print_progress((const struct nsv_copy *)data, '\r');
		(void)nanosleep(&pause, NULL);
	}
	print_progress((const struct nsv_copy *)data, '\n');
	return NULL;
}

int main(int argc, char **argv)
{
	struct nsv_copy_options options = NSV_COPY_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_target *target = NULL;
	struct nsv_root *root = NULL;
	struct nsv_copy *copy = NULL;
	pthread_t thread;
	int r = -1;

	options.flags = NSV_COPY_ARCHIVE;
	options.event = on_event;
	if (argc != 4)
		(void)fprintf(stderr, "usage: copy CONTAINER PATH DEST\n");
	else if ((r = nsv_target_open(argv[1], nsv_resolve_name, NULL, &target, &e)) == 0 &&
		 (r = nsv_root_open(target, NSV_VIA_AUTO, &root, &e)) == 0 &&
		 (r = nsv_copy_new(&options, &copy, &e)) == 0 &&
		 (r = nsv_copy_to_path(copy, argv[3], false, &e)) == 0 &&
		 (r = -pthread_create(&thread, NULL, show_progress, copy)) == 0) {
		r = nsv_copy_add(copy, root, argv[2], &e);
		if (nsv_copy_finish(copy, &e) < 0)
			r = -1;
		__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
		(void)pthread_join(thread, NULL);
	}
	if (e.err) /* else an event has told of it */
		(void)fprintf(stderr, "copy: %s\n", e.msg);
	nsv_copy_free(copy);
	nsv_root_free(root);
	nsv_target_free(target);
	return r < 0;
}
