/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscp_report.c - prints failures, the lines of -v, the progress line, and at the end counts of
 * what the copy left out.
 *
 * Locks: the library lets one event run at a time; `lock` is for the progress thread
 * and its end only.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "base/util.h"
#include "cli/nscp.h"

static void print_name(FILE *f, const char *spec, const char *path)
{
	bool terminal = isatty(fileno(f));
	char *text = terminal ? cli_escape(path, strlen(path), cli_locale_is_utf8(), NULL) : NULL;

	(void)fprintf(f, "'%s%s%s'", spec ? spec : "", spec ? ":" : "", text ? text : path);
	free(text);
}

static void print_done(const struct cp_report *r, const struct nsv_copy_event *event)
{
	cli_progress_wipe();
	print_name(r->verbose, r->from, event->path);
	if (event->dest && *event->dest) {
		(void)fputs(" -> ", r->verbose);
		print_name(r->verbose, r->to, event->dest);
	}
	(void)putc('\n', r->verbose);
}

static void remember(struct cp_report *r, const char *path)
{
	if (!r->running)
		return;
	(void)pthread_mutex_lock(&r->lock);
	(void)snprintf(r->current, sizeof(r->current), "%s", path);
	(void)pthread_mutex_unlock(&r->lock);
}

void cp_report_event(const struct nsv_copy_event *event, void *data)
{
	struct cp_report *r = data;
	const char *spec = event->on_dest ? r->to : r->from;
	const char *msg = event->msg ? event->msg : strerror(event->err);
	const char *colon = spec ? ":" : "", *hint = "";

	spec = spec ? spec : "";
	switch (event->kind) {
	case NSV_COPY_EVENT_STARTED:
		remember(r, event->path);
		break;
	case NSV_COPY_EVENT_DONE:
		print_done(r, event);
		break;
	case NSV_COPY_EVENT_SKIPPED:
	case NSV_COPY_EVENT_NOTE:
		cli_note("%s%s%s: %s", spec, colon, event->path, msg);
		break;
	case NSV_COPY_EVENT_FAILED:
	case NSV_COPY_EVENT_CHANGED:
		if (*colon && !event->on_dest && r->typed && strcmp(event->path, r->typed) == 0)
			hint = cli_glob_hint(false, r->typed, event->err);
		cli_error("%s%s%s: %s%s", spec, colon, event->path, msg, hint);
		break;
	}
}

static void show(struct cp_report *r, uint64_t started)
{
	struct nsv_copy_stats s = { .size = sizeof(s) };
	char bytes[CLI_SIZE_BUF], rate[CLI_SIZE_BUF], left[CLI_SIZE_BUF];
	unsigned share;
	double seconds = (double)((uint64_t)nsv_now_ns() - started) / 1e9;
	uint64_t total = __atomic_load_n(&r->total, __ATOMIC_RELAXED);
	uint64_t files, left_seconds;
	double per_second;

	nsv_copy_stats_get(r->copy, &s);
	files = s.files + s.dirs;
	per_second = seconds > 0 ? (double)s.bytes / seconds : 0;
	cli_human_size(s.bytes, bytes);
	cli_human_size((uint64_t)per_second, rate);
	if (total > s.bytes && per_second >= 1) {
		left_seconds = (uint64_t)((double)(total - s.bytes) / per_second);
		share = (unsigned)((double)s.bytes * 100 / (double)total);
		cli_progress_show(&r->progress, "%s, %u%%, %" PRIu64 " files, %s/s, %s left  %s",
				  bytes, share, files, rate, cli_duration(left_seconds, left),
				  r->current);
	} else {
		cli_progress_show(&r->progress, "%s, %" PRIu64 " files, %s/s  %s", bytes, files,
				  rate, r->current);
	}
}

/* Counts what there is to copy, in a thread and a run of its own, which makes and reports nothing.
 */
static void *counting_main(void *arg)
{
	struct cp_report *r = arg;
	struct nsv_copy_options o = *r->options;
	struct nsv_copy *count = NULL;
	struct nsv_copy_stats s = { .size = sizeof(s) };

	o.event = NULL;
	o.flags &= ~(unsigned)NSV_COPY_TELL_STARTS;
	o.to = NULL;
	o.cancel = &r->counting_ends;
	if (nsv_copy_new(&o, &count, NULL) < 0 || nsv_copy_to_nothing(count) < 0)
		return nsv_copy_free(count);
	for (size_t i = 0; i < r->n_sources; i++)
		(void)nsv_copy_add(count, r->sources[i].root, r->sources[i].path, NULL);
	nsv_copy_stats_get(count, &s);
	if (!__atomic_load_n(&r->counting_ends, __ATOMIC_RELAXED))
		__atomic_store_n(&r->total, s.bytes_total, __ATOMIC_RELAXED);
	return nsv_copy_free(count);
}

