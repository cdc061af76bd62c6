/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls.c - list directories of a running container, as ls(1) does it.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/complete.h"
#include "nsls.h"

enum {
	OPT_HOST_IDS = CLI_OPT_LONG,
	OPT_COLOR,
};

static const struct cli_option options[] = {
	{ 'a', "all", NULL, "also names that start with a dot" },
	{ 'A', "almost-all", NULL, "as -a, without . and .." },
	{ 'd', "directory", NULL, "directories themselves, not their contents" },
	{ 'h', "human-readable", NULL, "with -l: sizes like 1.1K, 24M" },
	{ 'i', "inode", NULL, "inode numbers" },
	{ 'l', "long", NULL, "long format: mode, links, owner, group, size, time, name" },
	{ 'n', "numeric-uid-gid", NULL, "as -l, with numeric owners and groups" },
	{ 'r', "reverse", NULL, "in reverse order" },
	{ 'R', "recursive", NULL, "subdirectories, too" },
	{ 'S', "by-size", NULL, "largest first" },
	{ 't', "by-time", NULL, "most recent first" },
	{ '1', "one-per-line", NULL, "one name per line" },
	{ '0', "zero", NULL, "end each line with NUL; names are exact" },
	{ 'J', "json", NULL, "a JSON array of objects, see nsview(7)" },
	{ OPT_HOST_IDS, "host-ids", NULL,
	  "the host's numbers for owners and groups instead of the container's names" },
	{ OPT_COLOR, "color", "[WHEN]", "colours: auto (default: on a terminal), always or never" },
	CLI_COMMON_OPTIONS,
};

const struct cli_command cli_command = {
	.name = "nsls",
	.usage = "[OPTION]... SPEC [PATH]...\n[OPTION]... SPEC:PATH...",
	.about = "List files and directories of running containers (its / without a PATH).\n"
		 "Owners have the container's own names; file names are sorted by bytes.",
	.options = options,
	.complete = cli_complete_paths,
	.epilog = CLI_SPEC_HELP
	"Links never lead out of the container. On a terminal, names are escaped as in C\n"
	"and in columns; otherwise they are exact, one per line. SPEC:PATH may name\n"
	"several containers; if the first argument has a PATH, all must.\n"
	"\n"
	"Exit code: 0 all done, 1 something failed, 2 wrong usage or no such container.",
};

struct choices {
	bool one_per_line;
	enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
	enum nsv_via via;
};

/* -l, -n and -J. JSON wins, whatever the order. */
static void take_format(int id, struct ls_options *o)
{
	if (id == 'n')
		o->numeric = true;
	if (id == 'J')
		o->format = LS_JSON;
	else if (o->format != LS_JSON)
		o->format = LS_LONG;
}

static void take_option(int id, const char *value, struct ls_options *o, struct choices *c)
{
	static const char *const when[] = { "auto", "always", "never", NULL };

	switch (id) {
	case 'a':
		o->hidden = LS_ALL;
		break;
	case 'A':
		o->hidden = LS_ALMOST_ALL;
		break;
	case 'd':
		o->directory = true;
		break;
	case 'h':
		o->human = true;
		break;
	case 'i':
		o->inode = true;
		break;
	case 'n':
	case 'l':
	case 'J':
		take_format(id, o);
		break;
	case 'r':
		o->reverse = true;
		break;
	case 'R':
		o->recursive = true;
		break;
	case 'S':
		o->sort = LS_BY_SIZE;
		break;
	case 't':
		o->sort = LS_BY_TIME;
		break;
	case '1':
		c->one_per_line = true;
		break;
	case '0':
		o->zero = true;
		break;
	case OPT_HOST_IDS:
		o->host_ids = true;
		break;
	case OPT_COLOR:
		c->color = value ? (unsigned)cli_parse_word("--color", value, when) : COLOR_ALWAYS;
		break;
	case CLI_OPT_VIA:
		c->via = cli_parse_via(value);
		break;
	default:
		break;
	}
}

/* What depends on several options, and on whether a terminal reads. */
static void settle(struct ls_options *o, const struct choices *c)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	bool tty = o->terminal = isatty(STDOUT_FILENO);

	if (o->zero && o->format == LS_JSON)
		cli_usage_error("-0 and -J exclude each other");
	o->utf8 = cli_locale_is_utf8();
	o->escape = tty && !o->zero && o->format != LS_JSON;
	o->color =
	    c->color == COLOR_ALWAYS || (c->color == COLOR_AUTO && tty && term &&
					 strcmp(term, "dumb") != 0 && !(no_color && *no_color));
	if (o->zero || o->format == LS_JSON)
		o->color = false;
	if (o->format == LS_ONE_PER_LINE && tty && !c->one_per_line && !o->zero)
		o->format = LS_COLUMNS;
	if (o->format == LS_COLUMNS)
		o->width = cli_terminal_width(STDOUT_FILENO);
	if (o->directory)
		o->recursive = false;
}

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

static enum cli_exit list_all(struct ls *ls, char **operands, int n_operands, enum nsv_via via)
{
	const struct cli_spec_path **list;
	struct cli_spec_path *paths;
	struct cli_sides sides;
	enum cli_exit r;
	size_t n;

	paths = cli_spec_paths(operands, n_operands, &n, &ls->with_spec);
	r = cli_sides_open(&sides, paths, n, via);
	if (r == CLI_EXIT_OK) {
		list = calloc(n, sizeof(const struct cli_spec_path *));
		if (!list)
			cli_no_memory();
		for (size_t i = 0; i < sides.n; i++)
			list_side(ls, &sides.list[i], paths, n, list);
		if (ls->o.format == LS_JSON)
			ls_end_json(ls);
		free(list);
		cli_sides_close(&sides);
	}
	cli_spec_path_free(paths, n);
	return r;
}

int main(int argc, char **argv)
{
	struct choices choices = { false, COLOR_AUTO, NSV_VIA_AUTO };
	struct ls ls = { .status = CLI_EXIT_OK };
	struct cli_parser parser;
	enum cli_exit r;
	int id;

	cli_parser_init(&parser, argc, argv);
	while ((id = cli_next_option(&parser)) != CLI_OPT_END)
		take_option(id, parser.value, &ls.o, &choices);
	if (optind == argc)
		cli_usage_error("which container?");
	/* All that libc may load later is loaded now, before a container takes part. */
	(void)setlocale(LC_CTYPE, "");
	tzset();
	settle(&ls.o, &choices);
	(void)clock_gettime(CLOCK_REALTIME, &ls.now);

	r = list_all(&ls, argv + optind, argc - optind, choices.via);
	if (r != CLI_EXIT_OK)
		return r;
	r = cli_close_stdout();
	return r != CLI_EXIT_OK ? r : ls.status;
}
