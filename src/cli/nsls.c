/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls.c - list directories of a running container, as ls(1) does it.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "cli/complete.h"
#include "nsls.h"
#include "nsls_colors.h"

static bool wants_names(const struct ls_options *o)
{
	return (o->format == LS_LONG || o->format == LS_JSON) && !o->numeric && !o->host_ids;
}

/* Lists what @paths, of which there are @n, have in one container; @list is scratch for as many. */
static void list_side(struct ls *ls, const struct cli_side *side, const struct cli_spec_path *paths,
		      size_t n, const struct cli_spec_path **list)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (strcmp(paths[i].spec, side->spec) == 0)
			list[count++] = &paths[i];
	ls->spec = side->spec;
	ls->target = side->target;
	ls->root = side->root;
	if (wants_names(&ls->o)) {
		ls->users = ls_names_read(ls->root, "/etc/passwd");
		ls->groups = ls_names_read(ls->root, "/etc/group");
	}
	ls_run(ls, list, count, n > 1);
	ls->users = ls_names_free(ls->users);
	ls->groups = ls_names_free(ls->groups);
}

static void list_sides(struct ls *ls, const struct cli_sides *sides,
		       const struct cli_spec_path *paths, size_t n)
{
	const struct cli_spec_path **list = calloc(n, sizeof(const struct cli_spec_path *));

	if (!list)
		cli_no_memory();
	for (size_t i = 0; i < sides->n; i++)
		list_side(ls, &sides->list[i], paths, n, list);
	if (ls->o.format == LS_JSON)
		ls_end_json(ls);
	free(list);
}

static enum cli_exit list_all(struct ls *ls, char **operands, int n_operands, enum nsv_via via)
{
	struct cli_spec_path *paths, *found;
	struct cli_sides sides;
	enum cli_exit r;
	size_t n, n_found;

	paths = cli_spec_paths(operands, n_operands, &n, &ls->with_spec);
	r = cli_sides_open(&sides, paths, n, via);
	if (r == CLI_EXIT_OK) {
		found = ls->globs ? cli_glob(&sides, paths, n, false, &n_found, &ls->status) : NULL;
		if (found)
			list_sides(ls, &sides, found, n_found);
		else if (!ls->globs)
			list_sides(ls, &sides, paths, n);
		if (found)
			cli_spec_path_free(found, n_found);
		cli_sides_close(&sides);
	}
	cli_spec_path_free(paths, n);
	return r;
}

int main(int argc, char **argv)
{
	struct ls_choices choices = { .classify = LS_NEVER };
	struct ls ls = { .status = CLI_EXIT_OK };
	struct cli_parser parser;
	enum cli_exit r;
	int id;

	cli_parser_init(&parser, argc, argv);
	while ((id = cli_next_option(&parser)) != CLI_OPT_END)
		ls_take_option(id, parser.value, &ls.o, &choices);
	if (optind == argc)
		cli_usage_error("which container?");
	/* All that libc may load later is loaded now, before a container takes part. */
	(void)setlocale(LC_CTYPE, "");
	tzset();
	ls_settle(&ls.o, &choices);
	ls.globs = choices.globs;
	(void)clock_gettime(CLOCK_REALTIME, &ls.now);

	r = list_all(&ls, argv + optind, argc - optind, choices.via);
	ls_paint_finish(ls.o.colors);
	if (ls.o.colors)
		ls.o.colors = ls_colors_free(ls.o.colors);
	if (r != CLI_EXIT_OK)
		return r;
	r = cli_close_stdout();
	return r != CLI_EXIT_OK ? r : ls.status;
}
