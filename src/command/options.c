/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.c - parses options and prints --help. One table drives both, so that they agree.
 * Defends against: closed standard fds. Main thread only (getopt_long(3)).
 */
#include "command/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/complete.h"

#define HELP_COLUMN 26 /* where the sentences of --help start */
#define HELP_WIDTH  80

/*
 * If a standard fd is closed, the next opened file gets its number, and output would go into that
 * file. So /dev/null takes the place, opened the wrong way round: reading and writing still fail.
 */
static void plug_standard_fds(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_WRONLY };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", modes[fd]) != fd)
			_exit(CLI_EXIT_FAILED);
}

static bool h_is_free(const struct cli_command *command)
{
	const struct cli_option *o = command->options;

	while (o->id && o->id != 'h')
		o++;
	return !o->id;
}

void cli_parser_init_for(struct cli_parser *p, const struct cli_command *command, int argc,
			 char **argv)
{
	char *letter = p->letters;
	struct option *l = p->longs;
	const struct cli_option *o = command->options;

	plug_standard_fds();
	if (command->help)
		cli_usage_help(command->help);
	p->command = command;
	p->h_is_free = h_is_free(command);
	p->argc = argc;
	p->argv = argv;
	p->value = NULL;
	if (command->operands_end_options)
		*letter++ = '+';
	*letter++ = ':'; /* getopt answers ':', not '?', for a missing argument */
	if (p->h_is_free)
		*letter++ = 'h';
	for (size_t n = 0; o->id && n < CLI_MAX_OPTIONS; o++, n++) {
		int has = !o->arg	   ? no_argument
			  : *o->arg == '[' ? optional_argument
					   : required_argument;

		if (o->id < CLI_OPT_LONG) {
			*letter++ = (char)o->id;
			for (int i = 0; i < has; i++)
				*letter++ = ':';
		}
		if (o->name)
			*l++ = (struct option){ o->name, has, NULL, o->id };
	}
	*letter = '\0';
	*l = (struct option){ NULL, 0, NULL, 0 };
	opterr = 0;
	if (argc > 1 && strcmp(argv[1], "--complete") == 0)
		cli_complete(command, argc, argv, 2);
}

void cli_parser_init(struct cli_parser *p, int argc, char **argv)
{
	cli_parser_init_for(p, &cli_command, argc, argv);
}

/* Prints @text from column @at, wrapped between words and indented to HELP_COLUMN. */
static void print_wrapped(const char *text, int at)
{
	const char *word = text;

	while (*word) {
		int len = (int)strcspn(word, " ");

		if (at > HELP_COLUMN && at + 1 + len > HELP_WIDTH) {
			printf("\n%*s", HELP_COLUMN, "");
			at = HELP_COLUMN;
		} else if (at > HELP_COLUMN) {
			putchar(' ');
			at++;
		}
		printf("%.*s", len, word);
		at += len;
		word += len;
		word += strspn(word, " ");
	}
	putchar('\n');
}

static void print_option(const struct cli_option *o, bool h_is_help)
{
	int letter = o->id == CLI_OPT_HELP && h_is_help ? 'h' : o->id, at = 0;

	if (letter < CLI_OPT_LONG)
		at += printf("  -%c%s", letter, o->name ? ", " : "");
	else
		at += printf("      ");
	if (o->name)
		at += printf("--%s", o->name);
	if (o->arg && *o->arg == '[')
		at += printf("[=%.*s]", (int)strlen(o->arg) - 2, o->arg + 1);
	else if (o->arg)
		at += printf("%c%s", o->name ? '=' : ' ', o->arg);
	if (at + 2 > HELP_COLUMN) {
		putchar('\n');
		at = 0;
	}
	printf("%*s", HELP_COLUMN - at, "");
	print_wrapped(o->help, HELP_COLUMN);
}

static void print_help(const struct cli_command *command)
{
	const char *line = command->usage;
	const char *lead = "Usage:";

	while (*line) {
		int len = (int)strcspn(line, "\n");

		printf("%-6s %s %.*s\n", lead, command->name, len, line);
		lead = "";
		line += len;
		line += *line == '\n';
	}
	printf("%s\n\n", command->about);
	for (const struct cli_option *o = command->options; o->id; o++)
		print_option(o, h_is_free(command));
	if (command->epilog)
		printf("\n%s\n", command->epilog);
}

/* Returns for an option that no other program is known for. */
static void refuse_habit(const struct cli_parser *p, const char *option)
{
	size_t len = strcspn(option, "=");

	for (const struct cli_habit *h = p->command->habits; h && h->option; h++)
		if (strlen(h->option) == len && strncmp(h->option, option, len) == 0)
			cli_usage_error("unknown option '%s': %s", h->option, h->hint);
}

/* Reports an option that getopt_long(3) refused: finds out which and why. */
static void __attribute__((noreturn)) refuse(const struct cli_parser *p, int answer)
{
	const char *word = p->argv[optind - 1];

	if (answer == ':')
		cli_usage_error("option '%s' needs an argument", word);
	if (optopt && optopt < CLI_OPT_LONG && strncmp(word, "--", 2) != 0) {
		char letter[] = { '-', (char)optopt, '\0' };

		refuse_habit(p, letter);
		cli_usage_error("unknown option '%s'", letter);
	}
	if (optopt)
		cli_usage_error("option '%.*s' takes no argument", (int)strcspn(word, "="), word);
	for (const struct option *l = p->longs; l->name; l++)
		if (!strncmp(word + 2, l->name, strcspn(word + 2, "=")))
			cli_usage_error("option '%s' is ambiguous", word);
	refuse_habit(p, word);
	cli_usage_error("unknown option '%s'", word);
}

/* Without one of its own, stdio takes a buffer of the output's block size, whatever is asked for.
 */
static char help_buffer[64 * 1024];

int cli_next_option(struct cli_parser *p)
{
	int id = getopt_long(p->argc, p->argv, p->letters, p->longs, NULL);

	p->value = optarg;
	if (id == 'h' && p->h_is_free)
		id = CLI_OPT_HELP;
	switch (id) {
	case '?':
	case ':':
		refuse(p, id);
	case CLI_OPT_HELP:
		/* In one write at the end, whose failure has a reason. */
		(void)setvbuf(stdout, help_buffer, _IOFBF, sizeof(help_buffer));
		print_help(p->command);
		exit(cli_close_stdout());
	case CLI_OPT_VERSION:
		printf("%s (nsview) %s\n", cli_command.name, NSVIEW_VERSION);
		exit(cli_close_stdout());
	default:
		return id;
	}
}

int cli_parse_word(const char *option, const char *text, const char *const words[])
{
	char list[512] = "";
	size_t len = 0;

	for (int i = 0; words[i]; i++) {
		if (!strcmp(text, words[i]))
			return i;
		if (len < sizeof(list))
			len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
						!i	       ? ""
						: words[i + 1] ? ", "
							       : " or ",
						words[i]);
	}
	cli_usage_error("'%s' is not a value of %s: it is %s", text, option, list);
}

unsigned long cli_parse_number(const char *option, const char *text, unsigned long min,
			       unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value < min || value > max)
		cli_usage_error("'%s' is not a value of %s: a number from %lu to %lu is", text,
				option, min, max);
	return value;
}
