/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsrun_beside.c - opens the container, runs COMMAND or a shell beside it, ends as COMMAND did. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <nsview/discover.h>

#include "base/util.h"
#include "cli/nsrun.h"

static void note(void *data, const char *text)
{
	cli_note("%s: %s", (const char *)data, text);
}

/* Whether a prompt may hold @c: shells expand most of the others. */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("._:/-", c));
}

/* The text in front of the prompt: "(web1) ". */
static char *prompt_of(const char *spec)
{
	char *text;

	if (asprintf(&text, "(%s) ", spec) < 0)
		cli_no_memory();
	for (char *c = text + 1; c[2]; c++)
		if (!is_plain(*c))
			*c = '_';
	return text;
}

/*
 * A shell that says where it is. bash sets its prompt in start files, so PROMPT_COMMAND puts the
 * name before it, once; other shells take PS1.
 */
static void use_shell(struct nsrun_options *o, const char *spec, char *argv[2])
{
	nsv_autofree char *prompt = prompt_of(spec);
	const char *name;
	char *variable;

	argv[0] = getenv("SHELL");
	if (!argv[0] || !*argv[0])
		argv[0] = "/bin/sh";
	name = strrchr(argv[0], '/');
	name = name ? name + 1 : argv[0];
	if (asprintf(&variable,
		     strcmp(name, "bash") == 0 ? "PROMPT_COMMAND=PS1='%s'$PS1; unset PROMPT_COMMAND"
					       : "PS1=%s$ ",
		     prompt) < 0)
		cli_no_memory();
	o->env[o->n_env++] = o->shell = variable;
}

static void note_host(const char *spec, const struct nsv_target *target)
{
	if (nsv_target_is_host(target) && !cli_note_role(nsv_target_pid(target)))
		cli_note("%s: this is the host's own mount namespace", spec);
}

int nsrun_beside_main(int argc, char **argv)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_run_result result = { .size = sizeof(result) };
	struct nsv_target *target;
	struct nsrun_options o;
	char *shell[2] = { NULL, NULL };
	char **command;
	const char *spec;
	int r;

	nsrun_parse(&o, argc, argv);
	if (optind == argc)
		cli_usage_error("which container?");
	spec = argv[optind];
	command = argv + optind + 1;
	if (*command && strcmp(*command, "--") == 0)
		command++;
	if (!*command) {
		use_shell(&o, spec, shell);
		command = shell;
	}
	o.run.note = note;
	o.run.data = (void *)spec;
	r = nsv_target_open(spec, nsv_resolve_name, NULL, &target, &e);
	if (r == 0) {
		note_host(spec, target);
		r = nsv_run(target, &o.run, command, &result, &e);
	}
	nsrun_free(&o);
	if (r < 0)
		return nsrun_failed(spec, r, &e);
	if (result.container_ended && WIFEXITED(result.status) && WEXITSTATUS(result.status) == 0)
		return CLI_EXIT_FAILED;
	nsrun_end_like(result.status);
}
