/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsrun_log.c - logs each use. The login user (proc_pid_loginuid(5)) is told beside the user, since
 * it stays the same through sudo and su. Defends against texts that a container or a caller chose:
 * each is escaped. Main thread only.
 */
#include "cli/nsrun_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "command/escape.h"
#include "reach/util.h"

#define COMMAND_MAX 1024

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

/* The arguments, escaped, with blanks between. */
static void print_command(char *to, size_t size, char *const argv[])
{
	size_t at = 0;

	*to = '\0';
	for (size_t i = 0; argv[i] && at + 1 < size; i++) {
		nsv_autofree char *shown = cli_escape(argv[i], strlen(argv[i]), false, NULL);
		int n = snprintf(to + at, size - at, "%s%s", i ? " " : "", shown);

		at += n > 0 ? (size_t)n : 0;
	}
}

void nsrun_log(const char *spec, const struct nsv_scan *scan, const struct nsv_container *c,
	       pid_t pid, const char *user, char *const argv[])
{
	const char *name = c ? nsv_container_name(scan, c) : NULL;
	nsv_autofree char *shown = NULL;
	nsv_autofree char *id = NULL;
	nsv_autofree char *as = NULL;
	char command[COMMAND_MAX];

	name = name ? name : spec;
	shown = cli_escape(name, strlen(name), false, NULL);
	id = cli_escape(c && c->id ? c->id : "-", c && c->id ? strlen(c->id) : 1, false, NULL);
	as = cli_escape(user ? user : "-", user ? strlen(user) : 1, false, NULL);
	print_command(command, sizeof(command), argv);
	openlog("nsrun", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	syslog(
	    LOG_NOTICE,
	    "inside: uid=%lu loginuid=%ld container=%s engine=%s id=%s pid=%d user=%s command=%s",
	    (unsigned long)getuid(), login_user(), shown, c && c->engine ? c->engine : "-", id,
	    (int)pid, as, command);
	closelog();
}
