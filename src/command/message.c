/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message.c - prints one line on stderr for each problem.
 *
 * Defends against: names that a container chose. People read messages and keep them in logs, so
 * every message is escaped, wherever stderr leads: a newline in a name forges no second line, an
 * ESC drives no terminal. Each line is one write(2), so lines of several threads do not mix. No
 * locks.
 */
#include "command/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "command/escape.h"
#include "command/options.h"
#include "command/progress.h"

static void __attribute__((format(printf, 3, 0)))
put_line(const char *kind, const char *end, const char *fmt, va_list ap)
{
	nsv_autofree char *text = NULL, *escaped = NULL, *line = NULL;
	int len;

	if (vasprintf(&text, fmt, ap) < 0)
		cli_no_memory();
	escaped = cli_escape(text, strlen(text), cli_locale_is_utf8(), NULL);
	len = asprintf(&line, "%s: %s%s%s\n", cli_command.name, kind, escaped, end);
	if (len < 0)
		cli_no_memory();
	cli_progress_wipe();
	(void)fflush(stdout); /* keeps earlier output before the message */
	/* A failure to write on stderr cannot be reported. */
	if (write(STDERR_FILENO, line, (size_t)len) < 0)
		return;
}

void cli_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line("", "", fmt, ap);
	va_end(ap);
}

void cli_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line("note: ", "", fmt, ap);
	va_end(ap);
}

void cli_error_at(const char *spec, const char *path, int err, const struct nsv_error *e)
{
	const char *what = e && *e->msg ? e->msg : strerror(err < 0 ? -err : err);

	if (path)
		cli_error("%s:%s: %s", spec, path, what);
	else
		cli_error("%s: %s", spec, what);
}

static const char *help_command;

void cli_usage_help(const char *help)
{
	help_command = help;
}

void cli_usage_error(const char *fmt, ...)
{
	nsv_autofree char *end = NULL;
	va_list ap;

	if (asprintf(&end, " (try '%s%s')", help_command ? help_command : cli_command.name,
		     help_command ? "" : " --help") < 0)
		cli_no_memory();
	va_start(ap, fmt);
	put_line("", end, fmt, ap);
	va_end(ap);
	exit(cli_command.exit_usage ? cli_command.exit_usage : CLI_EXIT_USAGE);
}

enum cli_exit cli_close_stdout(void)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (fclose(stdout))
		failed = true;
	if (!failed)
		return CLI_EXIT_OK;
	if (errno)
		cli_error("write error: %s", strerror(errno));
	else
		cli_error("write error");
	return CLI_EXIT_FAILED;
}
