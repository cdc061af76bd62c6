/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message.h - what a command says when something goes wrong: one line on stderr each, escaped,
 * after wiping a progress line; and its exit code.
 */
#ifndef NSV_COMMAND_MESSAGE_H
#define NSV_COMMAND_MESSAGE_H

#include <nsview/error.h>

#include "command/fatal.h"

/* "nscat: " and the text. Any thread. */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same for something that is not a failure: "nscat: note: " and the text. */
void cli_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "nscat: SPEC:PATH: what happened". @path may be NULL; @e or, without a message, @err tells. */
void cli_error_at(const char *spec, const char *path, int err, const struct nsv_error *e);
/* "nscat: the text (try 'nscat --help')", exit code 2. */
void cli_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Flushes and closes stdout; CLI_EXIT_FAILED after a message when that failed. */
enum cli_exit cli_close_stdout(void);

#endif
