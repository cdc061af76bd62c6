/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message.h - messages of a command: one escaped line on stderr for each problem, after the
 * progress line is wiped. The calls that end the command say so.
 */
#ifndef NSV_COMMAND_MESSAGE_H
#define NSV_COMMAND_MESSAGE_H

#include <nsview/error.h>

#include "command/fatal.h"

/* Prints "nscat: " and the text. Any thread. */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints "nscat: note: " and the text, for what is no failure. Any thread. */
void cli_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints "nscat: SPEC:PATH: REASON"; @path may be NULL. REASON is @e's message, else strerror of
 * @err. */
void cli_error_at(const char *spec, const char *path, int err, const struct nsv_error *e);
/* Prints "nscat: the text (try 'nscat --help')" and exits with CLI_EXIT_USAGE, or
 * the command's own exit_usage. */
void cli_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
/* From now on cli_usage_error() names @help in place of "nscat --help"; borrowed. Main thread. */
void cli_usage_help(const char *help);
/* Flushes and closes stdout. Prints a message and returns CLI_EXIT_FAILED if a write failed. */
enum cli_exit cli_close_stdout(void);

#endif
