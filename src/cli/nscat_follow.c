/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscat_follow.c - prints the ends of files, and follows them: one loop for each container.
 *
 * A loop waits for changes of files and folders (nscat_watch.c), the container's end (its pidfd), a
 * change of its mounts, and the end of the output's reader. With several containers each loop has
 * a thread, so one whose file system hangs delays no other. A signal
 * ends the command in a hanging read, too (nscat_apart.c).
 *
 * Defends against: floods of renames (PER_SECOND looks by name, in batches of BURST), a queue of
 * events that overflows. Lock: that of struct tail_out. All else belongs to one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/util.h"
#include "nscat.h"
#include "reach/pinned.h"

#define POLL_MS	   1000 /* as tail(1), for what reports no changes */
#define BURST	   100
#define PER_SECOND 20

struct loop {
	struct cli_side *side;
	struct tail_place place;
	struct tail_file *files; /* of all containers */
	size_t n;
	struct tail_out *out;
	const struct tail_options *options;
	int inotify, mounts;
	unsigned budget; /* looks by name that may be taken at once */
	int64_t budget_ms,
	    poll_ms; /* when it grew last; when files without events were looked at */
	pthread_t thread;
	bool threaded, failed;
};

static bool is_mine(const struct loop *l, const struct tail_file *f)
{
	return f->followed && strcmp(f->arg->spec, l->side->spec) == 0;
}

/* The next followed file of the container behind @f, or the first one for NULL; NULL at the end. */
static struct tail_file *next_file(const struct loop *l, struct tail_file *f)
{
	for (f = f ? f + 1 : l->files; f < l->files + l->n; f++)
		if (is_mine(l, f))
			return f;
	return NULL;
}

static void all_moved(struct loop *l)
{
	for (struct tail_file *f = NULL; (f = next_file(l, f));)
		f->moved = true;
}

/* ---- events ---- */

static void open_events(struct loop *l)
{
	const struct nsv_target *t = l->side->target;

	l->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (l->inotify < 0)
		cli_note("%s: no inotify: %s: looking once a second", l->side->spec,
			 strerror(errno));
	l->mounts = t->pid ? openat(t->procdir, "mountinfo", O_RDONLY | O_CLOEXEC) : NSV_FD_NONE;
}

static void close_events(struct loop *l)
{
	for (struct tail_file *f = NULL; (f = next_file(l, f));)
		tail_file_close(f);
	nsv_close_p(&l->inotify);
	nsv_close_p(&l->mounts);
}

static bool is_watched(const struct loop *l, int wd)
{
	for (struct tail_file *f = NULL; (f = next_file(l, f));)
		if (tail_watches_have(&f->watches, wd))
			return true;
	return false;
}

static void watch_again(struct loop *l, struct tail_file *f)
{
	struct tail_watches old = f->watches;

	tail_watch(l->inotify, l->place.root, f->arg->path, &f->watches);
	for (size_t i = 0; i < old.n; i++)
		if (!is_watched(l, old.list[i].wd))
			(void)inotify_rm_watch(l->inotify, old.list[i].wd);
	tail_watches_free(&old);
}

static void event_for(struct tail_file *f, const struct inotify_event *event)
{
	for (size_t i = 0; i < f->watches.n; i++) {
		const struct tail_watch *w = &f->watches.list[i];

		if (w->wd != event->wd)
			continue;
		if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED) ||
		    (w->name && event->len && strcmp(w->name, event->name) == 0))
			f->moved = true;
		else if (!w->name)
			f->written = true;
	}
}

static void take_events(struct loop *l)
{
	_Alignas(struct inotify_event) char buf[16384];
	ssize_t n = read(l->inotify, buf, sizeof(buf));

	for (const char *at = buf; n > 0 && at < buf + n;) {
		const struct inotify_event *event = (const void *)at;

		if (event->mask & IN_Q_OVERFLOW)
			all_moved(l);
		for (struct tail_file *f = NULL; (f = next_file(l, f));)
			event_for(f, event);
		at += sizeof(*event) + event->len;
	}
}

/* ---- looks ---- */

/* A container that renames its files without end is looked at less often. */
static bool may_look(struct loop *l)
{
	int64_t now = nsv_now_ms();
	int64_t more = (now - l->budget_ms) * PER_SECOND / 1000;

	if (more > 0) {
		l->budget = (unsigned)nsv_min((int64_t)BURST, l->budget + more);
		l->budget_ms = now;
	}
	if (!l->budget)
		return false;
	l->budget--;
	return true;
}

static void look(struct loop *l)
{
	bool tick = nsv_now_ms() - l->poll_ms >= POLL_MS, left = false;

	if (tick)
		l->poll_ms = nsv_now_ms();
	for (struct tail_file *f = NULL; (f = next_file(l, f));) {
		if (tick && (f->again || f->watches.incomplete || l->mounts < 0))
			f->moved = true;
		if (f->moved && !may_look(l)) {
			left = true;
			continue;
		}
		if (f->moved)
			watch_again(l, f);
		if (f->moved || f->written || f->more)
			tail_file_look(f, &l->place, l->out);
	}
	if (!left)
		l->place.anew = false;
}

