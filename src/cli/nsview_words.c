/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsview_words.c - the words that nsview takes, and which of them a mistyped word may mean. */
#include <string.h>

#include "base/util.h"
#include "cli/nsview.h"

const struct nsview_word nsview_words[] = {
	{ "ps", "nsps", "list the running containers, of any engine or without one" },
	{ "cat", "nscat", "print files of a container" },
	{ "ls", "nsls", "list files of a container" },
	{ "cp", "nscp", "copy out of containers, into them, and between them" },
	{ "info", "nsinfo", "show what the host knows of a container" },
	{ "diff", "nsdiff", "show what a container changed since its image" },
	{ "collect", "nscollect", "collect evidence, verify a package, make a report" },
	{ "run", "nsrun", "run a tool of the host beside a container, or a program in it" },
	{ "view", "nsviewd", "mount all containers as folders, for any tool" },
	{ "doctor", NULL, "say what works on this host, what does not, and why" },
	{ "help", NULL, "explain a command: nsview help cp" },
	{ 0 },
};

const struct nsview_word *nsview_word_find(const char *text)
{
	for (const struct nsview_word *w = nsview_words; w->word; w++)
		if (strcmp(text, w->word) == 0 || (w->program && strcmp(text, w->program) == 0))
			return w;
	return NULL;
}

#define WORD_MAX 16

/* How many letters to add, drop, change, or swap with their neighbour make @b of @a. */
static unsigned distance(const char *a, const char *b)
{
	unsigned d[WORD_MAX + 1][WORD_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > WORD_MAX || m > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= n; i++)
		for (size_t k = 0; k <= m; k++) {
			if (!i || !k) {
				d[i][k] = (unsigned)(i + k);
				continue;
			}
			d[i][k] = nsv_min(d[i - 1][k], d[i][k - 1]) + 1;
			d[i][k] =
			    nsv_min(d[i][k], d[i - 1][k - 1] + (unsigned)(a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				d[i][k] = nsv_min(d[i][k], d[i - 2][k - 2] + 1);
		}
	return d[n][m];
}

const struct nsview_word *nsview_word_near(const char *text)
{
	const struct nsview_word *best = NULL;
	size_t len = strlen(text);
	unsigned least = 3;

	for (const struct nsview_word *w = nsview_words; w->word; w++) {
		/* The beginning of a word is nearer than any slip. */
		unsigned n = len && strncmp(text, w->word, len) == 0 ? 0 : distance(text, w->word);

		/* Two letters that differ are another word where there are only two or three. */
		if (n == 2 && (len < 4 || strlen(w->word) < 4))
			continue;
		if (n < least && n < len) {
			least = n;
			best = w;
		}
		if (w->program && len > 2 && distance(text, w->program) < nsv_min(least, 2U)) {
			least = distance(text, w->program);
			best = w;
		}
	}
	return best;
}

void nsview_unknown(const char *text)
{
	const struct nsview_word *near = nsview_word_near(text);

	if (near)
		cli_usage_error("there is no command '%.64s': did you mean '%s'?", text,
				near->word);
	cli_usage_error("there is no command '%.64s'", text);
}
