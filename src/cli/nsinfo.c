/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsinfo.c - shows what the host knows of a container and its processes.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/complete.h"
#include "nsinfo.h"

enum {
	OPT_ENV = CLI_OPT_LONG,
	OPT_USER_NAMES,
};

static const struct cli_option options[] = {
	{ OPT_ENV, "env", NULL, "show the values of environment variables, which may be secrets" },
	{ 'J', "json", NULL, "a JSON array with an object for each SPEC" },
	{ OPT_USER_NAMES, "user-names", NULL,
	  "names of users and groups, by the container's own passwd and group files" },
	{ 'o', "only", "LIST",
	  "only these sections, separated by commas: container, process, tree, namespaces, "
	  "addresses, ports, ids, mounts, security, limits, environment" },
	{ CLI_OPT_HELP, "help", NULL, "show this help and exit" },
	{ CLI_OPT_VERSION, "version", NULL, "show the version and exit" },
	{ 0, NULL, NULL, NULL },
};

const struct cli_command cli_command = {
	.name = "nsinfo",
	.usage = "[OPTION]... SPEC...",
	.about =
	    "Show what the host knows of a running container: names, PIDs outside and inside,\n"
	    "processes, namespaces, addresses, ports, ID maps, mounts, capabilities, limits,\n"
	    "names of environment variables.",
	.options = options,
	.complete = cli_complete_specs,
	.epilog =
	    "SPEC is the PID of any process, PID:INODE (of its mount namespace), a namespace\n"
	    "file such as /proc/PID/ns/mnt, or a name. nsinfo runs nothing in the container\n"
	    "and, without --user-names, reads none of its files. If the PID is an\n"
	    "engine's own process, a note names the containers below it.\n"
	    "\n"
	    "Exit code: 0 all done, 1 something failed, 2 wrong usage or no such container.",
	.habits = cli_pod_habits,
};

static unsigned parse_sections(const char *list)
{
	static const char *const words[] = { "container", "process", "tree",	    "namespaces",
					     "addresses", "ids",     "mounts",	    "security",
					     "ports",	  "limits",  "environment", NULL };
	nsv_autofree char *copy = strdup(list);
	char *rest = copy, *word;
	unsigned sections = 0;

	if (!copy)
		cli_no_memory();
	while ((word = strsep(&rest, ",")))
		sections |= 1U << cli_parse_word("--only", word, words);
	return sections;
}

static enum cli_exit show(struct nsinfo_output *out, const char *spec)
{
	struct nsinfo_subject s;
	enum cli_exit r = nsinfo_open(&s, spec, out->sections);

	if (r == CLI_EXIT_OK) {
		s.env = out->env;
		if (out->user_names)
			nsinfo_read_users(&s);
		if (out->json)
			nsinfo_json(out, &s);
		else
			nsinfo_text(out, &s);
	}
	nsinfo_done(&s);
	return r;
}

int main(int argc, char **argv)
{
	struct nsinfo_output out = { 0 };
	enum cli_exit status = CLI_EXIT_OK, r;
	struct cli_parser parser;
	int id;

	cli_parser_init(&parser, argc, argv);
	while ((id = cli_next_option(&parser)) != CLI_OPT_END) {
		if (id == 'J')
			out.json = true;
		else if (id == OPT_ENV)
			out.env = true;
		else if (id == OPT_USER_NAMES)
			out.user_names = true;
		else if (id == 'o')
			out.sections |= parse_sections(parser.value);
	}
	if (optind == argc)
		cli_usage_error("which container?");
	out.terminal = isatty(STDOUT_FILENO);
	out.utf8 = cli_locale_is_utf8();
	tzset();
	for (int n = optind; n < argc; n++) {
		r = show(&out, argv[n]);
		status = r > status ? r : status;
	}
	if (out.json)
		nsinfo_json_end(&out);
	r = cli_close_stdout();
	return r != CLI_EXIT_OK ? r : status;
}
