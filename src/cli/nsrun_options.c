/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsrun_options.c - the options of nsrun beside a container, and what they mean to the library. */
#include <stdlib.h>
#include <string.h>

#include "cli/complete.h"
#include "cli/nsrun.h"

enum {
	OPT_DNS = CLI_OPT_LONG,
	OPT_FILES,
	OPT_ENV,
	OPT_ENV_OF_CONTAINER,
	OPT_INSIDE,
};

static const struct cli_option options[] = {
	{ 'n', "net", "[FILE]",
	  "join the network namespace; none: a new one without a network. This and the next five "
	  "replace the default, which is -n; each takes a namespace file instead of SPEC's" },
	{ 'u', "uts", "[FILE]", "join the UTS namespace: hostname" },
	{ 'i', "ipc", "[FILE]", "join the IPC namespace" },
	{ 'U', "user", "[FILE]", "join the user namespace, as its root unless -S and -G say else" },
	{ 'C', "cgroup", "[FILE]", "join the cgroup namespace" },
	{ 'T', "time", "[FILE]", "join the time namespace" },
	{ 'm', "mount", "[FILE]", "refused: the files are below $NSVIEW_ROOT; see --inside" },
	{ 'p', "pid", "[FILE]",
	  "refused: the container could trace COMMAND; see nsps(1), --inside" },
	{ OPT_DNS, "dns", "WHOSE",
	  "names resolve by the resolv.conf and hosts of: container (default with the network of "
	  "SPEC) or host" },
	{ OPT_FILES, "files", "HOW",
	  "SPEC's files at $NSVIEW_ROOT: clone (default; read-only, no link is followed), view "
	  "(the folder in a view of nsviewd(8)) or none" },
	{ 'I', "replace", "STR", "replace STR in COMMAND's arguments by the path of SPEC's files" },
	{ 'w', "wd", "DIR", "start in DIR of the host; root:PATH is a folder of the container" },
	{ 'S', "setuid", "UID", "run as this user, a number" },
	{ 'G', "setgid", "GID", "run as this group, a number" },
	{ OPT_ENV, "env", "K=V", "set a variable of the environment; may be given more than once" },
	{ OPT_ENV_OF_CONTAINER, "env-of-container", "[NAMES]",
	  "take these variables (separated by commas) of SPEC's process, which chose their values; "
	  "without NAMES those that the host does not have and that run nothing" },
	{ OPT_INSIDE, "inside", NULL,
	  "as the first argument: run a program of the container in it, see 'nsrun --inside "
	  "--help'" },
	CLI_HELP_OPTIONS,
};

#define INSIDE "that is for a program in the container: nsrun --inside "

static const struct cli_habit habits[] = {
	{ "-t", INSIDE "-it SPEC COMMAND" },
	{ "-d", INSIDE "-d SPEC COMMAND" },
	{ "-e", INSIDE "-e K=V SPEC COMMAND, or beside it --env=K=V" },
	{ "--tty", INSIDE "-it SPEC COMMAND" },
	{ "--interactive", INSIDE "-it SPEC COMMAND" },
	{ "--stdin", INSIDE "-it SPEC COMMAND" },
	{ "--detach", INSIDE "-d SPEC COMMAND" },
	{ "--workdir", INSIDE "-w DIR SPEC COMMAND, or beside it -w root:DIR" },
	CLI_POD_HABITS,
};

const struct cli_command cli_command = {
	.name = "nsrun",
	.usage = "[OPTION]... SPEC [--] [COMMAND [ARG]...]\n--inside ...",
	.about = "Run a tool of the host beside a running container: in its network, with its\n"
		 "DNS, its files read-only at $NSVIEW_ROOT. Without COMMAND, run $SHELL.",
	.options = options,
	.complete = cli_complete_beside,
	.epilog = CLI_SPEC_HELP
	"\n"
	"  nsrun web1 ss -tlnp                       who listens in its network\n"
	"  nsrun web1 dig db @127.0.0.11             ask its DNS, with the host's dig\n"
	"  nsrun -u 1010 hostname                    join another namespace only\n"
	"  nsrun -w root: web1 clamscan -r .         work in its files\n"
	"  nsrun -I % web1 tar -C % -cf - .          or name their path\n"
	"\n"
	"Exit code: COMMAND's; 1 instead of 0 if the container ended meanwhile; 125 nsrun\n"
	"failed, 126 COMMAND can't be executed, 127 COMMAND was not found.",
	.operands_end_options = true,
	.exit_usage = NSRUN_EXIT_SELF,
	.habits = habits,
};

static void choose(struct nsrun_options *o, enum nsv_run_kind kind, const char *file)
{
	struct nsv_run_namespace *ns = &o->run.ns[kind];

	if (!o->chosen)
		o->run.ns[NSV_RUN_NS_NET].from = NSV_RUN_FROM_HOST;
	o->chosen = true;
	*ns = (struct nsv_run_namespace){ .from = NSV_RUN_FROM_CONTAINER };
	if (!file)
		return;
	file += *file == '='; /* -n=FILE, as nsenter(1) takes it */
	if (kind == NSV_RUN_NS_NET && strcmp(file, "none") == 0)
		ns->from = NSV_RUN_FROM_EMPTY;
	else if (strchr(file, '/'))
		*ns = (struct nsv_run_namespace){ .from = NSV_RUN_FROM_FILE, .file = file };
	else if (kind == NSV_RUN_NS_IPC && strcmp(file, "t") == 0)
		cli_usage_error("-i joins the IPC namespace; a shell in the container is "
				"'nsrun --inside -it SPEC sh'");
	else
		cli_usage_error("'%s' is not a namespace file: its path has a slash", file);
}

