/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsrun_inside.c - runs a program of the container in it, as its engine's exec would. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nsview/discover.h>
#include <nsview/inside.h>

#include "base/util.h"
#include "cli/complete.h"
#include "cli/nsrun.h"
#include "cli/nsrun_log.h"

#define OPT_INTERRUPT (CLI_OPT_LONG + 0)
#define OPT_WEAKER    (CLI_OPT_LONG + 1)
#define OPT_INSIDE    (CLI_OPT_LONG + 2)

static const struct cli_option options[] = {
	{ OPT_INSIDE, "inside", NULL, "run a program of the container in it; comes first" },
	{ 'i', "interactive", NULL, "pass standard input on" },
	{ 't', "tty", NULL, "with a terminal of the container's own" },
	{ 'd', "detach", NULL, "start it, and don't wait" },
	{ 'u', "user", "USER[:GROUP]",
	  "names of the container's passwd and group, or numbers; default: as its engine's exec" },
	{ 'w', "workdir", "DIR", "start in DIR of the container" },
	{ 'e', "env", "K[=V]",
	  "set a variable of the environment, without =V to its value here; may be given more than "
	  "once" },
	{ OPT_INTERRUPT, "allow-interrupt", NULL,
	  "if no config.json tells the seccomp filters, read them from the main process by "
	  "ptrace(2): a system call that it waits in may return EINTR" },
	{ OPT_WEAKER, "allow-weaker", "LIST",
	  "leave out what can't be had, in place of refusing: seccomp, cgroup, or both separated "
	  "by a comma" },
	CLI_HELP_OPTIONS,
};

static const struct cli_command inside_command = {
	.name = "nsrun",
	.usage = "--inside [OPTION]... SPEC [--] COMMAND [ARG]...",
	.about = "Run a program of a running container in it, confined as its engine's exec would\n"
		 "confine it, without the engine. Each use is logged to syslog(3).",
	.options = options,
	.complete = cli_complete_inside,
	.epilog = CLI_SPEC_HELP
	"\n"
	"  nsrun --inside -it web1 sh                a shell in the container\n"
	"  nsrun --inside -u app web1 id             as a user of the container's\n"
	"\n"
	"Exit code: COMMAND's; 125 nsrun failed, 126 COMMAND can't be executed, 127 it is\n"
	"not found; 137 also if the container was removed meanwhile.",
	.operands_end_options = true,
	.exit_usage = NSRUN_EXIT_SELF,
	.help = "nsrun --inside --help",
	.habits = cli_pod_habits,
};

struct request {
	struct nsv_inside_options o;
	const char **env;   /* values of -e with "=" or found here; malloc'd */
	const char **names; /* of -e without "="; ends with NULL; malloc'd */
	size_t n_env, n_names;
	char **operands;
};

static void note(void *data, const char *text)
{
	(void)data;
	cli_note("%s", text);
}

static void add_env(struct request *q, char *text)
{
	const char *value;
	char *whole;

	if (*text == '=' || !*text)
		cli_usage_error("-e: '%s' is not NAME=VALUE", text);
	if (strchr(text, '=')) {
		q->env[q->n_env++] = text;
		return;
	}
	q->names[q->n_names++] = text;
	value = getenv(text);
	if (!value)
		return;
	if (asprintf(&whole, "%s=%s", text, value) < 0)
		cli_no_memory();
	q->env[q->n_env++] = whole;
}

static unsigned parse_weaker(const char *list)
{
	static const char *const words[] = { "seccomp", "cgroup", NULL };
	nsv_autofree char *copy = strdup(list);
	char *rest = copy, *word;
	unsigned weaker = 0;

	if (!copy)
		cli_no_memory();
	while ((word = strsep(&rest, ",")))
		weaker |= cli_parse_word("--allow-weaker", word, words) ? NSV_INSIDE_WEAKER_CGROUP
									: NSV_INSIDE_WEAKER_SECCOMP;
	return weaker;
}

static void parse_one(struct request *q, int id, const char *value)
{
	switch (id) {
	case 'i':
		q->o.in = true;
		break;
	case 't':
		q->o.tty = true;
		break;
	case 'd':
		q->o.detach = true;
		break;
	case 'u':
		q->o.user = value;
		break;
	case 'w':
		if (*value != '/')
			cli_usage_error("-w: '%s' does not begin with a slash", value);
		q->o.dir = value;
		break;
	case 'e':
		add_env(q, (char *)value);
		break;
	case OPT_INTERRUPT:
		q->o.allow_interrupt = true;
		break;
	case OPT_WEAKER:
		q->o.weaker |= parse_weaker(value);
		break;
	}
}

