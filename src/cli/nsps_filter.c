/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsps_filter.c - chooses and orders containers by the values of their columns, shown or not.
 *
 * Patterns are fnmatch(3)'s, in the C locale: a name's bytes are compared as they are.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/util.h"
#include "cli/nsps.h"

static void add_label(struct ps_filter *f, const char *text)
{
	size_t len = strcspn(text, "=");

	if (!len)
		cli_usage_error("--filter: a label's name is missing");
	f->label = strndup(text, len);
	if (!f->label)
		cli_no_memory();
	f->glob = text[len] ? text + len + 1 : NULL;
}

void ps_filter_add(struct ps_options *o, const char *text)
{
	size_t len = strcspn(text, "=");
	struct ps_filter *f = &o->filters[o->n_filters];

	if (o->n_filters == PS_MAX_FILTERS)
		cli_usage_error("too many filters");
	if (!text[len] || !len || (len == 1 && *text == '!'))
		cli_usage_error("--filter wants KEY=VALUE, as in name=web*, not '%s'", text);
	*f = (struct ps_filter){ .negated = text[len - 1] == '!' };
	if (len - f->negated == 5 && !strncasecmp(text, "label", 5)) {
		add_label(f, text + len + 1);
	} else {
		f->column = ps_column_find(text, len - f->negated);
		f->glob = text + len + 1;
	}
	o->n_filters++;
}

void ps_filters_done(struct ps_options *o)
{
	while (o->n_filters)
		free(o->filters[--o->n_filters].label);
}

void ps_sort_parse(struct ps_options *o, const char *list)
{
	o->n_sort = 0;
	for (;;) {
		bool descending = *list == '-';
		size_t len;

		list += descending;
		len = strcspn(list, ",");
		if (!len)
			cli_usage_error("--sort: a column's name is missing");
		if (o->n_sort == PS_MAX_COLUMNS)
			cli_usage_error("too many columns");
		o->sort[o->n_sort++] =
		    (struct ps_sort_key){ ps_column_find(list, len), descending };
		if (!list[len])
			break;
		list += len + 1;
	}
}

/* The value to compare; the caller frees ret->owned. */
static void get_plain(struct ps *ps, const struct nsv_container *c, const struct ps_column *column,
		      struct ps_cell *ret)
{
	*ret = (struct ps_cell){ .kind = PS_NOTHING };
	ps->plain = true;
	column->get(ps, c, ret);
	ps->plain = false;
}

static bool label_matches(const struct nsv_container *c, const struct ps_filter *f)
{
	const char *key, *value;

	for (size_t i = 0; (key = nsv_container_label(c, i, &value)); i++)
		if (!strcmp(key, f->label) && (!f->glob || !fnmatch(f->glob, value, 0)))
			return true;
	return false;
}

static bool matches(struct ps *ps, const struct nsv_container *c, const struct ps_filter *f)
{
	struct ps_cell cell;
	char number[24];
	bool found = false;

	if (!f->column)
		return label_matches(c, f);
	get_plain(ps, c, f->column, &cell);
	if (cell.kind == PS_NUMBER) {
		(void)snprintf(number, sizeof(number), "%llu", (unsigned long long)cell.number);
		found = !fnmatch(f->glob, number, 0);
	} else if (cell.kind == PS_TEXT) {
		found = !fnmatch(f->glob, cell.text, 0);
	}
	free(cell.owned);
	return found;
}

bool ps_filters_match(struct ps *ps, const struct nsv_container *c)
{
	for (size_t i = 0; i < ps->o.n_filters; i++)
		if (matches(ps, c, &ps->o.filters[i]) == ps->o.filters[i].negated)
			return false;
	return true;
}

struct row {
	const struct nsv_container *c;
	size_t place; /* oldest first */
	struct ps_cell *cells;
};

static int compare_cells(const struct ps_cell *a, const struct ps_cell *b)
{
	if (a->kind == PS_NUMBER && b->kind == PS_NUMBER)
		return (a->number > b->number) - (a->number < b->number);
	if (a->kind == PS_TEXT && b->kind == PS_TEXT)
		return strcmp(a->text, b->text);
	return 0;
}

static int compare(const void *a, const void *b, void *data)
{
	const struct row *x = a, *y = b;
	const struct ps *ps = data;

	for (size_t i = 0; i < ps->o.n_sort; i++) {
		bool none_x = x->cells[i].kind == PS_NOTHING,
		     none_y = y->cells[i].kind == PS_NOTHING;
		int order =
		    none_x != none_y ? none_x - none_y : compare_cells(&x->cells[i], &y->cells[i]);

		/* What is not known comes last, in either direction. */
		if (order && ps->o.sort[i].descending && none_x == none_y)
			order = -order;
		if (order)
			return order;
	}
	return (x->place > y->place) - (x->place < y->place);
}

void ps_sort(struct ps *ps)
{
	size_t n = ps->n_shown, keys = ps->o.n_sort;
	nsv_autofree struct row *rows = calloc(n + 1, sizeof(*rows));
	nsv_autofree struct ps_cell *cells = calloc(n * keys + 1, sizeof(*cells));

	if (!keys)
		return;
	if (!rows || !cells)
		cli_no_memory();
	for (size_t i = 0; i < n; i++) {
		rows[i] = (struct row){ ps->shown[i], i, cells + i * keys };
		for (size_t k = 0; k < keys; k++)
			get_plain(ps, ps->shown[i], ps->o.sort[k].column, &rows[i].cells[k]);
	}
	qsort_r(rows, n, sizeof(*rows), compare, ps);
	for (size_t i = 0; i < n; i++)
		ps->shown[i] = rows[i].c;
	for (size_t i = 0; i < n * keys; i++)
		free(cells[i].owned);
}
