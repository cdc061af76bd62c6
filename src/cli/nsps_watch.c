/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsps_watch.c - a line for each container that comes or goes, until a signal, or until
 * nobody reads any more.
 *
 * A container is chosen by its own values, so that one that starts later is known by its name. Two
 * of one name are both shown.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <nsview/watch.h>

#include "base/util.h"
#include "cli/json.h"
#include "cli/nsps.h"
#include "discover/names/name_match.h"
#include "reach/proc.h"

/* What an operand means: a name, or the mount namespace of a PID or file. */
struct wanted {
	bool named;
	struct nsv_name name;
	uint64_t mntns;
};

struct output {
	const struct ps_options *o;
	struct wanted *wanted;
	size_t n_wanted;
	struct nsv_scan *names; /* no containers: what nsv_name_match() asks of a scan */
	unsigned width;		/* UINT_MAX: no terminal */
};

/* A PID or a namespace file is looked up once; what is in that mount namespace is meant. */
static enum cli_exit find_mntns(const char *spec, uint64_t *ret)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_target *target = NULL;
	int r = nsv_target_open(spec, NULL, NULL, &target, &e);

	if (r < 0) {
		cli_error_at(spec, NULL, r, &e);
		return CLI_EXIT_USAGE;
	}
	*ret = nsv_target_mntns_ino(target);
	(void)nsv_target_free(target);
	return CLI_EXIT_OK;
}

static enum cli_exit parse(struct output *out, char **specs, int n)
{
	enum cli_exit status = CLI_EXIT_OK;

	out->wanted = calloc((size_t)n + 1, sizeof(*out->wanted));
	if (!out->wanted)
		cli_no_memory();
	for (int i = 0; i < n && status == CLI_EXIT_OK; i++) {
		struct wanted *w = &out->wanted[out->n_wanted++];

		w->named = ps_is_name(specs[i]);
		if (!w->named) {
			status = find_mntns(specs[i], &w->mntns);
		} else if (!nsv_name_parse(specs[i], &w->name)) {
			cli_error("%s: no container can have such a name", specs[i]);
			status = CLI_EXIT_USAGE;
		}
	}
	return status;
}

static bool is_wanted(const struct output *out, const struct nsv_container *c)
{
	for (size_t i = 0; i < out->n_wanted; i++) {
		const struct wanted *w = &out->wanted[i];

		if (w->named ? nsv_name_match(out->names, c, &w->name) != NSV_MATCH_NONE
			     : c->mntns == w->mntns)
			return true;
	}
	return out->n_wanted == 0;
}

/* Takes malloc'd text. */
static void print_line(const struct output *out, char *line_take)
{
	nsv_autofree char *line = line_take;

	if (!line)
		cli_no_memory();
	if (out->width != UINT_MAX)
		ps_cut(&line, out->width, out->o->utf8);
	printf("%s\n", line);
}

static char *shown(const struct ps_options *o, const char *text)
{
	return cli_escape(text && *text ? text : "-", text && *text ? strlen(text) : 1, o->utf8,
			  NULL);
}

#define LINE "%-24s  %s  %-20s  %-14s  %-12s  %s"

static void print_headings(const struct output *out)
{
	char *line = NULL;

	if (out->o->no_headings || out->o->format == PS_JSON)
		return;
	if (asprintf(&line, LINE, "TIME", " ", "NAME", "ENGINE", "ID", "PID") < 0)
		line = NULL;
	print_line(out, line);
}

static void print_json(const struct ps_options *o, const struct nsv_watch_event *change,
		       const char *when)
{
	const struct nsv_container *c = change->container;
	struct json_object *line = cli_json_object();

	cli_json_text(line, "time", when);
	cli_json_text(line, "event", change->kind == NSV_WATCH_CAME ? "came" : "went");
	cli_json_text(line, "name", change->name);
	cli_json_text(line, "engine", c->engine);
	cli_json_text(line, "id", c->id);
	cli_json_add(line, "pid", json_object_new_int64(c->pid));
	cli_json_print(line, o->terminal, o->utf8);
	putchar('\n');
}

static void print_change(const struct output *out, const struct nsv_watch_event *change)
{
	const struct ps_options *o = out->o;
	const struct nsv_container *c = change->container;
	char when[PS_TIME_BUF], pid[16], *line = NULL;

	ps_time_text((int64_t)time(NULL) * 1000, o->format == PS_JSON, when);
	if (o->format == PS_JSON) {
		print_json(o, change, when);
	} else {
		nsv_autofree char *name = shown(o, change->name);
		nsv_autofree char *engine = shown(o, c->engine);
		nsv_autofree char *id = shown(o, o->no_trunc ? c->id : c->short_id);

		(void)snprintf(pid, sizeof(pid), "%d", (int)c->pid);
		if (asprintf(&line, LINE, when, change->kind == NSV_WATCH_CAME ? "+" : "-", name,
			     engine, id, pid) < 0)
			line = NULL;
		print_line(out, line);
	}
}

enum stdout_state { WRITABLE, NO_READER, BROKEN };

/* Prints what there is. 0, or -errno. */
static int print_changes(const struct output *out, struct nsv_watch *watch,
			 enum stdout_state *ret_stdout, struct nsv_error *e)
{
	struct nsv_watch_event change = { .size = sizeof(change) };
	int r;

	while ((r = nsv_watch_next(watch, 0, &change, e)) > 0)
		if (is_wanted(out, change.container))
			print_change(out, &change);
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

/* Until a signal or the end of the reader. 0 or -errno. */
static int follow(const struct output *out, struct nsv_watch *watch, int signals,
		  enum stdout_state *ret_stdout, struct nsv_error *e)
{
	for (;;) {
		struct pollfd fds[] = {
			{ nsv_watch_fd(watch), POLLIN, 0 },
			{ signals, POLLIN, 0 },
			{ STDOUT_FILENO, 0, 0 },
		};
		int r = print_changes(out, watch, ret_stdout, e);

		if (r < 0 || *ret_stdout != WRITABLE)
			return r;
		if (poll(fds, NSV_ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents || (fds[2].revents & (POLLERR | POLLHUP)))
			return 0;
	}
}

static enum cli_exit watch_all(const struct output *out, unsigned flags)
{
	struct nsv_watch_options options = NSV_WATCH_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_watch *watch = NULL;
	nsv_autofd int signals = NSV_FD_NONE;
	enum stdout_state state = WRITABLE;
	sigset_t set;
	int r;

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
	print_headings(out);
	r = follow(out, watch, signals, &state, &e);
	if (r < 0)
		cli_error_at("--watch", NULL, r, &e);
	nsv_watch_free(watch);
	return r < 0 || state == BROKEN ? CLI_EXIT_FAILED : CLI_EXIT_OK;
}

enum cli_exit ps_watch(const struct ps_options *o, unsigned flags, char **specs, int n)
{
	struct nsv_scan names = { .procfs = NSV_FD_NONE };
	struct output out = { .o = o, .names = &names, .width = UINT_MAX };
	enum cli_exit status = parse(&out, specs, n);

	tzset();
	names.utsns = nsv_ns_inode(AT_FDCWD, "/proc/self/ns/uts");
	if (o->terminal && !o->no_trunc)
		out.width = cli_terminal_width(STDOUT_FILENO);
	if (status == CLI_EXIT_OK)
		status = watch_all(&out, flags);
	free(out.wanted);
	return status;
}
