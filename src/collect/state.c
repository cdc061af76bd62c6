/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* state.c - what a collection remembers of itself: its log, and what became of each thing. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "collect/far.h"
#include "reach/clock.h"

const char *nsv_outcome_word(enum nsv_outcome outcome)
{
	static const char *const words[NSV_OUTCOMES] = {
		[NSV_TAKEN] = "taken",
		[NSV_EMPTY] = "empty",
		[NSV_MISSING] = "missing",
		[NSV_FAILED] = "failed",
		[NSV_CHANGED] = "changed-during-read",
		[NSV_TRUNCATED] = "truncated",
		[NSV_SKIPPED] = "skipped",
	};

	return words[outcome];
}

void nsv_outcome_quiet(struct nsv_collection *c, const char *kind, const char *name,
		       enum nsv_outcome outcome, const char *reason)
{
	struct nsv_jout j = { .t = &c->outcomes };

	if (c->far) {
		nsv_far_outcome(c->far, kind, name, outcome, reason);
		return;
	}
	(void)atomic_fetch_add(&c->counts[outcome], 1);
	if (c->outcomes.size)
		nsv_text_puts(&c->outcomes, ",\n");
	nsv_jout_begin(&j, NULL, '{');
	nsv_jout_text(&j, "kind", kind);
	nsv_jout_text(&j, "name", name);
	nsv_jout_text(&j, "outcome", nsv_outcome_word(outcome));
	nsv_jout_text(&j, "reason", reason);
	nsv_jout_end(&j, '{');
}

void nsv_outcome(struct nsv_collection *c, const char *kind, const char *name,
		 enum nsv_outcome outcome, const char *reason)
{
	nsv_outcome_quiet(c, kind, name, outcome, reason);
	if (c->far)
		return;
	if (c->file_failed && outcome == NSV_FAILED && strcmp(kind, "file") == 0)
		c->file_failed(name, c->file_failed_data);
	/* Every container has a dozen of the kernel's mounts. */
	if (c->o->event && outcome != NSV_TAKEN && outcome != NSV_EMPTY &&
	    !(reason && (!strcmp(reason, NSV_WHY_KERNEL) || !strcmp(reason, NSV_WHY_NOT_ASKED))))
		c->o->event(&(struct nsv_collect_event){ .kind = NSV_COLLECT_EVENT_PROBLEM,
							 .name = name,
							 .text = reason,
							 .outcome = nsv_outcome_word(outcome),
							 .bytes = c->progress_bytes },
			    c->o->data);
}

void nsv_log(struct nsv_collection *c, const char *step, const char *fmt, ...)
{
	struct nsv_jout j = { .t = &c->log };
	struct timespec wall;
	char text[1024], when[48];
	int64_t ns = nsv_clock_ns(CLOCK_BOOTTIME);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (c->far) {
		nsv_far_log(c->far, step, text);
		return;
	}
	(void)clock_gettime(CLOCK_REALTIME, &wall);
	(void)snprintf(when, sizeof(when), "%lld.%09lld", (long long)(ns / 1000000000),
		       (long long)(ns % 1000000000));
	nsv_jout_begin(&j, NULL, '{');
	nsv_jout_time(&j, "time", wall);
	nsv_jout_text(&j, "monotonic", when);
	nsv_jout_text(&j, "step", step);
	nsv_jout_text(&j, "message", text);
	nsv_jout_end(&j, '{');
	nsv_jout_line(&j);
}

bool nsv_stop(struct nsv_collection *c)
{
	if (c->fatal < 0 || c->ended || c->full)
		return true;
	return c->o->cancel && __atomic_load_n(c->o->cancel, __ATOMIC_RELAXED);
}

int nsv_wrote(struct nsv_collection *c, int r)
{
	if (c->package && nsv_package_full(c->package) && !c->full) {
		c->full = true;
		nsv_log(c, "disk-full", "no space is left where the package is written");
	}
	if (r < 0 && r != -ENOSPC && c->fatal == 0)
		c->fatal = r;
	return r;
}

void nsv_progress(struct nsv_collection *c, const char *phase, const char *name)
{
	struct nsv_collect_event e = { .kind =
					   phase ? NSV_COLLECT_EVENT_PHASE : NSV_COLLECT_EVENT_ITEM,
				       .name = phase ? phase : name,
				       .bytes = c->progress_bytes };

	if (!c->o->event || c->far)
		return;
	if (phase)
		c->done = c->total = 0;
	e.done = c->total ? c->done : e.bytes;
	e.total = c->total ? c->total : c->expected;
	c->o->event(&e, c->o->data);
}

bool nsv_wants(const struct nsv_collection *c, unsigned flags)
{
	return (c->o->flags & flags) != 0;
}

bool nsv_wants_files(const struct nsv_collection *c)
{
	return nsv_wants(c, NSV_COLLECT_FULL) || c->o->n_paths || c->o->n_artifacts;
}
