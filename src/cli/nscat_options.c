/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nscat_options.c - nscat's options: cat(1) has none of them, tail(1) all. Main thread only. */
#include <ctype.h>
#include <string.h>

#include "cli/complete.h"
#include "nscat.h"

enum { OPT_RETRY = CLI_OPT_LONG };

static const struct cli_option options[] = {
	{ 'n', "lines", "NUM", "print the last NUM lines; with +NUM from line NUM on" },
	{ 'c', "bytes", "NUM", "print the last NUM bytes; with +NUM from byte NUM on" },
	{ 'f', "follow", NULL,
	  "print the last 10 lines, and then what is appended, by name: through rotation and "
	  "truncation, until the container ends" },
	{ 'F', NULL, NULL, "the same as --follow --retry" },
	{ OPT_RETRY, "retry", NULL,
	  "with -f: wait for files that are missing, and for the next container of the name" },
	CLI_GLOB_OPTION,
	{ 'q', "quiet", NULL, "with -n, -c or -f: print no headings" },
	{ 'v', "verbose", NULL, "with -n, -c or -f: print a heading for one file, too" },
	CLI_COMMON_OPTIONS
};

const struct cli_command cli_command = {
	.name = "nscat",
	.usage = "[OPTION]... SPEC FILE...\n[OPTION]... SPEC:FILE...",
	.about = "Print files of running containers on standard output, one after the other;\n"
		 "with -n, -c or -f their ends, as tail does.",
	.options = options,
	.complete = cli_complete_paths,
	.epilog = CLI_SPEC_HELP
	"A FILE is a path inside the container; links never lead out of it. nscat reads\n"
	"regular files only. \"-\" is a file of that name. SPEC:FILE may name several\n"
	"containers; if the first argument has a FILE, all must.\n"
	"\n"
	"NUM may end in b (512), kB (1000), K (1024), MB, M, GB, G and so on.\n"
	"\n"
	"Exit code: 0 all done, 1 something failed, 2 wrong usage or no such container.",
	.habits = cli_pod_habits,
};

/* The factor that @suffix stands for; 0: none. */
static uint64_t factor_of(const char *suffix)
{
	static const char letters[] = "KMGTPE";
	const char *letter;
	uint64_t factor = 1;
	unsigned step;

	if (!*suffix)
		return 1;
	if (strcmp(suffix, "b") == 0)
		return 512;
	letter = strchr(letters, *suffix == 'k' ? 'K' : *suffix);
	if (!letter || (suffix[1] && strcmp(suffix + 1, "B") != 0 && strcmp(suffix + 1, "iB") != 0))
		return 0;
	step = suffix[1] == 'B' ? 1000 : 1024;
	for (const char *at = letters; at <= letter; at++)
		factor *= step;
	return factor;
}

/* A number beyond any file's size is that of the largest file. */
static bool parse_count(const char *text, struct tail_options *o)
{
	const uint64_t most = INT64_MAX;
	uint64_t factor, count = 0;

	o->from_start = *text == '+';
	if (*text == '+' || *text == '-')
		text++;
	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text); text++)
		count = count > most / 10 - 1 ? most : count * 10 + (uint64_t)(*text - '0');
	factor = factor_of(text);
	o->count = factor && count > most / factor ? most : count * factor;
	return factor != 0;
}

/* Hands that know cat(1) type -n for numbers of lines. */
static void take_count(struct tail_options *o, int id, const char *text)
{
	o->ends = true;
	o->bytes = id == 'c';
	if (parse_count(text, o))
		return;
	if (id == 'n')
		cli_usage_error("'%s' is not a number of lines: -n is tail's; for cat's numbers of "
				"lines: nscat SPEC FILE | cat -n",
				text);
	cli_usage_error("'%s' is not a number of bytes", text);
}

static void check(const struct tail_options *o)
{
	if (o->retry && !o->follow)
		cli_usage_error("--retry needs -f");
	if (o->headings != TAIL_HEADINGS_OF_SEVERAL && !o->ends)
		cli_usage_error("-%c is tail's, for headings: it needs -n, -c or -f",
				o->headings == TAIL_HEADINGS_NEVER ? 'q' : 'v');
}

void tail_options_read(struct tail_options *ret, int argc, char **argv)
{
	struct tail_options o = { .count = 10, .via = NSV_VIA_AUTO };
	struct cli_parser parser;
	int id;

	cli_parser_init(&parser, argc, argv);
	while ((id = cli_next_option(&parser)) != CLI_OPT_END)
		switch (id) {
		case 'n':
		case 'c':
			take_count(&o, id, parser.value);
			break;
		case OPT_RETRY:
			o.retry = true;
			break;
		case 'F':
			o.retry = true;
			__attribute__((fallthrough));
		case 'f':
			o.ends = o.follow = true;
			break;
		case 'g':
			o.globs = true;
			break;
		case 'q':
			o.headings = TAIL_HEADINGS_NEVER;
			break;
		case 'v':
			o.headings = TAIL_HEADINGS_ALWAYS;
			break;
		case CLI_OPT_VIA:
			o.via = cli_parse_via(parser.value);
			break;
		default:
			break;
		}
	check(&o);
	*ret = o;
}
