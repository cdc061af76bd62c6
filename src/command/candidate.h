/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * candidate.h - what a completion offers, as records on standard output, each ended by NUL, since a
 * file name may have any other byte. The first byte of a record is its kind:
 *
 *	w WORD     a whole word, a blank may follow
 *	p WORD     a beginning: a folder, "SPEC:", "--option=", an item of a list
 *	d TEXT     what the record before means
 *	f PREFIX   the host's files too, for what was typed behind PREFIX
 *	c PREFIX   likewise the host's commands
 *
 * WORD is always the whole new word, unquoted, and any bytes: the shell must quote it and never
 * evaluate it. Main thread only, or one thread at a time.
 */
#ifndef NSV_COMMAND_CANDIDATE_H
#define NSV_COMMAND_CANDIDATE_H

#include <stdbool.h>

struct cli_command;
struct cli_option;

/* All strings are borrowed. */
struct cli_completion {
	const struct cli_command *command;
	const struct cli_option *option; /* whose value is typed; NULL: an operand is */
	char **operands;		 /* those in front of the typed word */
	int n_operands;
	const char *prefix; /* of the word and before @typed: "--name=", or "" */
	const char *typed;
};

/*
 * Offers @text, in place of c->typed, if it begins so; @whole: nothing is missing. @about may be
 * NULL.
 */
void cli_candidate(const struct cli_completion *c, const char *text, bool whole, const char *about);
/* Offers @text for the last item of a list with commas. */
void cli_candidate_in_list(const struct cli_completion *c, const char *text);
/* Has the shell offer the host's files, or commands. */
void cli_candidate_files(const struct cli_completion *c);
void cli_candidate_commands(const struct cli_completion *c);

#endif
