/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsps_fit.c - makes a table fit into the terminal, so that no line wraps: texts are cut, and what
 * was cut ends in a mark; columns that find no room are left out. Numbers are never cut, since one
 * without its end is another number.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/util.h"
#include "cli/nsps.h"

/* What is left of a column at least. */
#define LEAST_CUT  8  /* made to be cut: IMAGE, COMMAND */
#define LEAST_TEXT 12 /* others: an ID has as many digits */

bool ps_want_locale(void)
{
	static bool asked, known;

	if (!asked)
		known = (setlocale(LC_CTYPE, "") && MB_CUR_MAX > 1) ||
			(setlocale(LC_CTYPE, "C.UTF-8") && MB_CUR_MAX > 1);
	asked = true;
	return known;
}

/* Bytes of the character at @text, and the columns that it takes. */
static size_t character(const char *text, unsigned *ret_width)
{
	unsigned char first = (unsigned char)*text;
	wchar_t wide;
	size_t len;
	int width;

	*ret_width = 1;
	if (first < 128)
		return 1;
	len = mbrtowc(&wide, text, MB_CUR_MAX, &(mbstate_t){ 0 });
	if (len == 0 || len > MB_CUR_MAX)
		return 1;
	width = wcwidth(wide);
	*ret_width = width < 0 ? 1 : (unsigned)width;
	return len;
}

static unsigned width_of(const char *text)
{
	unsigned total = 0, width;

	while (*text) {
		text += character(text, &width);
		total += width;
	}
	return total;
}

void ps_cut(char **text, unsigned width, bool utf8)
{
	const char *mark = utf8 && ps_want_locale() ? "\u2026" : "...";
	unsigned mark_width = utf8 && ps_want_locale() ? 1 : 3, used = 0, more;
	const char *end = *text;
	char *cut = NULL;

	if (width_of(*text) <= width)
		return;
	while (*end) {
		size_t len = character(end, &more);

		if (used + more + mark_width > width)
			break;
		used += more;
		end += len;
	}
	/* A mark alone that is too wide, where there is room for two columns. */
	if (mark_width > width)
		mark += strlen(mark) - width;
	if (asprintf(&cut, "%.*s%s", (int)(end - *text), *text, mark) < 0)
		cli_no_memory();
	free(*text);
	*text = cut;
}

struct fit {
	unsigned now[PS_MAX_COLUMNS], least[PS_MAX_COLUMNS];
	size_t n;
};

static unsigned total_of(const struct fit *f, const unsigned *widths)
{
	unsigned total = 0;

	for (size_t i = 0; i < f->n; i++)
		total += widths[i] + (i > 0);
	return total;
}

/* Narrows the widest of the columns of one sort until all fit, or none can give more. */
static void narrow(struct fit *f, const struct ps_options *o, unsigned width, bool made_to_be_cut)
{
	while (total_of(f, f->now) > width) {
		size_t widest = f->n;

		for (size_t i = 0; i < f->n; i++)
			if ((o->columns[i]->align == PS_TRUNC) == made_to_be_cut &&
			    f->now[i] > f->least[i] &&
			    (widest == f->n || f->now[i] > f->now[widest]))
				widest = i;
		if (widest == f->n)
			break;
		f->now[widest]--;
	}
}

static void measure(struct fit *f, const struct ps *ps, char **texts, size_t stride,
		    const unsigned *indents, size_t tree_column)
{
	f->n = ps->o.n_columns;
	for (size_t k = 0; k < f->n; k++) {
		unsigned heading = (unsigned)strlen(ps->o.columns[k]->name), least;

		f->now[k] = ps->o.no_headings ? 1 : heading;
		for (size_t i = 0; i < ps->n_shown; i++) {
			unsigned w = width_of(texts[i * stride + k]);

			if (indents && k == tree_column)
				w += indents[i];
			f->now[k] = nsv_max(f->now[k], w);
		}
		least = ps->o.columns[k]->align == PS_RIGHT   ? f->now[k]
			: ps->o.columns[k]->align == PS_TRUNC ? LEAST_CUT
							      : LEAST_TEXT;
		if (!ps->o.no_headings)
			least = nsv_max(least, heading);
		f->least[k] = nsv_min(least, f->now[k]);
	}
}

void ps_fit(struct ps *ps, char **texts, size_t stride, const unsigned *indents, size_t tree_column,
	    unsigned width)
{
	struct fit f = { 0 };

	if (ps->o.utf8)
		(void)ps_want_locale();
	measure(&f, ps, texts, stride, indents, tree_column);
	while (f.n > 1 && total_of(&f, f.least) > width)
		f.n--;
	if (total_of(&f, f.least) > width)
		f.now[0] = f.least[0] = width;
	narrow(&f, &ps->o, width, true);
	narrow(&f, &ps->o, width, false);
	for (size_t i = 0; i < ps->n_shown; i++)
		for (size_t k = 0; k < f.n; k++) {
			unsigned indent = indents && k == tree_column ? indents[i] : 0;

			ps_cut(&texts[i * stride + k], f.now[k] > indent ? f.now[k] - indent : 1,
			       ps->o.utf8);
		}
	ps->o.n_columns = f.n;
}
