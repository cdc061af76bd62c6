/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hint.c - warns of a PID that belongs to a container but runs outside: an engine's shim, its
 * monitor, the shell that started the container. Such a process has the host's files; the note
 * names the containers below it.
 *
 * Only such a PID costs a scan. Names are the containers' choice: cli_note() escapes them.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nsview/discover.h>

#include "base/util.h"
#include "cli/cli.h"

#define MAX_LISTED 4

static void append(char **text, const char *more)
{
	size_t len = *text ? strlen(*text) : 0;
	char *longer = realloc(*text, len + strlen(more) + 1);

	if (!longer)
		cli_no_memory();
	(void)memcpy(longer + len, more, strlen(more) + 1);
	*text = longer;
}

static void append_number(char **text, unsigned long number)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%lu", number);
	append(text, digits);
}

/* "2056 (web1), 2057 and 3 more" */
static char *list_below(const struct nsv_scan *scan, const struct nsv_role *role)
{
	char *text = NULL;

	for (size_t i = 0; i < role->n_pids && i < MAX_LISTED; i++) {
		const struct nsv_container *c = nsv_scan_find_pid(scan, role->pids[i]);
		nsv_autofree char *spec = NULL;

		append(&text, i ? ", " : "");
		append_number(&text, (unsigned long)role->pids[i]);
		if (!c || nsv_scan_spec(scan, c, &spec) < 0 ||
		    spec[strspn(spec, "0123456789")] == '\0')
			continue;
		append(&text, " (");
		append(&text, spec);
		append(&text, ")");
	}
	if (role->n_pids > MAX_LISTED) {
		append(&text, " and ");
		append_number(&text, role->n_pids - MAX_LISTED);
		append(&text, " more");
	}
	return text;
}

/* The rest of a command line after the PID. */
static const char *rest_of_command(void)
{
	if (strcmp(cli_command.name, "nsinfo") == 0)
		return "";
	return strcmp(cli_command.name, "nscp") == 0 ? ":..." : " ...";
}

bool cli_note_role_in(const struct nsv_scan *scan, pid_t pid, const struct nsv_role *role)
{
	nsv_autofree char *list = NULL;

	if (role->kind == NSV_ROLE_NONE)
		return false;
	if (role->n_pids == 0) {
		cli_note("%d is %s, outside of any container", (int)pid, role->comm);
		return true;
	}
	list = list_below(scan, role);
	cli_note("%d is %s, outside of any container: the container%s below it %s %s; "
		 "try '%s %d%s'",
		 (int)pid, role->comm, role->n_pids == 1 ? "" : "s",
		 role->n_pids == 1 ? "is" : "are", list, cli_command.name, (int)role->pids[0],
		 rest_of_command());
	return true;
}

bool cli_note_role(pid_t pid)
{
	struct nsv_scan_options options = NSV_SCAN_OPTIONS_INIT;
	struct nsv_role role = { .size = sizeof(role) };
	struct nsv_scan *scan = NULL;
	bool said = false;

	options.flags = NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES;
	if (pid <= 0 || nsv_scan_new(&options, &scan, NULL) < 0)
		return false;
	if (nsv_role_of(scan, pid, &role, NULL) == 0) {
		said = cli_note_role_in(scan, pid, &role);
		nsv_role_done(&role);
	}
	(void)nsv_scan_free(scan);
	return said;
}
