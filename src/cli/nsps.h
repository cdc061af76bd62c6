/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsps.h - what the files of nsps share.
 *
 *	nsps.c          options, and what follows from them
 *	nsps_select.c   which containers were asked for
 *	nsps_filter.c   --filter and --sort
 *	nsps_columns.c  the columns: name, what the scan has to read for it, value
 *	nsps_cell.c     what functions of columns share
 *	nsps_state.c    columns that read more of /proc than a scan: STATE, PORTS
 *	nsps_fit.c      makes a table fit into the terminal
 *	nsps_print.c    values as a table, a tree, JSON, or one word a line
 *	nsps_watch.c    --watch
 */
#ifndef NSV_CLI_NSPS_H
#define NSV_CLI_NSPS_H

#include <nsview/discover.h>

#include "cli/cli.h"
#include "discover/cmdline.h"
#include "discover/inspect/paused.h"

#define PS_MAX_COLUMNS 64
#define PS_MAX_FILTERS 32

enum ps_format { PS_TABLE, PS_RAW, PS_JSON, PS_NAMES, PS_PIDS };

struct ps_column;

/* KEY=GLOB, KEY!=GLOB, label=KEY, label=KEY=GLOB. */
struct ps_filter {
	const struct ps_column *column; /* NULL: a label */
	char *label;
	const char *glob; /* NULL: the label is there */
	bool negated;
};

struct ps_sort_key {
	const struct ps_column *column;
	bool descending;
};

struct ps_options {
	enum ps_format format;
	bool all, tree, watch;
	bool no_headings, no_trunc;
	bool terminal, utf8;
	const struct ps_column *columns[PS_MAX_COLUMNS];
	size_t n_columns;
	struct ps_filter filters[PS_MAX_FILTERS];
	size_t n_filters;
	struct ps_sort_key sort[PS_MAX_COLUMNS];
	size_t n_sort;
};

/* A name that was looked up, so that each user is asked for once. */
struct ps_user {
	uint32_t uid;
	char *name;
};

struct ps {
	struct ps_options o;
	const struct nsv_scan *scan;
	const struct nsv_container **shown;
	size_t n_shown;
	bool plain;	/* values to compare, not to show: whole and not rounded */
	int64_t boot;	/* CLOCK_REALTIME at boot, milliseconds */
	uint64_t now;	/* milliseconds since boot */
	int procfs;	/* NSV_FD_NONE until a column needs it: ps_procfs() */
	uint64_t netns; /* the caller's own; 0: not read */
	struct nsv_cmdlines cmdlines;
	struct nsv_pauses pauses;
	struct ps_user *users;
	size_t n_users;
};

/* ---- nsps_columns.c ---- */

struct ps_cell {
	enum { PS_NOTHING, PS_TEXT, PS_NUMBER, PS_LABELS, PS_PORTS } kind;
	const char *text; /* PS_TEXT: of the scan, or @owned */
	uint64_t number;
	char *owned; /* the caller's to free */
};

struct ps_column {
	const char *name;
	unsigned needs; /* enum nsv_scan_flags */
	enum { PS_LEFT, PS_RIGHT, PS_TRUNC } align;
	void (*get)(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret);
};

/* The column of that name in any case; ends the command as wrong usage where there is none. */
const struct ps_column *ps_column_find(const char *name, size_t len);
/* "NAME,PID" or "+LABELS"; ends the command as wrong usage where there is no such column. */
void ps_columns_parse(struct ps_options *o, const char *list);
void ps_columns_default(struct ps_options *o);
void ps_columns_all(struct ps_options *o);
/* Adds the column unless it is there. */
void ps_columns_want(struct ps_options *o, const char *name);
/* What the scan has to read for the columns, filters and sort keys. */
unsigned ps_columns_needs(const struct ps_options *o);
bool ps_needs_column(const struct ps_options *o, const char *name);
/* The clock as it is now, for UPTIME and START. */
void ps_columns_start(struct ps *ps);
void ps_columns_done(struct ps *ps);

/* ---- nsps_cell.c ---- */

/* Functions of struct ps_column. */
typedef void ps_getter(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret);

void ps_set_text(struct ps_cell *cell, const char *text);
/* Takes malloc'd text; NULL is no memory. */
void ps_set_owned(struct ps_cell *cell, char *text_take);
/* The host's /proc, opened when first asked for; negative: it can't be. */
int ps_procfs(struct ps *ps);

/* ---- nsps_state.c ---- */

ps_getter ps_get_state, ps_get_ports;

/* ---- nsps_filter.c ---- */

/* Both end the command as wrong usage where the text means nothing. */
void ps_filter_add(struct ps_options *o, const char *text);
void ps_sort_parse(struct ps_options *o, const char *list);
void ps_filters_done(struct ps_options *o);
/* Whether the container passes every filter. */
bool ps_filters_match(struct ps *ps, const struct nsv_container *c);
/* Sorts what is shown. */
void ps_sort(struct ps *ps);

/* ---- nsps_select.c ---- */

/* "web1", "docker:web1", "pod:default/web": no PID, PID:INODE or file. */
bool ps_is_name(const char *spec);
/* Fills shown with the containers that @specs name, or all. */
enum cli_exit ps_select(struct ps *ps, char **specs, int n);

/* ---- nsps_fit.c ---- */

/*
 * Makes the rows of a table fit into @width columns: cuts texts, with a mark at their end, and
 * leaves out columns from the right by lowering o.n_columns. @texts has a row of @stride texts for
 * each container, which are replaced; @indents how far each row's tree column is moved to the right
 * (NULL: not at all), at most half of the width. Sets the locale for characters.
 */
void ps_fit(struct ps *ps, char **texts, size_t stride, const unsigned *indents, size_t tree_column,
	    unsigned width);
/* Cuts @text to @width columns, with a mark. */
void ps_cut(char **text, unsigned width, bool utf8);
/* So that libc knows what columns characters take; false: it does not. */
bool ps_want_locale(void);

/* ---- nsps_print.c ---- */

void ps_print(struct ps *ps);

/* ---- nsps_watch.c ---- */

/* All containers, or those that any of @specs means, whether they run already or not. */
enum cli_exit ps_watch(const struct ps_options *o, unsigned flags, char **specs, int n);

/* Milliseconds since 1970: with @utc in the form of base/time_text.h, else ISO 8601 in local time.
 */
#define PS_TIME_BUF 48
void ps_time_text(int64_t ms, bool utc, char buf[static PS_TIME_BUF]);

#endif
