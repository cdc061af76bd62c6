/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsview.c - one front door: runs the command of a word, or says what there is. */
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/nsview.h"
#include "command/candidate.h"

static const struct cli_option options[] = { CLI_HELP_OPTIONS };

static bool complete(const struct cli_completion *c)
{
	if (c->option)
		return false;
	if (c->n_operands == 0 || (c->n_operands == 1 && strcmp(c->operands[0], "help") == 0))
		for (const struct nsview_word *w = nsview_words; w->word; w++)
			cli_candidate(c, w->word, true, w->about);
	return true;
}

const struct cli_command cli_command = {
	.name = "nsview",
	.usage = "[COMMAND [ARGUMENT]...]\n"
		 "doctor [-J]\n"
		 "help [COMMAND]",
	.about = "Read, list, copy and compare the files of running containers, collect evidence,\n"
		 "run tools beside them. Without a COMMAND: what there is, and what to try first.",
	.options = options,
	.epilog = "Commands, each also a program of its own:\n"
		  "  ps (nsps)            list the running containers\n"
		  "  cat (nscat)          print files of a container\n"
		  "  ls (nsls)            list files of a container\n"
		  "  cp (nscp)            copy out of containers, into them, and between them\n"
		  "  info (nsinfo)        show what the host knows of a container\n"
		  "  diff (nsdiff)        show what a container changed since its image\n"
		  "  collect (nscollect)  collect evidence, verify a package, make a report\n"
		  "  run (nsrun)          run a tool of the host beside a container\n"
		  "  view (nsviewd)       mount all containers as folders\n"
		  "And of nsview itself:\n"
		  "  doctor               say what works on this host, what does not, and why\n"
		  "  help                 explain a command\n"
		  "\n"
		  "Exit code: that of the command; 126 or 127 if its program can't be executed or\n"
		  "is not installed; 2 wrong usage.",
	.operands_end_options = true,
	.complete = complete,
};

/* `nsview help WORD` is WORD's own --help. */
static int help(char **operands)
{
	char *argv[] = { NULL, (char *)"--help", NULL };
	struct cli_parser parser;
	const struct nsview_word *w;

	if (operands[0] && operands[1])
		cli_usage_error("help explains one command at a time");
	w = operands[0] ? nsview_word_find(operands[0]) : NULL;
	if (operands[0] && !w)
		nsview_unknown(operands[0]);
	if (w && w->program)
		return nsview_run(w->program, argv);
	if (w && strcmp(w->word, "doctor") == 0) {
		argv[0] = (char *)"doctor";
		optind = 0;
		return nsview_doctor_main(2, argv);
	}
	argv[0] = (char *)"nsview";
	optind = 0;
	cli_parser_init(&parser, 2, argv);
	return cli_next_option(&parser); /* --help ends the command */
}

/* Behind a word its command completes: `nsview --complete cat WORD...`. */
static void complete_command(int argc, char **argv)
{
	const struct nsview_word *w;

	if (argc < 4 || strcmp(argv[1], "--complete") != 0)
		return;
	w = nsview_word_find(argv[2]);
	if (!w || strcmp(w->word, "help") == 0)
		return;
	argv[2] = argv[1];
	exit(w->program ? nsview_run(w->program, argv + 1)
			: nsview_doctor_main(argc - 1, argv + 1));
}

int main(int argc, char **argv)
{
	const struct nsview_word *w;
	struct cli_parser parser;

	complete_command(argc, argv);

	cli_parser_init(&parser, argc, argv);
	while (cli_next_option(&parser) != CLI_OPT_END)
		;
	if (optind == argc)
		return nsview_start();
	argc -= optind;
	argv += optind;
	w = nsview_word_find(argv[0]);
	if (!w)
		nsview_unknown(argv[0]);
	if (w->program)
		return nsview_run(w->program, argv);
	if (strcmp(w->word, "help") == 0)
		return help(argv + 1);
	optind = 0; /* getopt_long(3) begins anew */
	return nsview_doctor_main(argc, argv);
}
