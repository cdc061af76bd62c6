/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - parses the options of a command by its table, which also drives --help.
 *
 * A command defines `const struct cli_command cli_command` and walks its options:
 *
 *	struct cli_parser p;
 *	int id;
 *
 *	cli_parser_init(&p, argc, argv);
 *	while ((id = cli_next_option(&p)) != CLI_OPT_END)
 *		switch (id) {
 *		case 'l': ... p.value is the option's argument, or NULL
 *		}
 *	argv[optind]... are the operands
 *
 * cli_next_option() serves --help, -h where no option has that letter, and --version itself; a
 *wrong option is one line on stderr and exit code 2. Main thread only.
 */
#ifndef NSV_COMMAND_OPTIONS_H
#define NSV_COMMAND_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "command/message.h"

struct cli_completion; /* candidate.h */

/* IDs of options without a short letter. */
enum {
	CLI_OPT_END = -1,
	CLI_OPT_LONG = 256, /* a command's own: CLI_OPT_LONG + n, n < 1000 */
	CLI_OPT_HELP = 2000,
	CLI_OPT_VERSION,
	CLI_OPT_SHARED, /* shared by several commands: CLI_OPT_SHARED + n */
};

struct cli_option {
	int id;		  /* the short letter, or CLI_OPT_LONG + n */
	const char *name; /* the long name without dashes, NULL for none */
	const char *arg;  /* NULL: none; "WHEN": required; "[WHEN]": optional (--name=WHEN) */
	const char *help; /* one sentence, wrapped by --help to 80 columns */
};

/* Ends every table of options. */
#define CLI_HELP_OPTIONS                                                       \
	{ CLI_OPT_HELP, "help", NULL, "show this help and exit" },             \
	    { CLI_OPT_VERSION, "version", NULL, "show the version and exit" }, \
	{                                                                      \
		0, NULL, NULL, NULL                                            \
	}

/* An option of another program that a hand may type, and what does the same here. */
struct cli_habit {
	const char *option; /* as typed, "-c" or "--container" */
	const char *hint;
};

struct cli_command {
	const char *name;		  /* "nscat" */
	const char *usage;		  /* lines after "Usage: ", each without the name */
	const char *about;		  /* description, lines of at most 80 columns */
	const struct cli_option *options; /* ends with a row of zeroes */
	const char *epilog;		  /* lines of at most 80 columns, or NULL */
	bool operands_end_options; /* the first operand ends them: the rest is another command's */
	int exit_usage;		   /* for wrong usage; 0: CLI_EXIT_USAGE */
	const struct cli_habit *habits; /* ends with a row of zeroes; NULL for none */
	const char *help;		/* what shows this help; NULL: "NAME --help" */
	/*
	 * Offers what may stand for an operand or the value of c->option; false: nothing of its
	 * own for that option. NULL: operands are files of the host.
	 */
	bool (*complete)(const struct cli_completion *c);
};

/* Every command defines its own. */
extern const struct cli_command cli_command;

#define CLI_MAX_OPTIONS 64

struct cli_parser {
	const struct cli_command *command;
	int argc;
	char **argv;
	const char *value; /* the argument of the last option, or NULL */
	bool h_is_free;	   /* -h shows the help */
	char letters[3 * CLI_MAX_OPTIONS + 4];
	struct option longs[CLI_MAX_OPTIONS + 1];
};

/* Call first in main(): also opens fds 0, 1 and 2 if they are closed, and serves --complete. */
void cli_parser_init(struct cli_parser *p, int argc, char **argv);
/* The same by the table of another command than cli_command, whose name messages keep. */
void cli_parser_init_for(struct cli_parser *p, const struct cli_command *command, int argc,
			 char **argv);
/* The ID of the next option, or CLI_OPT_END, when optind is the index of the first operand. */
int cli_next_option(struct cli_parser *p);

/* Parses a decimal number from @min to @max; ends the command (cli_usage_error()) otherwise. */
unsigned long cli_parse_number(const char *option, const char *text, unsigned long min,
			       unsigned long max);
/* Index of @text in @words, which end with NULL; ends the command if it is none of them. */
int cli_parse_word(const char *option, const char *text, const char *const words[]);

#endif
