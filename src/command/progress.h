/* SPDX-License-Identifier: GPL-2.0-or-later */
/* progress.h - a progress line on the terminal behind stderr, rewritten in place. */
#ifndef NSV_COMMAND_PROGRESS_H
#define NSV_COMMAND_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct cli_progress {
	bool wanted;
	uint64_t started, shown; /* ns, nsv_now_ns() */
};

/* @wanted: the user allows progress; a foreground process on a terminal is required, too. */
void cli_progress_start(struct cli_progress *p, bool wanted);
/* Whether to show a line now: 1 s after the start, then every 100 ms. */
bool cli_progress_due(const struct cli_progress *p);
/* Prints the text, escaped and cut to the terminal's width. One thread at a time. */
void cli_progress_show(struct cli_progress *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Wipes the line. */
void cli_progress_end(struct cli_progress *p);
/* Wipes the line if one is shown, before other output. Any thread. */
void cli_progress_wipe(void);

#endif
