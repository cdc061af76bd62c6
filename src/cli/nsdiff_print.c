/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsdiff_print.c - lines for people and scripts: a letter and a path, or what differs and sizes. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "cli/nsdiff.h"

char *nsdiff_shown(const struct nsdiff *d, const char *text)
{
	char *shown;

	if (d->terminal && !d->zero)
		return cli_escape(text, strlen(text), d->utf8, NULL);
	shown = strdup(text);
	if (!shown)
		cli_no_memory();
	return shown;
}

void nsdiff_print_line(struct nsdiff *d, const struct nsv_change *c)
{
	nsv_autofree char *shown = nsdiff_shown(d, c->path);

	printf("%c %s%c", (char)c->kind, shown, d->zero ? '\0' : '\n');
}

/* "content,mode" of a changed file, else what kind of file it is. */
static void describe(const struct nsv_change *c, char *out, size_t size)
{
	static const struct {
		unsigned bit;
		const char *word;
	} words[] = {
		{ NSV_DIFFERS_TYPE, "type" },	      { NSV_DIFFERS_CONTENT, "content" },
		{ NSV_DIFFERS_METADATA, "metadata" }, { NSV_DIFFERS_ENTRIES, "entries" },
		{ NSV_DIFFERS_TIME, "time" },
	};
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < NSV_ARRAY_SIZE(words); i++)
		if (c->what & words[i].bit)
			used += (size_t)snprintf(out + used, size - used, "%s%s", used ? "," : "",
						 words[i].word);
	if (!used)
		(void)snprintf(out, size, "%s", c->kind == NSV_CHANGE_CHANGED ? "nothing" : "");
}

static const char *size_of(const struct nsv_change_side *s, char buf[static CLI_SIZE_BUF])
{
	return s->exists && S_ISREG(s->mode) ? cli_human_size(s->size, buf) : "-";
}

void nsdiff_print_stat(struct nsdiff *d, const struct nsv_change *c)
{
	nsv_autofree char *shown = nsdiff_shown(d, c->path);
	char what[64], old[CLI_SIZE_BUF], now[CLI_SIZE_BUF];

	describe(c, what, sizeof(what));
	printf("%c %5s %5s  %-16s  %s%c", (char)c->kind, size_of(c->old, old), size_of(c->now, now),
	       what, shown, d->zero ? '\0' : '\n');
}

void nsdiff_print_totals(const struct nsdiff *d, bool unknown)
{
	const struct nsdiff_totals *t = &d->totals;
	char size[CLI_SIZE_BUF];

	if (unknown) {
		printf(" unknown: added, changed, deleted; %llu on volumes%c",
		       (unsigned long long)t->volumes, d->zero ? '\0' : '\n');
		return;
	}
	printf(" %llu added, %llu changed, %llu deleted, %llu on volumes; %s%s%c",
	       (unsigned long long)t->added, (unsigned long long)t->changed,
	       (unsigned long long)t->deleted, (unsigned long long)t->volumes,
	       t->bytes < 0 ? "-" : "+",
	       cli_human_size(t->bytes < 0 ? (uint64_t)0 - (uint64_t)t->bytes : (uint64_t)t->bytes,
			      size),
	       d->zero ? '\0' : '\n');
}
