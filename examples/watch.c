/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watch.c - prints containers as they come and go, until it is interrupted.
 *
 *     cc watch.c -o watch $(pkg-config --cflags --libs nsview)
 *     sudo ./watch
 *
 * The containers that run already are printed first. A program with an event loop of its own polls
 * nsv_watch_fd(), and calls nsv_watch_next() with a timeout of 0.
 */
#include <errno.h>
#include <stdio.h>

#include <nsview/discover.h>
#include <nsview/watch.h>

/* The container chose the name: no byte of it may reach a terminal as it is. */
static void print_escaped(const char *s)
{
	for (; s && *s; s++) {
		if (*s > ' ' && *s < 0x7f && *s != '\\')
			(void)putchar(*s);
		else
			(void)printf("\\x%02x", (unsigned char)*s);
	}
}

static void print(const struct nsv_watch_event *event)
{
	const struct nsv_container *c = event->container;

	(void)printf("%s ", event->kind == NSV_WATCH_CAME ? "came" : "went");
	print_escaped(event->name ? event->name : "-");
	(void)printf(" %s %d\n", c->engine ? c->engine : "-", (int)c->pid);
	(void)fflush(stdout);
}

int main(void)
{
	struct nsv_watch_options options = NSV_WATCH_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_watch *watch = NULL;
	int r;

	options.flags = NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES; /* for names */
	options.existing = true;
	r = nsv_watch_new(&options, &watch, &e);
	while (r >= 0 || r == -EINTR) {
		struct nsv_watch_event event = { sizeof(event), NSV_WATCH_CAME, NULL, NULL };

		r = nsv_watch_next(watch, -1, &event, &e);
		if (r > 0)
			print(&event);
	}
	(void)fprintf(stderr, "watch: %s\n", e.msg);
	nsv_watch_free(watch);
	return 1;
}
