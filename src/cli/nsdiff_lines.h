/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsdiff_lines.h - which lines of two texts differ. Time and memory are bounded for any text: past
 * a number of steps what is left counts as replaced.
 */
#ifndef NSV_CLI_NSDIFF_LINES_H
#define NSV_CLI_NSDIFF_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NSDIFF_LINES_MAX 65536

struct nsdiff_line {
	const char *text;
	size_t len;  /* with its newline, if it has one */
	uint32_t id; /* equal lines have equal ones */
};

struct nsdiff_text {
	struct nsdiff_line *lines; /* owned; the texts are borrowed */
	size_t n;
	bool *differs; /* for each line, owned: it is not in the other text */
};

/* False: too many lines. */
bool nsdiff_text_split(const char *text, size_t len, struct nsdiff_text *ret);
void nsdiff_text_free(struct nsdiff_text *t);
void nsdiff_lines(struct nsdiff_text *a, struct nsdiff_text *b);

#endif
