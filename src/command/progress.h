/* SPDX-License-Identifier: GPL-2.0-or-later */
/* progress.h - one line on a terminal, rewritten in place. */
#ifndef NSV_COMMAND_PROGRESS_H
#define NSV_COMMAND_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct cli_progress {
	bool wanted;
	uint64_t started, shown;
};

/* @wanted: the user did not forbid it; it also has to be a terminal in the foreground. */
void cli_progress_start(struct cli_progress *p, bool wanted);
/* Whether a line would be printed now: a second has passed, and 100 ms since the last one. */
bool cli_progress_due(const struct cli_progress *p);
/* Escapes, cuts to the terminal's width and prints. One thread at a time. */
void cli_progress_show(struct cli_progress *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Wipes the line. */
void cli_progress_end(struct cli_progress *p);
/* For message.c: wipes a line that stands on the terminal, any thread. */
void cli_progress_wipe(void);

#endif