static void *progress_main(void *arg)
{
	struct cp_report *r = arg;
	uint64_t started = (uint64_t)nsv_now_ns();
	pthread_t counting;
	bool counts = false;

	(void)pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		const struct timespec until = nsv_in_ms(200);

		(void)pthread_cond_timedwait(&r->wake, &r->lock, &until);
		if (r->stop || !cli_progress_due(&r->progress))
			continue;
		/* A copy of less than a second needs no estimate. */
		if (!counts && r->options)
			counts = nsv_thread_start(&counting, 0, counting_main, r) == 0;
		show(r, started);
	}
	(void)pthread_mutex_unlock(&r->lock);
	__atomic_store_n(&r->counting_ends, 1, __ATOMIC_RELAXED);
	if (counts)
		(void)pthread_join(counting, NULL);
	return NULL;
}

void cp_report_start(struct cp_report *r, struct nsv_copy *copy, bool progress)
{
	r->copy = copy;
	cli_progress_start(&r->progress, progress);
	if (!r->progress.wanted)
		return;
	(void)pthread_mutex_init(&r->lock, NULL);
	nsv_cond_init(&r->wake);
	/* Signals are for the main thread, which they wake from read(2). */
	r->running = nsv_thread_start(&r->thread, 0, progress_main, r) == 0;
}

static void note_count(uint64_t n, const char *one, const char *many)
{
	if (n)
		cli_note("%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

/* "3 extended attributes ...: security.NTACL (2), trusted.x" */
void cp_report_xattrs(const struct nsv_copy *copy, enum nsv_xattr_left_why why)
{
	static const char *const words[] = {
		[NSV_XATTR_LEFT_SPECIAL] = "not copied (--special copies what DEST takes)",
		[NSV_XATTR_LEFT_UNNAMED] = "not copied (--xattr=NAME copies them)",
		[NSV_XATTR_LEFT_DEST] = "not kept at the destination",
	};
	nsv_autofree char *names = NULL;
	struct nsv_copy_xattr_left left = { .size = sizeof(left) };
	uint64_t n = 0;
	size_t size;
	FILE *f = open_memstream(&names, &size);

	if (!f)
		cli_no_memory();
	for (size_t i = 0; nsv_copy_xattr_left_get(copy, i, &left); i++) {
		if (left.why != why || left.count == 0)
			continue;
		(void)fprintf(f, "%s%s", n ? ", " : "", left.name ? left.name : "others");
		if (left.count > 1)
			(void)fprintf(f, " (%" PRIu64 ")", left.count);
		n += left.count;
	}
	if (fclose(f) != 0)
		cli_no_memory();
	if (n)
		cli_note("%" PRIu64 " extended attribute%s %s: %s", n, n == 1 ? "" : "s",
			 words[why], names);
}

bool cp_report_end(struct cp_report *r)
{
	struct nsv_copy_stats s = { .size = sizeof(s) };

	if (r->running) {
		(void)pthread_mutex_lock(&r->lock);
		r->stop = true;
		(void)pthread_cond_signal(&r->wake);
		(void)pthread_mutex_unlock(&r->lock);
		(void)pthread_join(r->thread, NULL);
		r->running = false;
	}
	cli_progress_end(&r->progress);
	nsv_copy_stats_get(r->copy, &s);
	note_count(s.setuid_dropped, "file lost its setuid or setgid bit (--special keeps it)",
		   "files lost setuid or setgid bits (--special keeps them)");
	note_count(s.nodes_left_out,
		   "device, FIFO or socket was left out (-a copies FIFOs and sockets, --special "
		   "devices too)",
		   "devices, FIFOs or sockets were left out (-a copies FIFOs and sockets, "
		   "--special devices too)");
	for (unsigned why = NSV_XATTR_LEFT_SPECIAL; why <= NSV_XATTR_LEFT_DEST; why++)
		cp_report_xattrs(r->copy, why);
	note_count(s.ids_unmapped, "owner has no number on the other side",
		   "owners have no number on the other side");
	return s.failed == 0 && s.changed == 0 && !r->declined;
}
