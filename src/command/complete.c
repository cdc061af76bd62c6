/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * complete.c - what the typed word is (an option, the value of one, an operand), and the options
 * for it. Messages and stderr stay silent: a shell would show them in the middle of a line.
 */
#include "command/complete.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "command/candidate.h"
#include "command/complete_values.h"
#include "command/options.h"

static const struct cli_option *find_letter(const struct cli_command *command, char letter)
{
	for (const struct cli_option *o = command->options; o->id; o++)
		if (o->id == letter)
			return o;
	return NULL;
}

/* "--name" or "--name=value"; an abbreviation too, as getopt_long(3) takes it. */
static const struct cli_option *find_long(const struct cli_command *command, const char *word)
{
	size_t len = strcspn(word + 2, "=");
	const struct cli_option *found = NULL;

	for (const struct cli_option *o = command->options; o->id; o++) {
		if (!o->name || strncmp(o->name, word + 2, len) != 0)
			continue;
		if (!o->name[len])
			return o;
		if (found)
			return NULL;
		found = o;
	}
	return found;
}

/* The option whose value has to be the next word, or NULL. */
static const struct cli_option *wants_value(const struct cli_command *command, const char *word)
{
	const struct cli_option *o = NULL;

	if (strncmp(word, "--", 2) == 0) {
		o = strchr(word, '=') ? NULL : find_long(command, word);
		return o && o->arg && *o->arg != '[' ? o : NULL;
	}
	while (*++word) {
		o = find_letter(command, *word);
		if (!o)
			return NULL;
		if (o->arg)
			return *o->arg != '[' && !word[1] ? o : NULL;
	}
	return NULL;
}

/* Reads the words in front of the typed one. Returns whether options may still follow. */
static bool walk(struct cli_completion *c, char **words, int n)
{
	bool more = true;

	for (int i = 0; i < n; i++) {
		const char *word = words[i];

		if (c->option)
			c->option = NULL;
		else if (more && strcmp(word, "--") == 0)
			more = false;
		else if (more && word[0] == '-' && word[1])
			c->option = wants_value(c->command, word);
		/* nsrun SPEC -- COMMAND */
		else if (c->command->operands_end_options && c->n_operands == 1 &&
			 strcmp(word, "--") == 0)
			continue;
		else {
			c->operands[c->n_operands++] = words[i];
			more = more && !c->command->operands_end_options;
		}
	}
	return more;
}

static void offer_options(const struct cli_completion *c)
{
	for (const struct cli_option *o = c->command->options; o->id; o++) {
		char text[80];

		if (o->name)
			(void)snprintf(text, sizeof(text), "--%s", o->name);
		else
			(void)snprintf(text, sizeof(text), "-%c", o->id);
		if (!o->arg || *o->arg == '[' || !o->name)
			cli_candidate(c, text, true, o->help);
		if (!o->arg || !o->name)
			continue;
		(void)snprintf(text, sizeof(text), "--%s=", o->name);
		cli_candidate(c, text, false, o->help);
	}
}

/* Whether the value is a file or folder of the host, by its name in --help. */
static bool takes_files(const char *arg)
{
	static const char *const names[] = { "FILE", "PATH",   "DIR",	  "DIRECTORY",
					     "KEY",  "PUBKEY", "PACKAGE", "[FILE]" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(names); i++)
		if (strcmp(arg, names[i]) == 0)
			return true;
	return false;
}

static void offer_values(const struct cli_completion *c)
{
	if (!c->option->arg || (c->command->complete && c->command->complete(c)))
		return;
	if (!cli_complete_words(c) && takes_files(c->option->arg))
		cli_candidate_files(c);
}

void cli_complete(const struct cli_command *command, int argc, char **argv, int first)
{
	struct cli_completion c = { .command = command, .prefix = "", .typed = "" };
	nsv_autofree char *name = NULL;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	bool options;

	if (null >= 0)
		(void)dup2(null, STDERR_FILENO);
	c.operands = calloc((size_t)argc + 1, sizeof(*c.operands));
	if (!c.operands)
		cli_no_memory();
	options = walk(&c, argv + first, argc > first ? argc - first - 1 : 0);
	if (argc > first)
		c.typed = argv[argc - 1];
	if (!c.option && options && strncmp(c.typed, "--", 2) == 0 && strchr(c.typed, '=')) {
		c.option = find_long(command, c.typed);
		if (!c.option)
			exit(0);
		name = strndup(c.typed, strcspn(c.typed, "=") + 1);
		if (!name)
			cli_no_memory();
		c.prefix = name;
		c.typed += strlen(name);
	}
	if (c.option)
		offer_values(&c);
	else if (options && *c.typed == '-')
		offer_options(&c);
	else if (!command->complete)
		cli_candidate_files(&c);
	else
		(void)command->complete(&c);
	(void)fflush(stdout);
	exit(0);
}
