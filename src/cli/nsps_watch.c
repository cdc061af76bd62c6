/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsps_watch.c - a line for each container that comes or goes, until a signal, or until
 * nobody reads any more.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include <nsview/watch.h>

#include "cli/json.h"
#include "cli/nsps.h"
#include "reach/util.h"

static void print_word(const struct ps_options *o, const char *text, int width)
{
	nsv_autofree char *shown = NULL;

	if (text && *text)
		shown = cli_escape(text, strlen(text), o->utf8, NULL);
	printf("  %-*s", width, shown ? shown : "-");
}

static void print_change(const struct ps_options *o, const struct nsv_watch_event *change)
{
	const struct nsv_container *c = change->container;
	bool came = change->kind == NSV_WATCH_CAME;
	char when[PS_TIME_BUF];

	ps_time_text((int64_t)time(NULL) * 1000, o->format == PS_JSON, when);
	if (o->format == PS_JSON) {
		struct json_object *line = cli_json_object();

		cli_json_text(line, "time", when);
		cli_json_text(line, "event", came ? "came" : "went");
		cli_json_text(line, "name", change->name);
		cli_json_text(line, "engine", c->engine);
		cli_json_text(line, "id", c->id);
		cli_json_add(line, "pid", json_object_new_int64(c->pid));
		cli_json_print(line, o->terminal, o->utf8);
		putchar('\n');
		return;
	}
	printf("%s  %c", when, came ? '+' : '-');
	print_word(o, change->name, 20);
	print_word(o, c->engine, 14);
	print_word(o, o->no_trunc ? c->id : c->short_id, 12);
	printf("  %d\n", (int)c->pid);
}

enum stdout_state { WRITABLE, NO_READER, BROKEN };

/* Prints what there is. 0, or -errno. */
static int print_changes(const struct ps_options *o, struct nsv_watch *watch,
			 enum stdout_state *ret_stdout, struct nsv_error *e)
{
	struct nsv_watch_event change = { .size = sizeof(change) };
	int r;

	while ((r = nsv_watch_next(watch, 0, &change, e)) > 0)
		print_change(o, &change);
	if (fflush(stdout)) {
		*ret_stdout = errno == EPIPE ? NO_READER : BROKEN;
		if (*ret_stdout == BROKEN)
			cli_error("write error: %s", strerror(errno));
	}
	return r == -EINTR ? 0 : r;
}

static int open_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, set, NULL);
	return signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
}

enum cli_exit ps_watch(const struct ps_options *o, unsigned flags)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_watch_options options = NSV_WATCH_OPTIONS_INIT;
	struct nsv_watch *watch = NULL;
	nsv_autofd int signals = NSV_FD_NONE;
	enum stdout_state out = WRITABLE;
	sigset_t set;
	int r;

	tzset();
	/* A reader that went away is no error, and no reason to die in the middle. */
	(void)signal(SIGPIPE, SIG_IGN);
	signals = open_signals(&set);
	if (signals < 0) {
		cli_error("signals: %s", strerror(errno));
		return CLI_EXIT_FAILED;
	}
	options.flags = flags;
	options.existing = true;
	r = nsv_watch_new(&options, &watch, &e);
	if (r < 0) {
		cli_error_at("--watch", NULL, r, &e);
		return CLI_EXIT_FAILED;
	}
	if (!nsv_watch_has_events(watch))
		cli_note("no process events for this user: looking once a second");
	for (;;) {
		struct pollfd fds[] = {
			{ nsv_watch_fd(watch), POLLIN, 0 },
			{ signals, POLLIN, 0 },
			{ STDOUT_FILENO, 0, 0 },
		};

		r = print_changes(o, watch, &out, &e);
		if (r < 0 || out != WRITABLE)
			break;
		if (poll(fds, NSV_ARRAY_SIZE(fds), -1) < 0 && errno != EINTR) {
			r = -errno;
			break;
		}
		if (fds[1].revents || (fds[2].revents & (POLLERR | POLLHUP)))
			break;
	}
	if (r < 0)
		cli_error_at("--watch", NULL, r, &e);
	nsv_watch_free(watch);
	return r < 0 || out == BROKEN ? CLI_EXIT_FAILED : CLI_EXIT_OK;
}
