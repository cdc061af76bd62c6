/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_options.c - the options of nsls, as ls(1) has them, and what follows from several of them.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/complete.h"
#include "nsls.h"
#include "nsls_colors.h"

enum {
	OPT_HOST_IDS = CLI_OPT_LONG,
	OPT_COLOR,
	OPT_CLASSIFY,
	OPT_DIRS_FIRST,
	OPT_SORT,
	OPT_TIME,
	OPT_TIME_STYLE,
	OPT_FULL_TIME,
};

static const struct cli_option options[] = {
	{ 'a', "all", NULL, "also names that start with a dot" },
	{ 'A', "almost-all", NULL, "as -a, without . and .." },
	{ 'c', NULL, NULL, "the time of the last change of attributes, as --time=ctime" },
	{ 'd', "directory", NULL, "directories themselves, not their contents" },
	{ 'F', NULL, NULL,
	  "a mark after each name: / directory, * program, @ link, | FIFO, = socket" },
	{ OPT_CLASSIFY, "classify", "[WHEN]",
	  "as -F: always (default), auto (on a terminal) or never" },
	CLI_GLOB_OPTION,
	{ 'h', "human-readable", NULL, "with -l and -s: sizes like 1.1K, 24M" },
	{ 'i', "inode", NULL, "inode numbers" },
	{ 'l', "long", NULL, "long format: mode, links, owner, group, size, time, name" },
	{ 'L', "dereference", NULL, "what links lead to inside the container, not the links" },
	{ 'n', "numeric-uid-gid", NULL, "as -l, with numeric owners and groups" },
	{ 'r', "reverse", NULL, "in reverse order" },
	{ 'R', "recursive", NULL, "subdirectories, too" },
	{ 's', "size", NULL, "the space that each file takes, in KiB" },
	{ 'S', "by-size", NULL, "largest first" },
	{ 't', "by-time", NULL, "most recent first" },
	{ 'u', NULL, NULL, "the time of the last access, as --time=atime" },
	{ 'U', NULL, NULL, "unsorted: in the order of the file system" },
	{ 'v', NULL, NULL, "by name, with numbers in names by value" },
	{ 'X', NULL, NULL, "by extension" },
	{ 'Z', "context", NULL, "the security label of each file, ? for none" },
	{ '1', "one-per-line", NULL, "one name per line" },
	{ '0', "zero", NULL, "end each line with NUL; names are exact" },
	{ 'J', "json", NULL, "a JSON array of objects, see nsview(7)" },
	{ OPT_SORT, "sort", "WORD",
	  "sort by: name (default), none, size, time, version, extension or width" },
	{ OPT_TIME, "time", "WORD",
	  "the time to show and to sort by: mtime (default), ctime, atime or birth" },
	{ OPT_TIME_STYLE, "time-style", "STYLE",
	  "with -l: full-iso, long-iso, iso or locale (default: that of the C locale)" },
	{ OPT_FULL_TIME, "full-time", NULL, "as -l, with times in full: nanoseconds and zone" },
	{ OPT_DIRS_FIRST, "group-directories-first", NULL, "directories, then the rest" },
	{ OPT_HOST_IDS, "host-ids", NULL,
	  "the host's numbers for owners and groups instead of the container's names" },
	{ OPT_COLOR, "color", "[WHEN]",
	  "colours, by LS_COLORS: auto (default: on a terminal), always or never" },
	CLI_COMMON_OPTIONS,
};

const struct cli_command cli_command = {
	.name = "nsls",
	.usage = "[OPTION]... SPEC [PATH]...\n[OPTION]... SPEC:PATH...",
	.about = "List files and directories of running containers (its / without a PATH).\n"
		 "Owners have the container's own names; file names are sorted by bytes.",
	.options = options,
	.complete = cli_complete_paths,
	.epilog = CLI_SPEC_HELP
	"Links never lead out of the container. On a terminal, names are escaped as in C\n"
	"and in columns; otherwise they are exact, one per line. SPEC:PATH may name\n"
	"several containers; if the first argument has a PATH, all must.\n"
	"\n"
	"Exit code: 0 all done, 1 something failed, 2 wrong usage or no such container.",
	.habits = cli_pod_habits,
};

/* -l, -n and -J. JSON wins, whatever the order. */
static void take_format(int id, struct ls_options *o)
{
	if (id == 'n')
		o->numeric = true;
	if (id == 'J')
		o->format = LS_JSON;
	else if (o->format != LS_JSON)
		o->format = LS_LONG;
}

static void take_sort(enum ls_sort sort, struct ls_options *o, struct ls_choices *c)
{
	o->sort = sort;
	c->sorted = true;
}

static void take_sort_word(const char *value, struct ls_options *o, struct ls_choices *c)
{
	static const char *const words[] = { "name",	"none",	     "size",  "time",
					     "version", "extension", "width", NULL };
	static const enum ls_sort sorts[] = { LS_BY_NAME, LS_UNSORTED,	 LS_BY_SIZE,
					      LS_BY_TIME, LS_BY_VERSION, LS_BY_EXTENSION,
					      LS_BY_WIDTH };

	take_sort(sorts[cli_parse_word("--sort", value, words)], o, c);
}

static void take_time(enum ls_time time, struct ls_options *o, struct ls_choices *c)
{
	o->time = time;
	c->timed = true;
}

