/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * processes.c - one process after the other, as the host's /proc tells. A process that ends while
 * it is looked at is left out; one whose memory is locked keeps what is read from there only.
 */
#include "collect/processes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <nsview/inspect.h>

#include "collect/listings.h"
#include "reach/clock.h"
#include "reach/proc.h"

static void put_numbers(struct nsv_jout *j, const char *key, const pid_t *list, unsigned n)
{
	nsv_jout_begin(j, key, '[');
	for (unsigned i = 0; i < n; i++)
		nsv_jout_i64(j, NULL, list[i]);
	nsv_jout_end(j, '[');
}

/* The wall clock's time of a start in ticks since boot. */
static struct timespec start_time(uint64_t ticks)
{
	int64_t since_boot = (int64_t)(ticks * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK)));
	int64_t ns = nsv_clock_ns(CLOCK_REALTIME) - nsv_clock_ns(CLOCK_BOOTTIME) + since_boot;

	/* To what it is exact: the same process has the same start in every collection. */
	ns -= ns % 10000000;
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

static void put_link(struct nsv_looked *l, const char *key, const char *name)
{
	char path[48], text[4096 + 16];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", l->dir, name);
	n = readlinkat(l->procfs, path, text, sizeof(text));
	if (n < 0)
		nsv_jout_null(l->j, key);
	else
		nsv_jout_bytes(l->j, key, text, (size_t)n);
}

static void put_namespaces(struct nsv_looked *l)
{
	nsv_jout_begin(l->j, "namespaces", '{');
	for (unsigned k = NSV_NS_MNT; k <= NSV_NS_TIME; k++) {
		const char *name = nsv_ns_name((enum nsv_ns_kind)k);
		uint64_t inode;

		if (nsv_process_ns(l->procfs, l->dir, name, &inode) == 0)
			nsv_jout_u64(l->j, name, inode);
		else
			nsv_jout_null(l->j, name);
	}
	nsv_jout_end(l->j, '{');
}

static void put_file(struct nsv_looked *l, const char *key, const char *name)
{
	nsv_autofree char *heap = NULL;
	const char *text;
	char small[4096];
	ssize_t n = nsv_process_text(l->procfs, l->dir, name, small, sizeof(small), &text, &heap);

	if (n < 0)
		nsv_jout_null(l->j, key);
	else
		nsv_jout_bytes(l->j, key, text,
			       strcspn(text, "\n") == (size_t)n - 1 ? (size_t)n - 1 : (size_t)n);
}

static void put_started(struct nsv_looked *l, const struct nsv_process_stat *st)
{
	struct timespec when = start_time(st->start);
	char message[160];

	nsv_jout_u64(l->j, "start_ticks", st->start);
	nsv_jout_time(l->j, "started", when);
	(void)snprintf(message, sizeof(message), "process %d (%s) started", (int)l->p->pid,
		       st->comm);
	nsv_list_moment(l->c, when, "Start Time", "linux:process", message, l->p->pid);
}

static void put_process(struct nsv_looked *l, const struct nsv_process_stat *st, const char *status)
{
	struct nsv_jout *j = l->j;
	const char state[] = { st->state, '\0' };
	struct nsv_status s = { 0 };

	nsv_status_parse(status, &s);
	nsv_jout_begin(j, NULL, '{');
	nsv_jout_i64(j, "pid", l->p->pid);
	nsv_jout_i64(j, "pid_inside", s.n_tgids ? s.tgids[s.n_tgids - 1] : 0);
	put_numbers(j, "pids", s.tgids, s.n_tgids);
	nsv_jout_i64(j, "ppid", st->ppid);
	nsv_jout_text(j, "name", st->comm);
	nsv_jout_text(j, "state", state);
	put_started(l, st);
	nsv_process_arguments(l);
	nsv_process_environment(l);
	put_link(l, "cwd", "cwd");
	put_link(l, "root", "root");
	nsv_process_exe(l);
	nsv_process_credentials(l, status);
	put_namespaces(l);
	put_file(l, "cgroup", "cgroup");
	put_file(l, "lsm", "attr/current");
	put_file(l, "login_uid", "loginuid");
	put_file(l, "oom_score_adj", "oom_score_adj");
	nsv_process_limits(l);
	nsv_process_fds(l);
	nsv_process_maps(l);
	nsv_process_threads(l);
	nsv_jout_end(j, '{');
}

static void look_at(struct nsv_looked *l)
{
	nsv_autofree char *heap = NULL;
	struct nsv_process_stat st;
	char small[8192];
	const char *status;

	(void)snprintf(l->dir, sizeof(l->dir), "%d", (int)l->p->pid);
	/* Who ended meanwhile is not there; who took its number is not the one that was found. */
	if (nsv_process_stat(l->procfs, l->dir, &st) < 0 || st.ppid != l->p->ppid ||
	    nsv_process_text(l->procfs, l->dir, "status", small, sizeof(small), &status, &heap) <
		0) {
		nsv_log(l->c, "processes", "%s has ended", l->dir);
		return;
	}
	nsv_progress(l->c, NULL, st.comm);
	put_process(l, &st, status);
	l->c->n_processes++;
}

int nsv_collect_processes(struct nsv_collection *c)
{
	struct nsv_proc_reader reader = NSV_PROC_READER_INIT(c->target->procfs, c->target->root);
	struct nsv_text text = NSV_TEXT_INIT;
	struct nsv_jout j = { .t = &text, .lines = 1 };
	struct nsv_looked l = { .c = c, .j = &j, .reader = &reader, .procfs = c->target->procfs };
	int r;

	nsv_progress(c, "processes", NULL);
	r = nsv_members_find(c, c->members);
	nsv_log(c, "processes", "%zu found", c->members->n);
	nsv_jout_begin(&j, NULL, '[');
	for (size_t i = 0; r == 0 && i < c->members->n && !nsv_stop(c); i++) {
		l.p = &c->members->list[i];
		c->done = i;
		c->total = c->members->n;
		look_at(&l);
	}
	nsv_jout_end(&j, '[');
	nsv_jout_line(&j);
	nsv_proc_reader_done(&reader);
	if (r < 0 || nsv_stop(c) || c->members->cut)
		nsv_outcome(c, "processes", "processes.json", r < 0 ? NSV_FAILED : NSV_TRUNCATED,
			    r < 0 ? strerror(-r) : "not all of them were looked at");
	else
		nsv_outcome(c, "processes", "processes.json", NSV_TAKEN, NULL);
	if (reader.stuck)
		nsv_outcome(
		    c, "processes", "memory", NSV_FAILED,
		    "a process keeps its memory locked: what is read from there is missing");
	r = nsv_wrote(c, nsv_package_text(c->package, "processes.json", &text));
	nsv_text_free(&text);
	return r;
}
