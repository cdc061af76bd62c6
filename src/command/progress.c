/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress.c - prints a progress line on the terminal behind stderr, rewritten in place.
 *
 * A message of another thread must not run into the line: `on_screen` is true while a line is
 * shown, and the thread that resets it wipes the line. No locks.
 */
#include "command/progress.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/util.h"
#include "command/escape.h"
#include "command/format.h"
#include "command/message.h"

#define FIRST_AFTER 1000000000ULL /* ns: a job of less than a second needs no line */
#define EVERY	    100000000ULL  /* ns */

static atomic_bool on_screen;

void cli_progress_start(struct cli_progress *p, bool wanted)
{
	p->wanted = wanted && isatty(STDERR_FILENO) && tcgetpgrp(STDERR_FILENO) == getpgrp();
	p->started = (uint64_t)nsv_now_ns();
	p->shown = 0;
}

bool cli_progress_due(const struct cli_progress *p)
{
	uint64_t now;

	if (!p->wanted)
		return false;
	now = (uint64_t)nsv_now_ns();
	return now - p->started >= FIRST_AFTER && now - p->shown >= EVERY;
}

/* Bytes of @text that fill at most @width columns, counting one per character. */
static size_t cut(const char *text, size_t len, size_t width)
{
	size_t i = 0;

	while (i < len && width--) {
		size_t n = cli_utf8_char(text + i, len - i, NULL);

		i += n ? n : 1;
	}
	return i;
}

void cli_progress_show(struct cli_progress *p, const char *fmt, ...)
{
	nsv_autofree char *text = NULL, *escaped = NULL, *line = NULL;
	unsigned width = cli_terminal_width(STDERR_FILENO);
	size_t len;
	va_list ap;
	int n;

	if (!p->wanted)
		return;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		cli_no_memory();
	escaped = cli_escape(text, (size_t)n, cli_locale_is_utf8(), &len);
	/* The last column stays free: some terminals wrap after it. */
	n = asprintf(&line, "\r%.*s\033[K", (int)cut(escaped, len, width - 1), escaped);
	if (n < 0)
		cli_no_memory();
	atomic_store(&on_screen, true);
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		p->wanted = false;
	p->shown = (uint64_t)nsv_now_ns();
}

void cli_progress_wipe(void)
{
	static const char wipe[] = "\r\033[K";

	/* A failure to write on stderr cannot be reported. */
	if (atomic_exchange(&on_screen, false) && write(STDERR_FILENO, wipe, sizeof(wipe) - 1) < 0)
		return;
}

void cli_progress_end(struct cli_progress *p)
{
	cli_progress_wipe();
	p->wanted = false;
}