static void take_time_word(const char *value, struct ls_options *o, struct ls_choices *c)
{
	static const char *const words[] = { "mtime",  "modification", "ctime", "status",   "atime",
					     "access", "use",	       "birth", "creation", NULL };
	static const enum ls_time times[] = { LS_MTIME, LS_MTIME, LS_CTIME, LS_CTIME, LS_ATIME,
					      LS_ATIME, LS_ATIME, LS_BIRTH, LS_BIRTH };

	take_time(times[cli_parse_word("--time", value, words)], o, c);
}

static void take_time_style(const char *value, struct ls_options *o)
{
	static const char *const words[] = { "locale", "full-iso", "long-iso", "iso", NULL };

	o->time_style = (unsigned)cli_parse_word("--time-style", value, words);
}

/* WHEN of --color and --classify. */
static enum ls_when take_when(const char *option, const char *value)
{
	static const char *const words[] = { "auto", "always", "never", NULL };

	return value ? (unsigned)cli_parse_word(option, value, words) : LS_ALWAYS;
}

/* What is on or off. */
static bool take_switch(int id, struct ls_options *o, struct ls_choices *c)
{
	const struct {
		int id;
		bool *on;
	} switches[] = {
		{ 'd', &o->directory },
		{ 'h', &o->human },
		{ 'i', &o->inode },
		{ 'L', &o->follow },
		{ 'r', &o->reverse },
		{ 'R', &o->recursive },
		{ 's', &o->blocks },
		{ 'Z', &o->label },
		{ '1', &c->one_per_line },
		{ '0', &o->zero },
		{ OPT_HOST_IDS, &o->host_ids },
		{ OPT_DIRS_FIRST, &o->dirs_first },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(switches); i++) {
		if (switches[i].id != id)
			continue;
		*switches[i].on = true;
		return true;
	}
	return false;
}

static void take_order(int id, const char *value, struct ls_options *o, struct ls_choices *c)
{
	switch (id) {
	case 'S':
		take_sort(LS_BY_SIZE, o, c);
		break;
	case 't':
		take_sort(LS_BY_TIME, o, c);
		break;
	case 'U':
		take_sort(LS_UNSORTED, o, c);
		break;
	case 'v':
		take_sort(LS_BY_VERSION, o, c);
		break;
	case 'X':
		take_sort(LS_BY_EXTENSION, o, c);
		break;
	case OPT_SORT:
		take_sort_word(value, o, c);
		break;
	case 'c':
		take_time(LS_CTIME, o, c);
		break;
	case 'u':
		take_time(LS_ATIME, o, c);
		break;
	case OPT_TIME:
		take_time_word(value, o, c);
		break;
	default:
		break;
	}
}

void ls_take_option(int id, const char *value, struct ls_options *o, struct ls_choices *c)
{
	if (take_switch(id, o, c))
		return;
	switch (id) {
	case 'g':
		c->globs = true;
		break;
	case 'a':
		o->hidden = LS_ALL;
		break;
	case 'A':
		o->hidden = LS_ALMOST_ALL;
		break;
	case 'n':
	case 'l':
	case 'J':
		take_format(id, o);
		break;
	case OPT_FULL_TIME:
		take_format('l', o);
		o->time_style = LS_FULL_ISO;
		break;
	case OPT_TIME_STYLE:
		take_time_style(value, o);
		break;
	case 'F':
		c->classify = LS_ALWAYS;
		break;
	case OPT_CLASSIFY:
		c->classify = take_when("--classify", value);
		break;
	case OPT_COLOR:
		c->color = take_when("--color", value);
		break;
	case CLI_OPT_VIA:
		c->via = cli_parse_via(value);
		break;
	default:
		take_order(id, value, o, c);
		break;
	}
}

static void settle_colors(struct ls_options *o, enum ls_when when)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	bool wanted = when == LS_ALWAYS || (when == LS_AUTO && o->terminal && term &&
					    strcmp(term, "dumb") != 0 && !(no_color && *no_color));

	if (!wanted || o->zero || o->format == LS_JSON)
		return;
	o->colors = ls_colors_parse(getenv("LS_COLORS"));
	if (!o->colors)
		cli_error("LS_COLORS has no valid value: no colours");
}

void ls_settle(struct ls_options *o, const struct ls_choices *c)
{
	bool tty = o->terminal = isatty(STDOUT_FILENO);

	if (o->zero && o->format == LS_JSON)
		cli_usage_error("-0 and -J exclude each other");
	o->utf8 = cli_locale_is_utf8();
	o->escape = tty && !o->zero && o->format != LS_JSON;
	o->classify = c->classify == LS_ALWAYS || (c->classify == LS_AUTO && tty);
	settle_colors(o, c->color);
	if (o->format == LS_ONE_PER_LINE && tty && !c->one_per_line && !o->zero)
		o->format = LS_COLUMNS;
	if (o->format == LS_COLUMNS || o->colors)
		o->width = cli_terminal_width(STDOUT_FILENO);
	if (o->directory)
		o->recursive = false;
	/* Without the long format, -c, -u and --time sort. */
	if (!c->sorted && c->timed && o->format != LS_LONG && o->format != LS_JSON)
		o->sort = LS_BY_TIME;
	if (o->sort == LS_UNSORTED)
		o->dirs_first = o->reverse = false;
}
