/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscollect_summary.c - what is said of a collection: a progress line, each problem, a summary, and
 * a line for syslog(3). Names are a container's to choose: they are escaped.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/util.h"
#include "cli/log.h"
#include "cli/nscollect.h"

#define TOLD_MAX 20

void nscollect_teller_start(struct nscollect_teller *r, const char *spec, bool progress)
{
	*r = (struct nscollect_teller){ .spec = spec, .phase_began = nsv_now_ns() };
	cli_progress_start(&r->line, progress);
}

static void remember(struct nscollect_teller *r, const struct nsv_collect_event *e)
{
	const char *reason = e->text ? e->text : "";

	for (unsigned i = 0; i < r->n_reasons; i++)
		if (!strcmp(r->reasons[i].reason, reason) &&
		    !strcmp(r->reasons[i].outcome, e->outcome)) {
			r->reasons[i].n++;
			return;
		}
	if (r->n_reasons == NSCOLLECT_REASONS)
		return;
	r->reasons[r->n_reasons].reason = strdup(reason);
	r->reasons[r->n_reasons].name = strdup(e->name);
	r->reasons[r->n_reasons].outcome = e->outcome;
	r->reasons[r->n_reasons].n = 1;
	if (!r->reasons[r->n_reasons].reason || !r->reasons[r->n_reasons].name)
		cli_no_memory();
	r->n_reasons++;
}

/* "30%, 12s left", "" while that can't be known. */
static void put_share(const struct nscollect_teller *r, const struct nsv_collect_event *e,
		      char *text, size_t size)
{
	double seconds = (double)(nsv_now_ns() - r->phase_began) / 1e9;
	char left[CLI_SIZE_BUF];
	unsigned share;

	text[0] = '\0';
	if (e->total == 0 || e->done > e->total)
		return;
	share = (unsigned)((double)e->done * 100 / (double)e->total);
	if (e->done && seconds > 1)
		(void)snprintf(text, size, "%u%%, %s left  ", share,
			       cli_duration((uint64_t)(seconds * (double)(e->total - e->done) /
						       (double)e->done),
					    left));
	else
		(void)snprintf(text, size, "%u%%  ", share);
}

void nscollect_on_event(const struct nsv_collect_event *e, void *data)
{
	struct nscollect_teller *r = data;
	char size[CLI_SIZE_BUF], share[64];

	if (e->kind == NSV_COLLECT_EVENT_PROBLEM && strcmp(r->phase, "changes") == 0 &&
	    strcmp(e->outcome, "skipped") == 0 && !r->unknown) {
		/* Many containers have no image: the summary says so. */
		r->unknown = strdup(e->text ? e->text : "?");
		if (!r->unknown)
			cli_no_memory();
		return;
	}
	if (e->kind == NSV_COLLECT_EVENT_PROBLEM) {
		remember(r, e);
		if (r->told++ < TOLD_MAX)
			cli_note("%s:%s: %s", r->spec, e->name, e->text ? e->text : "?");
		else
			r->untold++;
		return;
	}
	if (e->kind == NSV_COLLECT_EVENT_PHASE) {
		(void)snprintf(r->phase, sizeof(r->phase), "%s", e->name);
		r->phase_began = nsv_now_ns();
	}
	if (!cli_progress_due(&r->line))
		return;
	put_share(r, e, share, sizeof(share));
	cli_progress_show(&r->line, "%s  %s  %s%s", r->phase, cli_human_size(e->bytes, size), share,
			  e->kind == NSV_COLLECT_EVENT_ITEM ? e->name : "");
}

void nscollect_teller_end(struct nscollect_teller *r)
{
	cli_progress_end(&r->line);
	if (r->untold)
		cli_note("%s: %u more of these: collection.json has all", r->spec, r->untold);
}

static void put_reasons(const struct nscollect_teller *r, uint64_t skipped, FILE *to)
{
	for (unsigned i = 0; i < r->n_reasons; i++) {
		nsv_autofree char *name = cli_escape(r->reasons[i].name, strlen(r->reasons[i].name),
						     cli_locale_is_utf8(), NULL);
		nsv_autofree char *reason =
		    cli_escape(r->reasons[i].reason, strlen(r->reasons[i].reason),
			       cli_locale_is_utf8(), NULL);

		(void)fprintf(to, "  %s: %s: %s", r->reasons[i].outcome, reason, name);
		if (r->reasons[i].n > 1)
			(void)fprintf(to, " and %u more", r->reasons[i].n - 1);
		(void)fprintf(to, "\n");
		if (!strcmp(r->reasons[i].outcome, "skipped"))
			skipped -= nsv_min(skipped, (uint64_t)r->reasons[i].n);
	}
	/* The library tells of these in collection.json only. */
	if (skipped && r->n_reasons < NSCOLLECT_REASONS)
		(void)fprintf(to,
			      "  skipped: mounts of the kernel's, or not asked for: %" PRIu64 "\n",
			      skipped);
}

void nscollect_summary(const struct nscollect_teller *r, const char *package,
		       const struct nsv_collect_result *s, const struct nsv_sign_key *sign)
{
	FILE *to = strcmp(package, "-") == 0 ? stderr : stdout;
	char size[CLI_SIZE_BUF];
	char spec[CLI_LOG_WORDS], to_file[CLI_LOG_WORDS];

	(void)fprintf(to, "%s: %s\n", package, s->complete ? "complete" : "INCOMPLETE");
	(void)fprintf(to, "  %" PRIu64 " process%s, %" PRIu64 " file%s, %s\n", s->processes,
		      s->processes == 1 ? "" : "es", s->files, s->files == 1 ? "" : "s",
		      cli_human_size(s->bytes, size));
	(void)fprintf(to,
		      "  taken %" PRIu64 ", empty %" PRIu64 ", missing %" PRIu64 ", failed %" PRIu64
		      ", changed %" PRIu64 ", truncated %" PRIu64 ", skipped %" PRIu64 "\n",
		      s->taken, s->empty, s->missing, s->failed, s->changed, s->truncated,
		      s->skipped);
	if (r->unknown) {
		nsv_autofree char *why =
		    cli_escape(r->unknown, strlen(r->unknown), cli_locale_is_utf8(), NULL);

		(void)fprintf(to, "  changes unknown: %s\n", why);
	}
	put_reasons(r, s->skipped - nsv_min(s->skipped, (uint64_t)(r->unknown ? 1 : 0)), to);
	(void)fprintf(to, "  root hash %s\n", s->root_hash);
	if (sign)
		(void)fprintf(to, "  root hash signed by key %s\n", nsv_sign_key_text(sign));
	(void)fflush(to);
	cli_log("nscollect", "collect",
		"container=%s package=%s %s processes=%" PRIu64 " files=%" PRIu64 " failed=%" PRIu64
		" skipped=%" PRIu64 " root_hash=%s",
		cli_log_words(spec, &r->spec, 1), cli_log_words(to_file, &package, 1),
		s->complete ? "complete" : "incomplete", s->processes, s->files, s->failed,
		s->skipped, s->root_hash);
}

void nscollect_teller_free(struct nscollect_teller *r)
{
	for (unsigned i = 0; i < r->n_reasons; i++) {
		free(r->reasons[i].name);
		free(r->reasons[i].reason);
	}
	r->n_reasons = 0;
	nsv_free_p(&r->unknown);
}
