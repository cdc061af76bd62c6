/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsps.c - which containers run here, of any engine, without asking one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/complete.h"
#include "cli/nsps.h"

enum {
	OPT_TREE = CLI_OPT_LONG,
	OPT_NO_TRUNC,
	OPT_OUTPUT_ALL,
	OPT_FILTER,
	OPT_SORT,
};

static const struct cli_option options[] = {
	{ 'A', "all", NULL, "also the host, and services with private mounts" },
	{ OPT_FILTER, "filter", "KEY=GLOB",
	  "only containers whose column KEY has a value like GLOB; KEY!=GLOB: the others; "
	  "label=NAME[=GLOB]; several must all hold" },
	{ 'J', "json", NULL, "a JSON array of objects, see nsps(1)" },
	{ 'n', "noheadings", NULL, "no headings" },
	{ 'o', "output", "LIST", "these columns; +LIST adds columns to the default ones" },
	{ OPT_OUTPUT_ALL, "output-all", NULL, "all columns" },
	{ 'p', "pids", NULL, "only the PID of each container's first process" },
	{ 'q', "quiet", NULL, "only names that work as SPEC, or PIDs where no name does" },
	{ 'r', "raw", NULL, "one blank between columns, for programs" },
	{ OPT_SORT, "sort", "LIST", "in the order of these columns; -COLUMN: from the end" },
	{ OPT_TREE, "tree", NULL, "nested containers as a tree" },
	{ OPT_NO_TRUNC, "no-trunc", NULL, "whole IDs, and columns of full width" },
	{ 'w', "watch", NULL,
	  "print containers, or those that SPECs mean, as they come and go, until Ctrl-C" },
	{ CLI_OPT_HELP, "help", NULL, "show this help and exit" },
	{ CLI_OPT_VERSION, "version", NULL, "show the version and exit" },
	{ 0, NULL, NULL, NULL },
};

const struct cli_command cli_command = {
	.name = "nsps",
	.usage = "[OPTION]... [SPEC]...",
	.about = "List running containers, of any engine or without one, oldest first.",
	.options = options,
	.complete = cli_complete_specs,
	.epilog =
	    "Columns: NAME, ENGINE, ID, PID (first process), PROCS (number of processes),\n"
	    "USER (the host's), IMAGE, UPTIME, ROOTFS (type of /); and with -o: STATE\n"
	    "(running, paused), PORTS (that listen), HOSTNAME, KIND, UID, START,\n"
	    "PARENT (PID), POD, PODUID, MNTNS, PIDNS, USERNS, UTSNS, LABELS, CGROUP,\n"
	    "COMMAND. An unknown value is \"-\". On a terminal no line wraps: texts are cut,\n"
	    "and columns left out from the right.\n"
	    "\n"
	    "A name that several containers have lists each of them.\n"
	    "\n"
	    "Exit code: 0 all done, 1 something failed, 2 wrong usage or no such container.",
};

static void take_option(int id, const char *value, struct ps_options *o)
{
	switch (id) {
	case 'A':
		o->all = true;
		break;
	case 'J':
		o->format = PS_JSON;
		break;
	case 'n':
		o->no_headings = true;
		break;
	case 'o':
		ps_columns_parse(o, value);
		break;
	case OPT_FILTER:
		ps_filter_add(o, value);
		break;
	case OPT_SORT:
		ps_sort_parse(o, value);
		break;
	case OPT_OUTPUT_ALL:
		ps_columns_all(o);
		break;
	case 'p':
		o->format = PS_PIDS;
		break;
	case 'q':
		o->format = PS_NAMES;
		break;
	case 'r':
		o->format = PS_RAW;
		break;
	case OPT_TREE:
		o->tree = true;
		break;
	case OPT_NO_TRUNC:
		o->no_trunc = true;
		break;
	case 'w':
		o->watch = true;
		break;
	default:
		break;
	}
}

/* What the scan has to read for the output and the specs. */
static unsigned scan_flags(const struct ps_options *o, char **specs, int n)
{
	unsigned flags = o->all ? NSV_SCAN_ALL : 0;
	bool names = o->format == PS_NAMES || o->watch;

	if (o->tree)
		flags |= NSV_SCAN_PARENTS;
	flags |= ps_columns_needs(o);
	if (!ps_needs_column(o, "ROOTFS"))
		flags |= NSV_SCAN_NO_ROOTFS;
	for (int i = 0; i < n; i++)
		names = names || specs[i][strspn(specs[i], "0123456789:")];
	return names ? flags | NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES : flags;
}

