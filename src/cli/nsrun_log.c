/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsrun_log.c - logs each use of nsrun --inside. Main thread only. */
#include "cli/nsrun_log.h"

#include "cli/log.h"

void nsrun_log(const char *spec, const struct nsv_scan *scan, const struct nsv_container *c,
	       pid_t pid, const char *user, char *const argv[])
{
	const char *name = c ? nsv_container_name(scan, c) : NULL;
	const char *id = c && c->id ? c->id : "-";
	char shown[CLI_LOG_WORDS], shown_id[CLI_LOG_WORDS], as[CLI_LOG_WORDS];
	char command[CLI_LOG_WORDS];
	size_t n = 0;

	if (!name)
		name = spec;
	if (!user)
		user = "-";
	while (argv[n])
		n++;
	cli_log("nsrun", "inside", "container=%s engine=%s id=%s pid=%d user=%s command=%s",
		cli_log_words(shown, &name, 1), c && c->engine ? c->engine : "-",
		cli_log_words(shown_id, &id, 1), (int)pid, cli_log_words(as, &user, 1),
		cli_log_words(command, (const char *const *)argv, n));
}
