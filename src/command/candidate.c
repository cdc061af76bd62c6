/* SPDX-License-Identifier: GPL-2.0-or-later */
/* candidate.c - prints what a completion offers, if it begins as what was typed. No state. */
#include "command/candidate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "command/fatal.h"

static void record(char kind, const char *a, const char *b, const char *c)
{
	(void)printf("%c%s%s%s", kind, a, b, c);
	(void)putchar('\0');
}

void cli_candidate(const struct cli_completion *c, const char *text, bool whole, const char *about)
{
	if (strncmp(text, c->typed, strlen(c->typed)) != 0)
		return;
	record(whole ? 'w' : 'p', c->prefix, text, "");
	if (about)
		record('d', about, "", "");
}

void cli_candidate_in_list(const struct cli_completion *c, const char *text)
{
	const char *last = strrchr(c->typed, ',');
	nsv_autofree char *before = NULL;

	last = last ? last + 1 : c->typed + (*c->typed == '+');
	if (strncmp(text, last, strlen(last)) != 0)
		return;
	before = strndup(c->typed, (size_t)(last - c->typed));
	if (!before)
		cli_no_memory();
	record('p', c->prefix, before, text);
}

void cli_candidate_files(const struct cli_completion *c)
{
	record('f', c->prefix, "", "");
}

void cli_candidate_commands(const struct cli_completion *c)
{
	record('c', c->prefix, "", "");
}
