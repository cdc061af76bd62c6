/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsps_print.c - the values as a table, a tree, raw words, JSON, or one word a line.
 *
 * Tables are libsmartcols's, once nsps_fit.c has made them fit into a terminal. What others chose
 * is escaped before it gets there; a raw table's blanks and control bytes are escaped by
 * libsmartcols (\x20), as in lsns -r.
 */
#include <libsmartcols.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/json.h"
#include "cli/nsps.h"

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

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text > 127)
			return false;
	return true;
}

/* All texts of the table, a row of n_columns for each container. */
static char **make_texts(struct ps *ps)
{
	size_t n = ps->o.n_columns;
	char **texts = calloc(ps->n_shown * n + 1, sizeof(char *));

	if (!texts)
		cli_no_memory();
	for (size_t i = 0; i < ps->n_shown; i++)
		for (size_t k = 0; k < n; k++)
			texts[i * n + k] = cell_text(ps, ps->shown[i], ps->o.columns[k]);
	return texts;
}

/* Takes the texts of the columns that are left, and frees the others. */
static void fill_line(const struct ps *ps, struct libscols_line *line, char **texts, size_t stride)
{
	for (size_t k = 0; k < stride; k++) {
		if (k >= ps->o.n_columns) {
			free(texts[k]);
			continue;
		}
		/* smartcols counts a character's columns by the locale. Setting one costs more than
		 * a small table, so it waits for the first text that needs it. */
		if (ps->o.format == PS_TABLE && !is_ascii(texts[k]))
			(void)ps_want_locale();
		if (scols_line_refer_data(line, k, texts[k]))
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

static ssize_t parent_of(const struct ps *ps, size_t i)
{
	const struct nsv_container *c = ps->shown[i];
	ssize_t parent =
	    c->parent < 0 ? -1 : index_of(ps, nsv_scan_get(ps->scan, (size_t)c->parent));

	return parent == (ssize_t)i ? -1 : parent;
}

/* A branch of the tree is two columns wide. */
#define BRANCH 2

/*
 * How far each row is moved to the right; NULL without a tree. A container may nest others until
 * nothing but branches fits into a line: past half of @width the tree grows no deeper.
 */
static unsigned *make_indents(const struct ps *ps, unsigned width)
{
	unsigned *indents = ps->o.tree ? calloc(ps->n_shown + 1, sizeof(*indents)) : NULL;

	if (ps->o.tree && !indents)
		cli_no_memory();
	for (size_t i = 0; indents && i < ps->n_shown; i++) {
		unsigned indent = 0;

		for (ssize_t up = parent_of(ps, i); up >= 0 && indent <= width / 2;
		     up = parent_of(ps, (size_t)up))
			indent += BRANCH;
		indents[i] = indent > width / 2 ? 0 : indent;
	}
	return indents;
}

/* A parent that is not shown leaves its children at the top. */
static void grow_tree(const struct ps *ps, struct libscols_line **lines, const unsigned *indents)
{
	for (size_t i = 0; indents && i < ps->n_shown; i++) {
		ssize_t parent = indents[i] ? parent_of(ps, i) : -1;

		if (parent >= 0 && scols_line_add_child(lines[parent], lines[i]))
			cli_no_memory();
	}
}

static size_t tree_column(const struct ps_options *o)
{
	for (size_t i = 0; i < o->n_columns; i++)
		if (!strcmp(o->columns[i]->name, "NAME"))
			return i;
	return 0;
}

static struct libscols_table *new_table(const struct ps *ps)
{
	const struct ps_options *o = &ps->o;
	struct libscols_table *table = scols_new_table();
	size_t tree_at = tree_column(o);

	if (!table)
		cli_no_memory();
	(void)scols_table_enable_noheadings(table, o->no_headings);
	(void)scols_table_enable_raw(table, o->format == PS_RAW);
	(void)scols_table_enable_noencoding(table, o->format == PS_TABLE);
	/* It fits already, and smartcols would cut without a mark. */
	(void)scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	for (size_t i = 0; i < o->n_columns; i++) {
		int flags = o->columns[i]->align == PS_RIGHT ? SCOLS_FL_RIGHT : 0;

		if (o->tree && i == tree_at)
			flags |= SCOLS_FL_TREE;
		if (!scols_table_new_column(table, o->columns[i]->name, 0, flags))
			cli_no_memory();
	}
	return table;
}

static void print_headings(const struct ps_options *o)
{
	for (size_t i = 0; !o->no_headings && i < o->n_columns; i++)
		printf("%s%s", i ? " " : "", o->columns[i]->name);
	if (!o->no_headings)
		putchar('\n');
}

static void print_table(struct ps *ps)
{
	bool fits = ps->o.format == PS_TABLE && ps->o.terminal && !ps->o.no_trunc;
	unsigned width = fits ? cli_terminal_width(STDOUT_FILENO) : UINT_MAX;
	nsv_autofree struct libscols_line **lines =
	    calloc(ps->n_shown + 1, sizeof(struct libscols_line *));
	nsv_autofree unsigned *indents = make_indents(ps, width);
	nsv_autofree char **texts = make_texts(ps);
	size_t stride = ps->o.n_columns;
	struct libscols_table *table;

	if (fits) {
		size_t tree_at = tree_column(&ps->o);

		ps_fit(ps, texts, stride, indents, tree_at, width);
		/* No room for the names, so none for a tree of them. */
		if (indents && tree_column(&ps->o) != tree_at)
			memset(indents, 0, ps->n_shown * sizeof(*indents));
	}
	if (!ps->n_shown) { /* smartcols prints nothing then */
		print_headings(&ps->o);
		return;
	}
	if (!lines)
		cli_no_memory();
	if (ps->o.tree && ps->o.utf8)
		(void)ps_want_locale();
	table = new_table(ps);
	for (size_t i = 0; i < ps->n_shown; i++) {
		lines[i] = scols_table_new_line(table, NULL);
		if (!lines[i])
			cli_no_memory();
		fill_line(ps, lines[i], texts + i * stride, stride);
	}
	grow_tree(ps, lines, indents);
	if (scols_print_table(table))
		cli_no_memory();
	scols_unref_table(table);
}

/* "80/tcp,53/udp" as an array of objects. */
static struct json_object *ports_list(const char *text)
{
	struct json_object *array = cli_json_array();

	while (*text >= '0' && *text <= '9') {
		char *end;
		unsigned long port = strtoul(text, &end, 10);
		struct json_object *o = cli_json_object();

		cli_json_text(o, "protocol", end[1] == 'u' ? "udp" : "tcp");
		cli_json_add(o, "port", json_object_new_uint64(port));
		cli_json_append(array, o);
		text = end + strcspn(end, ",");
		text += *text == ',';
	}
	return array;
}

static struct json_object *labels_object(const struct nsv_container *c)
{
	struct json_object *o = cli_json_object();
	const char *label, *value;

	for (size_t i = 0; (label = nsv_container_label(c, i, &value)); i++) {
		struct json_object *key = cli_json_utf8(label, strlen(label), NULL);

		cli_json_add(o, json_object_get_string(key),
			     cli_json_utf8(value, strlen(value), NULL));
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
	else if (cell.kind == PS_PORTS)
		cli_json_add(o, key, ports_list(cell.owned));
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
