/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * complete_values.h - the words that an option takes, as --help describes them, so that no second
 * list exists:
 *
 *	"colours: auto (default), always or never"    words after ": " or at the start, two at
 *least, separated by ", ", " or " or " and " a sentence with "column"		      the epilogue's
 *"Columns: NAME, ENGINE (..)." a sentence with "see below"		      lines " word=this|that
 *..." of the epilogue
 */
#ifndef NSV_COMMAND_COMPLETE_VALUES_H
#define NSV_COMMAND_COMPLETE_VALUES_H

#include <stdbool.h>

#include "command/candidate.h"

/* Offers the words for c->option; returns false if --help names none. */
bool cli_complete_words(const struct cli_completion *c);

#endif