static void refuse(int id)
{
	if (id == 'm')
		cli_usage_error(
		    "-m: in its mount namespace COMMAND would be the container's, or "
		    "missing: its files are at $NSVIEW_ROOT, -w root: starts there, and "
		    "--inside runs a program of the container");
	cli_usage_error(
	    "-p: in its PID namespace the container could trace COMMAND and so reach the "
	    "host: nsps(1) and nsinfo(1) show its processes by both PIDs, and --inside "
	    "runs a program of the container");
}

static void add_env(struct nsrun_options *o, const char *text)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text)
		cli_usage_error("--env: '%s' is not NAME=VALUE", text);
	o->env[o->n_env++] = text;
}

static void take_names(struct nsrun_options *o, const char *list)
{
	size_t n = 0;
	char *rest;

	o->run.env_all = !list;
	if (!list)
		return;
	free(o->env_words);
	free(o->env_names);
	rest = o->env_words = strdup(list);
	o->env_names = calloc(strlen(list) + 2, sizeof(*o->env_names));
	if (!rest || !o->env_names)
		cli_no_memory();
	while (rest) {
		char *name = strsep(&rest, ",");

		if (!*name || strchr(name, '='))
			cli_usage_error("--env-of-container: '%s' is not a list of names", list);
		o->env_names[n++] = name;
	}
}

static void parse_more(struct nsrun_options *o, int id, const char *value)
{
	static const char *const whose[] = { "host", "container", NULL };
	static const char *const how[] = { "clone", "view", "none", NULL };

	switch (id) {
	case OPT_DNS:
		o->run.dns = cli_parse_word("--dns", value, whose) == 1;
		o->dns_typed = true;
		break;
	case OPT_FILES:
		o->run.files = (enum nsv_run_files)cli_parse_word("--files", value, how);
		break;
	case 'I':
		if (!*value)
			cli_usage_error("-I: an empty text is everywhere");
		o->run.replace = value;
		break;
	case 'w':
		o->run.dir_inside = strncmp(value, "root:", 5) == 0;
		o->run.dir = o->run.dir_inside ? value + 5 : value;
		break;
	case 'S':
		o->run.uid = (uint32_t)cli_parse_number("-S", value, 0, UINT32_MAX - 1);
		break;
	case 'G':
		o->run.gid = (uint32_t)cli_parse_number("-G", value, 0, UINT32_MAX - 1);
		break;
	case OPT_ENV:
		add_env(o, value);
		break;
	case OPT_ENV_OF_CONTAINER:
		take_names(o, value);
		break;
	}
}

static void parse_option(struct nsrun_options *o, int id, const char *value)
{
	static const struct {
		char letter;
		enum nsv_run_kind kind;
	} kinds[] = {
		{ 'n', NSV_RUN_NS_NET },  { 'u', NSV_RUN_NS_UTS },    { 'i', NSV_RUN_NS_IPC },
		{ 'U', NSV_RUN_NS_USER }, { 'C', NSV_RUN_NS_CGROUP }, { 'T', NSV_RUN_NS_TIME },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (id == kinds[i].letter) {
			choose(o, kinds[i].kind, value);
			return;
		}
	if (id == 'm' || id == 'p')
		refuse(id);
	if (id == OPT_INSIDE)
		cli_usage_error("--inside comes first");
	parse_more(o, id, value);
}

void nsrun_parse(struct nsrun_options *ret, int argc, char **argv)
{
	struct nsrun_options o = { .run = NSV_RUN_OPTIONS_INIT };
	struct cli_parser p;
	int id;

	/* Room for one more, and the end. */
	o.env = calloc((size_t)argc + 2, sizeof(*o.env));
	if (!o.env)
		cli_no_memory();
	cli_parser_init(&p, argc, argv);
	while ((id = cli_next_option(&p)) != CLI_OPT_END)
		parse_option(&o, id, p.value);
	/* The container's resolv.conf names servers of its network. */
	if (!o.dns_typed)
		o.run.dns = o.run.ns[NSV_RUN_NS_NET].from == NSV_RUN_FROM_CONTAINER ||
			    o.run.ns[NSV_RUN_NS_NET].from == NSV_RUN_FROM_FILE;
	if (o.run.files == NSV_RUN_FILES_NONE && (o.run.replace || o.run.dir_inside))
		cli_usage_error("--files=none: -I and -w root: are about the files");
	o.run.env = o.env;
	o.run.env_names = o.env_names;
	*ret = o;
}

void nsrun_free(struct nsrun_options *o)
{
	free(o->env);
	free(o->shell);
	free(o->env_names);
	free(o->env_words);
}
