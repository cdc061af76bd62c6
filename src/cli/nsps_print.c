/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsps_print.c - the values as a table, a tree, raw words, JSON, or one word a line.
 *
 * Tables are libsmartcols's. What others chose is escaped before it gets there; a raw
 * table's blanks and control bytes are escaped by libsmartcols (\x20), as in lsns -r.
 */
#include <libsmartcols.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/nsps.h"
#include "reach/util.h"

/* malloc'd, never NULL. */
static char *cell_text(struct ps *ps, const struct nsv_container *c, const struct ps_column *column)
{
	struct ps_cell cell = { .kind = PS_NOTHING };
	char *text = NULL;

	column->get(ps, c, &cell);
	switch (cell.kind) {
	case PS_TEXT:
		if (ps->o.format == PS_TABLE)
			text = cli_escape(cell.text, strlen(cell.text), ps->o.utf8, NULL);
		else
			text = strdup(cell.text);
		break;
	case PS_NUMBER:
		if (asprintf(&text, "%llu", (unsigned long long)cell.number) < 0)
			text = NULL;
		break;
	default:
		text = strdup("-");
	}
	free(cell.owned);
	if (!text)
		cli_no_memory();
	return text;
}

/* smartcols counts a character's columns by the locale. Setting one costs more than a small
 * table, so it waits for the first text that needs it. */
static void want_locale(bool *set)
{
	if (!*set)
		(void)setlocale(LC_CTYPE, "");
	*set = true;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text > 127)
			return false;
	return true;
}

static void fill_line(struct ps *ps, struct libscols_line *line, const struct nsv_container *c,
		      bool *locale)
{
	for (size_t i = 0; i < ps->o.n_columns; i++) {
		char *text = cell_text(ps, c, ps->o.columns[i]);

		if (ps->o.format == PS_TABLE && !is_ascii(text))
			want_locale(locale);
		if (scols_line_refer_data(line, i, text))
			cli_no_memory();
	}
}

static ssize_t index_of(const struct ps *ps, const struct nsv_container *c)
{
	for (size_t i = 0; c && i < ps->n_shown; i++)
		if (ps->shown[i] == c)
			return (ssize_t)i;
	return -1;
}

/* A parent that is not shown leaves its children at the top. */
static void grow_tree(struct ps *ps, struct libscols_line **lines)
{
	for (size_t i = 0; i < ps->n_shown; i++) {
		const struct nsv_container *c = ps->shown[i];
		ssize_t parent =
		    c->parent < 0 ? -1 : index_of(ps, nsv_scan_get(ps->scan, (size_t)c->parent));

		if (parent >= 0 && (size_t)parent != i &&
		    scols_line_add_child(lines[parent], lines[i]))
			cli_no_memory();
	}
}

static void add_columns(const struct ps_options *o, struct libscols_table *table)
{
	size_t tree_column = 0;

	for (size_t i = 0; i < o->n_columns; i++)
		if (!strcmp(o->columns[i]->name, "NAME")) {
			tree_column = i;
			break;
		}
	for (size_t i = 0; i < o->n_columns; i++) {
		const struct ps_column *column = o->columns[i];
		int flags = 0;

		if (column->align == PS_RIGHT)
			flags |= SCOLS_FL_RIGHT;
		if (column->align == PS_TRUNC && !o->no_trunc)
			flags |= SCOLS_FL_TRUNC;
		if (o->tree && i == tree_column)
			flags |= SCOLS_FL_TREE;
		if (!scols_table_new_column(table, column->name, 0, flags))
			cli_no_memory();
	}
}

static void print_table(struct ps *ps)
{
	nsv_autofree struct libscols_line **lines =
	    calloc(ps->n_shown + 1, sizeof(struct libscols_line *));
	struct libscols_table *table;
	bool locale = false;

	if (!ps->n_shown) { /* smartcols prints nothing then */
		for (size_t i = 0; !ps->o.no_headings && i < ps->o.n_columns; i++)
			printf("%s%s", i ? " " : "", ps->o.columns[i]->name);
		if (!ps->o.no_headings)
			putchar('\n');
		return;
	}
	table = scols_new_table();
	if (!table || !lines)
		cli_no_memory();
	if (ps->o.tree && ps->o.utf8)
		want_locale(&locale);
	(void)scols_table_enable_noheadings(table, ps->o.no_headings);
	(void)scols_table_enable_raw(table, ps->o.format == PS_RAW);
	(void)scols_table_enable_noencoding(table, ps->o.format == PS_TABLE);
	add_columns(&ps->o, table);
	for (size_t i = 0; i < ps->n_shown; i++) {
		lines[i] = scols_table_new_line(table, NULL);
		if (!lines[i])
			cli_no_memory();
		fill_line(ps, lines[i], ps->shown[i], &locale);
	}
	if (ps->o.tree)
		grow_tree(ps, lines);
	if (scols_print_table(table))
		cli_no_memory();
	scols_unref_table(table);
}

static struct json_object *labels_object(const struct nsv_container *c)
{
	struct json_object *o = cli_json_object();

	for (size_t i = 0; i < c->n_labels; i++) {
		struct json_object *key =
		    cli_json_utf8(c->labels[i].key, strlen(c->labels[i].key), NULL);

		cli_json_add(o, json_object_get_string(key),
			     cli_json_utf8(c->labels[i].value, strlen(c->labels[i].value), NULL));
		(void)json_object_put(key);
	}
	return o;
}

static void add_member(struct ps *ps, struct json_object *o, const struct nsv_container *c,
		       const struct ps_column *column)
{
	struct ps_cell cell = { .kind = PS_NOTHING };
	char key[24];
	size_t i = 0;

	for (; column->name[i] && i < sizeof(key) - 1; i++)
		key[i] = (char)(column->name[i] | 0x20);
	key[i] = '\0';
	column->get(ps, c, &cell);
	if (cell.kind == PS_NUMBER)
		cli_json_add(o, key, json_object_new_uint64(cell.number));
	else if (cell.kind == PS_LABELS)
		cli_json_add(o, key, labels_object(c));
	else
		cli_json_text(o, key, cell.kind == PS_TEXT ? cell.text : NULL);
	free(cell.owned);
}

static void print_json(struct ps *ps)
{
	putchar('[');
	for (size_t i = 0; i < ps->n_shown; i++) {
		struct json_object *o = cli_json_object();

		for (size_t k = 0; k < ps->o.n_columns; k++)
			add_member(ps, o, ps->shown[i], ps->o.columns[k]);
		printf("%s", i ? ",\n" : "\n");
		cli_json_print(o, ps->o.terminal, ps->o.utf8);
	}
	printf("%s]\n", ps->n_shown ? "\n" : "");
}

static void print_words(struct ps *ps)
{
	for (size_t i = 0; i < ps->n_shown; i++) {
		const struct nsv_container *c = ps->shown[i];
		nsv_autofree char *spec = NULL;

		if (ps->o.format == PS_PIDS)
			printf("%d\n", (int)c->pid);
		else if (nsv_scan_spec(ps->scan, c, &spec) < 0)
			cli_no_memory();
		else
			printf("%s\n", spec);
	}
}

void ps_print(struct ps *ps)
{
	switch (ps->o.format) {
	case PS_TABLE:
	case PS_RAW:
		print_table(ps);
		break;
	case PS_JSON:
		print_json(ps);
		break;
	default:
		print_words(ps);
	}
}
