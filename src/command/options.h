/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - one table of options for getopt_long(3) and --help.
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
 * --help and --version are answered inside, from the same table; a wrong option
 * is one line on stderr and exit code 2.
 */
#ifndef NSV_COMMAND_OPTIONS_H
#define NSV_COMMAND_OPTIONS_H

#include <getopt.h>

#include "command/message.h"

/* Options without a short letter start here; the common ones have fixed numbers. */
enum {
	CLI_OPT_END = -1,
	CLI_OPT_LONG = 256, /* a command's own: CLI_OPT_LONG + n, n < 1000 */
	CLI_OPT_HELP = 2000,
	CLI_OPT_VERSION,
	CLI_OPT_SHARED, /* those of several commands: CLI_OPT_SHARED + n */
};

struct cli_option {
	int id;		  /* the short letter, or CLI_OPT_LONG + n */
	const char *name; /* the long name without dashes, NULL for none */
	const char *arg;  /* NULL for none; "WHEN" needed; "[WHEN]" may be left out (--name=WHEN) */
	const char *help; /* one sentence, wrapped by --help to 80 columns */
};

/* The last rows of every table. */
#define CLI_HELP_OPTIONS                                                       \
	{ CLI_OPT_HELP, "help", NULL, "show this help and exit" },             \
	    { CLI_OPT_VERSION, "version", NULL, "show the version and exit" }, \
	{                                                                      \
		0, NULL, NULL, NULL                                            \
	}

struct cli_command {
	const char *name;		  /* "nscat" */
	const char *usage;		  /* lines after "Usage: ", each without the name */
	const char *about;		  /* what it does, lines of at most 80 columns */
	const struct cli_option *options; /* ends with a row of zeroes */
	const char *epilog;		  /* lines of at most 80 columns, or NULL */
};

/* Every command defines its own. */
extern const struct cli_command cli_command;

#define CLI_MAX_OPTIONS 64

struct cli_parser {
	int argc;
	char **argv;
	const char *value; /* the argument of the option just answered, or NULL */
	char letters[3 * CLI_MAX_OPTIONS + 2];
	struct option longs[CLI_MAX_OPTIONS + 1];
};

/* First thing in main(): it also sees to it that fds 0, 1 and 2 are taken. */
void cli_parser_init(struct cli_parser *p, int argc, char **argv);
/* The id of the next option, or CLI_OPT_END; then optind is the first operand. */
int cli_next_option(struct cli_parser *p);

/* A whole decimal number in min...max; else ends the command as wrong usage. */
unsigned long cli_parse_number(const char *option, const char *text, unsigned long min,
			       unsigned long max);
/* Index of @text in the NULL-ended @words; else ends the command as wrong usage. */
int cli_parse_word(const char *option, const char *text, const char *const words[]);

#endif
