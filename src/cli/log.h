/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log.h - the line in syslog(3) for each use of a command that changes or collects something. */
#ifndef NSV_CLI_LOG_H
#define NSV_CLI_LOG_H

#include <stddef.h>

/*
 * Facility authpriv, priority notice: "WHAT: uid=... loginuid=... sudo_user=..." and the text. The
 * caller escapes what others chose (cli_log_words()). Without a logger: nothing. Main thread only.
 */
void cli_log(const char *program, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define CLI_LOG_WORDS 1024

/* The @n words, escaped, with blanks between; cut where they are long. Returns @to. */
char *cli_log_words(char to[static CLI_LOG_WORDS], const char *const words[], size_t n);

#endif
