/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* frozen.c - freezes at the beginning of a collection, thaws at the end of its reading. No locks.
 */
#include "collect/frozen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/members.h"
#include "reach/clock.h"

#define SECONDS 30

static int find_members(void *data, pid_t **ret, size_t *ret_n)
{
	struct nsv_collection *c = data;
	struct nsv_members m = { 0 };
	pid_t *list;
	size_t n = 0;
	int r = nsv_target_alive(c->target);

	if (r == 0)
		r = nsv_members_find(c, &m);
	if (r < 0)
		return r;
	list = calloc(m.n + 1, sizeof(*list));
	for (size_t i = 0; list && i < m.n; i++)
		if (m.list[i].mntns) /* a zombie has none */
			list[n++] = m.list[i].pid;
	nsv_members_free(&m);
	if (!list)
		return -ENOMEM;
	*ret = list;
	*ret_n = n;
	return 0;
}

static const char *word_of(enum nsv_freeze_end end)
{
	static const char *const words[] = {
		[NSV_FREEZE_NOT] = "was-frozen",      [NSV_FREEZE_DONE] = "done",
		[NSV_FREEZE_TIMEOUT] = "time-out",    [NSV_FREEZE_SIGNAL] = "signal",
		[NSV_FREEZE_OTHER] = "by-another",    [NSV_FREEZE_KEPT] = "kept-for-another",
		[NSV_FREEZE_GONE] = "cgroup-removed", [NSV_FREEZE_UNGUARDED] = "guard-killed",
	};

	return words[end];
}

/* Why what was read may not be of one moment; NULL: it is. */
static const char *why_not(const struct nsv_freeze_report *r, char buf[160])
{
	switch (r->end) {
	case NSV_FREEZE_TIMEOUT:
		return "it was thawed by --freeze-timeout before all was read";
	case NSV_FREEZE_SIGNAL:
		return "the process that keeps it frozen was asked to end before all was read";
	case NSV_FREEZE_OTHER:
		return "another process thawed it before all was read";
	case NSV_FREEZE_GONE:
		return "its cgroup was removed before all was read";
	default:
		break;
	}
	if (r->n_outside) {
		(void)snprintf(buf, 160, "%zu processes of the container are in other cgroups",
			       r->n_outside);
		return buf;
	}
	if (!r->all_stopped)
		return "some of its processes wait in the kernel: they stop when they leave it";
	if (r->came_in) {
		(void)snprintf(buf, 160, "process %d of another's came in, and was stopped too",
			       (int)r->came_in);
		return buf;
	}
	if (r->end == NSV_FREEZE_KEPT)
		return "another process froze it meanwhile: it was left frozen";
	return r->end == NSV_FREEZE_UNGUARDED
		   ? "the process that keeps it frozen was killed meanwhile"
		   : NULL;
}

void nsv_collection_freeze(struct nsv_collection *c)
{
	const struct nsv_freeze_plan plan = { .procfs = c->target->procfs,
					      .procdir = c->target->procdir,
					      .seconds = c->o->freeze_seconds ? c->o->freeze_seconds
									      : SECONDS,
					      .members = find_members,
					      .data = c };
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_freeze_report report;

	if (!nsv_wants(c, NSV_COLLECT_FREEZE) || nsv_stop(c))
		return;
	nsv_progress(c, "freeze", NULL);
	if (nsv_freeze(&plan, &c->frozen, &e) < 0) {
		nsv_log(c, "freeze", "refused: %s", e.msg);
		nsv_outcome(c, "freeze", "freeze", NSV_FAILED, e.msg);
		return;
	}
	nsv_frozen_look(c->frozen, &report);
	nsv_log(c, "freeze", "cgroup v%u %s: %zu processes %s, %zu are elsewhere", report.version,
		report.path, report.n_stopped, report.from ? "are stopped" : "were stopped already",
		report.n_outside);
}

static double seconds_of(const struct nsv_freeze_report *r)
{
	return (double)(r->until - r->from) / 1e9;
}

void nsv_collection_thaw(struct nsv_collection *c)
{
	struct nsv_freeze_report report;
	const char *why;
	char buf[160];

	if (!c->frozen)
		return;
	nsv_thaw(c->frozen, &report);
	why = why_not(&report, buf);
	if (report.from)
		nsv_log(c, "thaw", "cgroup v%u %s: was frozen for %.3f s (%s)%s%s", report.version,
			report.path, seconds_of(&report), word_of(report.end), why ? "; " : "",
			why ? why : "");
	nsv_outcome(c, "freeze", report.path, why ? NSV_TRUNCATED : NSV_TAKEN,
		    why		  ? why
		    : report.from ? NULL
				  : "it was frozen already, and stays so");
}

static void put_moment(struct nsv_jout *j, const char *key, int64_t ns)
{
	struct timespec t;

	if (!ns) {
		nsv_jout_null(j, key);
		return;
	}
	ns += nsv_clock_ns(CLOCK_REALTIME) - nsv_clock_ns(CLOCK_BOOTTIME);
	t = (struct timespec){ ns / 1000000000, ns % 1000000000 };
	nsv_jout_time(j, key, t);
}

void nsv_frozen_put(struct nsv_collection *c, struct nsv_jout *j)
{
	struct nsv_freeze_report r;
	char text[32];

	if (!nsv_wants(c, NSV_COLLECT_FREEZE))
		return;
	if (!c->frozen) {
		nsv_jout_null(j, "freeze");
		return;
	}
	nsv_thaw(c->frozen, &r);
	nsv_jout_begin(j, "freeze", '{');
	nsv_jout_text(j, "cgroup", r.path);
	nsv_jout_u64(j, "version", r.version);
	nsv_jout_u64(j, "processes", r.n_stopped);
	nsv_jout_u64(j, "processes_outside", r.n_outside);
	nsv_jout_bool(j, "all_stopped", r.all_stopped);
	put_moment(j, "frozen", r.from);
	put_moment(j, "thawed", r.end == NSV_FREEZE_KEPT ? 0 : r.until);
	(void)snprintf(text, sizeof(text), "%.3f", seconds_of(&r));
	nsv_jout_text(j, "seconds", text);
	nsv_jout_text(j, "end", word_of(r.end));
	nsv_jout_end(j, '{');
}