static int next_timeout(const struct loop *l)
{
	int64_t timeout = -1;

	for (struct tail_file *f = NULL; (f = next_file(l, f));) {
		if (f->more)
			return 0;
		if (f->moved)
			timeout = 1000 / PER_SECOND;
		else if (timeout < 0 && (f->again || f->watches.incomplete || l->mounts < 0))
			timeout = POLL_MS;
	}
	return timeout == POLL_MS ? (int)nsv_min(timeout, l->poll_ms + POLL_MS - nsv_now_ms() < 0
							      ? 0
							      : l->poll_ms + POLL_MS - nsv_now_ms())
				  : (int)timeout;
}

/* ---- the container's end ---- */

static int start(struct loop *l)
{
	int r = tail_place_init(&l->place, l->side->root);

	open_events(l);
	all_moved(l);
	l->place.anew = true;
	return r;
}

/* True: the container, or the next one of its name, can be followed. */
static bool go_on_after_end(struct loop *l)
{
	l->place.ending = true;
	for (struct tail_file *f = NULL; (f = next_file(l, f));) {
		f->moved = true;
		tail_file_look(f, &l->place, l->out);
	}
	close_events(l);
	if (!tail_open_successor(l->side, l->options->via)) {
		if (!l->options->retry || !tail_is_name(l->side->spec)) {
			cli_note("%s has ended", l->side->spec);
			tail_side_close(l->side);
			return false;
		}
		cli_note("%s has ended: waiting for the next container of that name",
			 l->side->spec);
		if (tail_await(l->side, l->options->via) < 0) {
			l->failed = true;
			return false;
		}
		cli_note("%s runs again, as PID %d: following its files", l->side->spec,
			 (int)nsv_target_pid(l->side->target));
	}
	/* A failure shows in the files: it ended at once, say. */
	(void)start(l);
	return true;
}

/* False when nothing is left to follow. */
static bool turn(struct loop *l)
{
	struct pollfd fds[] = {
		{ l->inotify, POLLIN, 0 },
		{ nsv_target_pidfd(l->side->target), POLLIN, 0 },
		{ l->mounts, POLLPRI, 0 },
		{ STDOUT_FILENO, 0, 0 },
	};
	if (!next_file(l, NULL))
		return false;
	if (poll(fds, NSV_ARRAY_SIZE(fds), next_timeout(l)) < 0 && errno != EINTR) {
		cli_error("%s: poll: %s", l->side->spec, strerror(errno));
		l->failed = true;
		return false;
	}
	if (fds[3].revents & (POLLERR | POLLHUP))
		tail_no_reader();
	if (fds[0].revents)
		take_events(l);
	if (fds[1].revents)
		return go_on_after_end(l);
	if (fds[2].revents) {
		all_moved(l);
		l->place.anew = true;
	}
	look(l);
	return true;
}

static void *follow(void *data)
{
	struct loop *l = data;

	l->inotify = l->mounts = NSV_FD_NONE;
	l->budget = BURST;
	l->budget_ms = nsv_now_ms();
	if (start(l) < 0)
		l->failed = true;
	look(l);
	while (turn(l))
		;
	close_events(l);
	return NULL;
}

/* ---- all of them ---- */

static enum cli_exit follow_all(struct cli_sides *sides, const struct loop *common)
{
	struct loop *loops = calloc(sides->n, sizeof(*loops));
	enum cli_exit status = CLI_EXIT_OK;

	if (!loops)
		cli_no_memory();
	for (size_t i = 0; i < sides->n; i++) {
		loops[i] = *common;
		loops[i].side = &sides->list[i];
		/* The last one, often the only one, needs no thread. */
		loops[i].threaded = i + 1 < sides->n &&
				    pthread_create(&loops[i].thread, NULL, follow, &loops[i]) == 0;
		if (!loops[i].threaded)
			(void)follow(&loops[i]);
	}
	for (size_t i = 0; i < sides->n; i++) {
		if (loops[i].threaded)
			(void)pthread_join(loops[i].thread, NULL);
		if (loops[i].failed)
			status = CLI_EXIT_FAILED;
	}
	free(loops);
	return status;
}

enum cli_exit tail_run(struct cli_sides *sides, const struct cli_spec_path *args, size_t n,
		       struct cat_output *cat, const struct tail_options *options)
{
	struct tail_file *files = calloc(n, sizeof(*files));
	enum cli_exit status = CLI_EXIT_OK;
	struct tail_out out;
	struct loop common = { .files = files, .n = n, .out = &out, .options = options };

	if (!files)
		cli_no_memory();
	if (options->count == 0 && !options->from_start && !options->follow) {
		free(files);
		return CLI_EXIT_OK; /* tail(1) looks at nothing then */
	}
	tail_out_init(&out, cat,
		      options->headings == TAIL_HEADINGS_ALWAYS ||
			  (options->headings == TAIL_HEADINGS_OF_SEVERAL && n > 1));
	for (size_t i = 0; i < n; i++) {
		struct tail_place place;

		files[i].arg = &args[i];
		files[i].fd = NSV_FD_NONE;
		(void)tail_place_init(&place, cli_side_of(sides, args[i].spec)->root);
		if (!tail_file_begin(&files[i], &place, &out, options) && !files[i].followed)
			status = CLI_EXIT_FAILED;
	}
	if (options->follow && follow_all(sides, &common) != CLI_EXIT_OK)
		status = CLI_EXIT_FAILED;
	for (size_t i = 0; i < n; i++) {
		/* Waited for in vain. */
		if (files[i].followed && !files[i].found)
			status = CLI_EXIT_FAILED;
		tail_file_close(&files[i]);
	}
	free(files);
	return status;
}
