/* SPDX-License-Identifier: GPL-2.0-or-later */
/* complete_values.c - finds the words that an option takes in the text of --help. No state. */
#include "command/complete_values.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "command/options.h"

#define WORD_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_-"
#define WORD_MAX   64

/* Several values may be given, separated by commas. */
static bool takes_list(const struct cli_option *o)
{
	return strstr(o->arg, "LIST") || strstr(o->arg, ",...") || strstr(o->help, "commas") ||
	       strstr(o->help, "comma-separated");
}

static void offer(const struct cli_completion *c, const char *text, size_t len)
{
	nsv_autofree char *word = strndup(text, len);

	if (!word)
		cli_no_memory();
	if (takes_list(c->option))
		cli_candidate_in_list(c, word);
	else
		cli_candidate(c, word, true, NULL);
}

/* Behind a pair of parentheses at @text, which may hold others. */
static const char *behind_parentheses(const char *text)
{
	int depth = 0;

	do {
		depth += *text == '(';
		depth -= *text == ')';
	} while (*text++ && depth > 0 && *text);
	return text;
}

/* Behind what separates two words of a list; NULL if neither that nor the list's end is here. */
static const char *behind_separator(const char *text)
{
	static const char *const separators[] = { ", or ", ", and ", ", ", " or ", " and " };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(separators); i++)
		if (strncmp(text, separators[i], strlen(separators[i])) == 0)
			return text + strlen(separators[i]);
	return *text == '\0' || strchr(";.:", *text) ? text : NULL;
}

/* Counts the words of a list at @text, and offers them with @c. */
static size_t take_words(const struct cli_completion *c, const char *text)
{
	size_t n = 0;

	for (;;) {
		size_t len = strspn(text, WORD_CHARS);
		const char *end = text + len;

		if (!len || !islower((unsigned char)*text))
			return n;
		if (strncmp(end, " (", 2) == 0)
			end = behind_parentheses(end + 1);
		end = behind_separator(end);
		if (!end)
			return n;
		if (c)
			offer(c, text, len);
		n++;
		text = end;
	}
}

static bool words_of_sentence(const struct cli_completion *c)
{
	const char *at = c->option->help;

	while (at && take_words(NULL, at) < 2) {
		at = strstr(at, ": ");
		at = at ? at + 2 : NULL;
	}
	if (at)
		(void)take_words(c, at);
	return at;
}

/* nsps takes columns in either case; +LIST, which adds to the default ones; -COLUMN, which is the
 * other way round; and COLUMN=GLOB. */
static void offer_column(const struct cli_completion *c, const char *text, size_t len)
{
	const char *last = strrchr(c->typed, ',');
	char word[WORD_MAX + 3] = "-";
	size_t at;

	last = last ? last + 1 : c->typed + (*c->typed == '+');
	at = *last == '-' && strstr(c->option->help, "-COLUMN");
	last += at;
	for (size_t i = 0; i < len; i++)
		word[at + i] =
		    islower((unsigned char)*last) ? (char)tolower((unsigned char)text[i]) : text[i];
	len += at;
	word[len] = '\0';
	if (strchr(c->option->arg, '=')) {
		word[len] = '=';
		word[len + 1] = '\0';
		cli_candidate(c, word, false, NULL);
	} else {
		offer(c, word, len);
	}
}

static bool words_of_columns(const struct cli_completion *c)
{
	const char *at = c->command->epilog ? strstr(c->command->epilog, "Columns: ") : NULL;

	if (!at)
		return false;
	for (at += strlen("Columns:"); *at && *at != '.';) {
		size_t len = 0;

		while (isupper((unsigned char)at[len]))
			len++;
		if (len >= 2 && len < WORD_MAX)
			offer_column(c, at, len);
		if (*at == '(')
			at = behind_parentheses(at);
		else
			at += len ? len : 1;
	}
	return true;
}

/* "links=confined|raw": each of them; "exclude=GLOB": up to the "=". */
static void offer_setting(const struct cli_completion *c, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len), *end = text + len;
	size_t name = equals ? (size_t)(equals - text) + 1 : len;
	bool open = false;

	if (!equals)
		offer(c, text, len);
	for (const char *at = text + name; equals && at < end;) {
		size_t value = strcspn(at, "| \n,");
		char word[2 * WORD_MAX];

		if (islower((unsigned char)*at) && name + value < sizeof(word)) {
			memcpy(word, text, name);
			memcpy(word + name, at, value);
			offer(c, word, name + value);
		} else {
			open = true;
		}
		at += value + 1;
	}
	if (open)
		offer(c, text, name);
}

static bool words_of_settings(const struct cli_completion *c)
{
	const char *line = c->command->epilog;

	for (; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		const char *at = line + 2;

		if (strncmp(line, "  ", 2) != 0)
			continue;
		while (islower((unsigned char)*at)) {
			size_t len = strcspn(at, " \n,");

			offer_setting(c, at, len);
			at += len;
			at += strncmp(at, ", ", 2) == 0 ? 2 : 0;
		}
	}
	return true;
}

bool cli_complete_words(const struct cli_completion *c)
{
	const char *help = c->option->help;

	if (words_of_sentence(c))
		return true;
	if (strstr(help, "column") && words_of_columns(c))
		return true;
	return strstr(help, "see below") && words_of_settings(c);
}
