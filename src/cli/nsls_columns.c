/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_columns.c - names alone: one per line, or in columns filled from top to bottom.
 *
 * Columns are laid out as ls(1) does it: as many as fit, each as wide as its
 * widest name and two blanks, at least three in all.
 */
#include <stdlib.h>

#include "base/util.h"
#include "nsls.h"

#define LEAST_COLUMN 3
#define GAP	     2

/* One entry in column @at of the line. */
static void print_entry(const struct ls_options *o, const struct ls_entry *entry,
			const struct ls_frills *frills, size_t at)
{
	ls_paint_normal(o->colors);
	ls_show_inode_and_blocks(o, entry, frills);
	ls_show_label(o, entry, frills);
	ls_show_name(o, entry, at);
}

void ls_print_one_per_line(const struct ls *ls, const struct ls_list *list)
{
	struct ls_frills frills = ls_measure_frills(&ls->o, list);

	for (size_t i = 0; i < list->shown; i++) {
		print_entry(&ls->o, &list->entries[i], &frills, 0);
		putchar(ls_eol(ls));
	}
}

/* Whether @count names fit in @columns; @widths gets the columns' widths. */
static bool fits(const size_t *lengths, size_t count, size_t columns, size_t line, size_t *widths)
{
	size_t rows = (count + columns - 1) / columns, total = 0;

	for (size_t c = 0; c < columns; c++)
		widths[c] = LEAST_COLUMN;
	for (size_t i = 0; i < count; i++) {
		size_t c = i / rows;
		size_t w = lengths[i] + (c == columns - 1 ? 0 : GAP);

		widths[c] = w > widths[c] ? w : widths[c];
	}
	for (size_t c = 0; c < columns; c++)
		total += widths[c];
	return total < line;
}

static size_t *measure(const struct ls *ls, const struct ls_list *list,
		       const struct ls_frills *frills)
{
	size_t *lengths = calloc(list->shown, sizeof(*lengths));

	if (!lengths)
		cli_no_memory();
	for (size_t i = 0; i < list->shown; i++)
		lengths[i] = ls_frills_width(frills) + ls_name_width(&ls->o, &list->entries[i]);
	return lengths;
}

void ls_print_columns(const struct ls *ls, const struct ls_list *list)
{
	struct ls_frills frills = ls_measure_frills(&ls->o, list);
	nsv_autofree size_t *lengths = NULL, *widths = NULL;
	size_t columns, rows;

	if (!list->shown)
		return;
	lengths = measure(ls, list, &frills);
	columns = nsv_min((size_t)ls->o.width / LEAST_COLUMN, list->shown);
	columns = columns ? columns : 1;
	widths = calloc(columns, sizeof(*widths));
	if (!widths)
		cli_no_memory();
	while (columns > 1 && !fits(lengths, list->shown, columns, ls->o.width, widths))
		columns--;
	rows = (list->shown + columns - 1) / columns;
	for (size_t row = 0; row < rows; row++) {
		size_t at = 0;

		for (size_t i = row, c = 0; i < list->shown; i += rows, c++) {
			print_entry(&ls->o, &list->entries[i], &frills, at);
			at += widths[c];
			if (i + rows < list->shown)
				printf("%*s", (int)(widths[c] - lengths[i]), "");
		}
		putchar('\n');
	}
}