#define MAX_UNSEEN 5 /* that are told by their PIDs */

/* Most unreadable processes are in no container, and so of no concern to nsps. */
static void note_unseen(const struct nsv_scan *scan, bool all)
{
	char list[MAX_UNSEEN * 64] = "";
	struct nsv_unseen unseen = { .size = sizeof(unseen) };
	size_t n = 0, len = 0;

	for (size_t i = 0; nsv_scan_unseen_get(scan, i, &unseen); i++) {
		if (!all && !unseen.may_be_container)
			continue;
		if (n++ < MAX_UNSEEN)
			len += (size_t)snprintf(list + len, sizeof(list) - len, "%sPID %d (%s)",
						len ? ", " : "", (int)unseen.pid,
						strerror(unseen.err));
	}
	if (n > MAX_UNSEEN)
		(void)snprintf(list + len, sizeof(list) - len, " and %zu more", n - MAX_UNSEEN);
	if (n)
		cli_note("%s%zu process%s could not be looked at: %s",
			 all ? "" : "a container may be missing: ", n, n == 1 ? "" : "es", list);
}

static enum cli_exit list(struct ps *ps, unsigned flags, char **specs, int n)
{
	struct nsv_scan_options what = NSV_SCAN_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_scan *scan = NULL;
	enum cli_exit status, closed;
	int r, failed;

	what.flags = flags;
	r = nsv_scan_new(&what, &scan, &e);
	if (r < 0) {
		cli_error("%s", *e.msg ? e.msg : strerror(-r));
		return CLI_EXIT_FAILED;
	}
	ps->scan = scan;
	ps_columns_start(ps);
	status = ps_select(ps, specs, n);
	if (ps->n_shown || status == CLI_EXIT_OK)
		ps_print(ps);
	/*
	 * The note comes after the table, and the reason of a full disk is not lost over it. Who
	 * asked for some containers got them, or was told why not.
	 */
	failed = fflush(stdout) ? errno : 0;
	if (failed)
		cli_error("write error: %s", strerror(failed));
	else if (!n && ps->o.format != PS_NAMES && ps->o.format != PS_PIDS)
		note_unseen(scan, ps->o.all);
	closed = failed ? CLI_EXIT_FAILED : cli_close_stdout();
	ps_columns_done(ps);
	free(ps->shown);
	nsv_scan_free(scan);
	return closed != CLI_EXIT_OK ? closed : status;
}

/* What --watch prints is not a table of columns, and it begins with what runs. */
static void check_watch(const struct ps_options *o)
{
	if (o->n_columns || o->tree || o->n_filters || o->n_sort ||
	    (o->format != PS_TABLE && o->format != PS_JSON))
		cli_usage_error("--watch takes of the other options -A, -J, -n and --no-trunc");
}

int main(int argc, char **argv)
{
	struct ps ps = {
		.procfs = NSV_FD_NONE,
		.cmdlines = NSV_CMDLINES_INIT(NSV_FD_NONE),
		.pauses = NSV_PAUSES_INIT(NSV_FD_NONE),
	};
	struct cli_parser parser;
	enum cli_exit status;
	unsigned flags;
	int id;

	cli_parser_init(&parser, argc, argv);
	while ((id = cli_next_option(&parser)) != CLI_OPT_END)
		take_option(id, parser.value, &ps.o);
	if (ps.o.watch)
		check_watch(&ps.o);
	if (ps.o.format == PS_NAMES || ps.o.format == PS_PIDS)
		ps.o.n_columns = 0;
	else if (!ps.o.n_columns)
		ps_columns_default(&ps.o);
	if (ps.o.tree && ps.o.format == PS_JSON)
		ps_columns_want(&ps.o, "PARENT");
	ps.o.terminal = isatty(STDOUT_FILENO);
	ps.o.utf8 = cli_locale_is_utf8();
	flags = scan_flags(&ps.o, argv + optind, argc - optind);
	if (ps.o.watch) /* it has flushed stdout after each line, and told what came of it */
		status = ps_watch(&ps.o, flags & ~(unsigned)NSV_SCAN_PARENTS, argv + optind,
				  argc - optind);
	else
		status = list(&ps, flags, argv + optind, argc - optind);
	ps_filters_done(&ps.o);
	return status;
}
