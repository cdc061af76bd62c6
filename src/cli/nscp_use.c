/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscp_use.c - what a copy asks of its user, and says of itself: the question of -i, the line in
 * syslog(3) for a copy into a container.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/log.h"
#include "cli/nscp.h"

#define LOGGED_SOURCES 16

bool cp_ask(const char *path, void *data)
{
	struct cp_report *r = data;
	nsv_autofree char *shown = cli_escape(path, strlen(path), cli_locale_is_utf8(), NULL);
	nsv_autofree char *answer = NULL;
	size_t size = 0;
	bool yes = false;

	cli_progress_wipe();
	(void)fprintf(stderr, "nscp: overwrite '%s%s%s'? ", r->to ? r->to : "", r->to ? ":" : "",
		      shown);
	(void)fflush(stderr);
	/* As with cp the end of the input is a no. */
	if (!cp_signalled() && getline(&answer, &size, stdin) > 0)
		yes = rpmatch(answer) == 1;
	r->declined = r->declined || !yes;
	return yes;
}

void cp_log(const struct cli_spec_path *sources, size_t n, const struct cli_spec_path *dest,
	    const struct nsv_root *root)
{
	const char *words[LOGGED_SOURCES];
	char from[CLI_LOG_WORDS], to[CLI_LOG_WORDS], spec[CLI_LOG_WORDS];
	size_t shown = n < LOGGED_SOURCES ? n : LOGGED_SOURCES;

	for (size_t i = 0; i < shown; i++)
		words[i] = sources[i].text;
	cli_log("nscp", "copy", "container=%s pid=%d to=%s sources=%zu from=%s",
		cli_log_words(spec, (const char *const *)&dest->spec, 1),
		(int)nsv_target_pid(nsv_root_target(root)), cli_log_words(to, &dest->path, 1), n,
		cli_log_words(from, words, shown));
}
