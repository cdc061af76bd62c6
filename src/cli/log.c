/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log.c - logs each use. The login user (proc_pid_loginuid(5)) is told beside the user, since that
 * stays the same through sudo and su; SUDO_USER is what sudo says. Defends against texts that a
 * container or a caller chose: each is escaped. Main thread only.
 */
#include "cli/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/util.h"
#include "command/escape.h"
#include "command/message.h"

static long login_user(void)
{
	char text[16] = "";
	FILE *f = fopen("/proc/self/loginuid", "re");
	long uid = -1;

	if (f && fgets(text, sizeof(text), f))
		uid = (long)(int)strtoul(text, NULL, 10);
	if (f)
		(void)fclose(f);
	return uid;
}

char *cli_log_words(char to[static CLI_LOG_WORDS], const char *const words[], size_t n)
{
	size_t at = 0;

	*to = '\0';
	for (size_t i = 0; i < n && at + 1 < CLI_LOG_WORDS; i++) {
		nsv_autofree char *shown = cli_escape(words[i], strlen(words[i]), false, NULL);
		int len = snprintf(to + at, CLI_LOG_WORDS - at, "%s%s", i ? " " : "", shown);

		at += len > 0 ? (size_t)len : 0;
	}
	return to;
}

void cli_log(const char *program, const char *what, const char *fmt, ...)
{
	const char *sudo = getenv("SUDO_USER");
	char by[CLI_LOG_WORDS];
	nsv_autofree char *text = NULL;
	va_list ap;
	int n;

	if (!sudo || !*sudo)
		sudo = "-";
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		cli_no_memory();
	openlog(program, LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	syslog(LOG_NOTICE, "%s: uid=%lu loginuid=%ld sudo_user=%.64s %s", what,
	       (unsigned long)getuid(), login_user(), cli_log_words(by, &sudo, 1), text);
	closelog();
}