static void parse(struct request *q, int argc, char **argv)
{
	struct cli_parser p;
	int id;

	q->env = calloc((size_t)argc + 1, sizeof(*q->env));
	q->names = calloc((size_t)argc + 1, sizeof(*q->names));
	if (!q->env || !q->names)
		cli_no_memory();
	cli_parser_init_for(&p, &inside_command, argc, argv);
	while ((id = cli_next_option(&p)) != CLI_OPT_END)
		parse_one(q, id, p.value);
	q->operands = argv + optind;
	if (!*q->operands)
		cli_usage_error("which container?");
	q->o.spec = *q->operands++;
	if (*q->operands && !strcmp(*q->operands, "--"))
		q->operands++;
	if (!*q->operands)
		cli_usage_error("which command?");
	/* As docker's exec: a program would wait for a terminal's end of input for ever. */
	if (q->o.tty && q->o.in && !q->o.detach && !isatty(STDIN_FILENO))
		cli_usage_error("-it: the input device is not a TTY; -i alone passes it on");
	q->o.env = q->env;
	q->o.note = note;
}

/* Opens the container's main process in place of @target, a process of its: an engine's exec has
 * that one's namespaces. */
static int find_main(struct nsv_target **target, struct nsv_scan **ret_scan,
		     const struct nsv_container **ret_c, struct nsv_error *e)
{
	struct nsv_scan_options o = NSV_SCAN_OPTIONS_INIT;
	uint64_t mntns = nsv_target_mntns_ino(*target);
	const struct nsv_container *c;
	int r;

	o.flags = NSV_SCAN_HINTS;
	o.mntns = mntns;
	r = nsv_scan_new(&o, ret_scan, e);
	if (r < 0)
		return r;
	*ret_c = c = nsv_scan_find_mntns(*ret_scan, mntns);
	if (!c && nsv_target_pid(*target) == 0)
		return nsv_error_set(e, ESRCH, NSV_STAGE_TARGET, "no process is in that namespace");
	if (!c || c->pid == nsv_target_pid(*target))
		return 0;
	*target = nsv_target_free(*target);
	return nsv_target_open_pid(c->pid, mntns, c->start, target, e);
}

static int open_container(struct request *q, struct nsv_target **target, struct nsv_scan **scan,
			  const struct nsv_container **c, struct nsv_error *e)
{
	int r = nsv_target_open(q->o.spec, nsv_resolve_name, NULL, target, e);

	if (r < 0)
		return r;
	if (nsv_target_is_host(*target)) {
		(void)cli_note_role(nsv_target_pid(*target));
		return nsv_error_set(e, EINVAL, NSV_STAGE_TARGET,
				     "this is no container: its files are the host's");
	}
	return find_main(target, scan, c, e);
}

static int run(struct request *q, struct nsv_inside *in, int *ret_status, struct nsv_error *e)
{
	struct nsv_target *target = NULL;
	const struct nsv_container *c = NULL;
	struct nsv_scan *scan = NULL;
	int r = open_container(q, &target, &scan, &c, e);

	if (r == 0)
		r = nsv_inside_load(in, target, scan, c, &q->o, q->operands, e);
	if (r == 0) {
		nsrun_log(q->o.spec, scan, c, nsv_target_pid(target), q->o.user, q->operands);
		r = nsv_inside_start(in, e);
	}
	(void)nsv_scan_free(scan);
	(void)nsv_target_free(target);
	return r == 0 ? nsv_inside_attend(in, ret_status, e) : r;
}

int nsrun_inside_main(int argc, char **argv)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_inside *in = NULL;
	struct request q = { .o = NSV_INSIDE_OPTIONS_INIT };
	int r, status = 0;

	parse(&q, argc, argv);
	r = nsv_inside_reexec(argv, q.names, &e);
	if (r == 0)
		r = nsv_inside_begin(&in, &e);
	if (r == 0)
		r = run(&q, in, &status, &e);
	(void)nsv_inside_end(in);
	free(q.env);
	free(q.names);
	if (r < 0)
		return nsrun_failed(q.o.spec, r, &e);
	nsrun_end_like(status);
}
