/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsps.h - what the files of nsps share.
 *
 *	nsps.c          options, and what follows from them
 *	nsps_select.c   which containers were asked for
 *	nsps_columns.c  the columns: name, what the scan has to read for it, value
 *	nsps_print.c    values as a table, a tree, JSON, or one word a line
 *	nsps_watch.c    --watch
 */
#ifndef NSV_CLI_NSPS_H
#define NSV_CLI_NSPS_H

#include <nsview/discover.h>

#include "cli/cli.h"
#include "discover/cmdline.h"

#define PS_MAX_COLUMNS 64

enum ps_format { PS_TABLE, PS_RAW, PS_JSON, PS_NAMES, PS_PIDS };

struct ps_column;

struct ps_options {
	enum ps_format format;
	bool all, tree, watch;
	bool no_headings, no_trunc;
	bool terminal, utf8;
	const struct ps_column *columns[PS_MAX_COLUMNS];
	size_t n_columns;
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
	int64_t boot; /* CLOCK_REALTIME at boot, milliseconds */
	uint64_t now; /* milliseconds since boot */
	int procfs;   /* NSV_FD_NONE until a column needs it */
	struct nsv_cmdlines cmdlines;
	struct ps_user *users;
	size_t n_users;
};

/* ---- nsps_columns.c ---- */

struct ps_cell {
	enum { PS_NOTHING, PS_TEXT, PS_NUMBER, PS_LABELS } kind;
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

/* "NAME,PID" or "+LABELS"; ends the command as wrong usage where there is no such column. */
void ps_columns_parse(struct ps_options *o, const char *list);
void ps_columns_default(struct ps_options *o);
void ps_columns_all(struct ps_options *o);
/* Adds the column unless it is there. */
void ps_columns_want(struct ps_options *o, const char *name);
/* What the scan has to read for the columns. */
unsigned ps_columns_needs(const struct ps_options *o);
/* The clock as it is now, for UPTIME and START. */
void ps_columns_start(struct ps *ps);
void ps_columns_done(struct ps *ps);

/* ---- nsps_select.c ---- */

/* Fills shown with the containers that @specs name, or all. */
enum cli_exit ps_select(struct ps *ps, char **specs, int n);

/* ---- nsps_print.c ---- */

void ps_print(struct ps *ps);

/* ---- nsps_watch.c ---- */

enum cli_exit ps_watch(const struct ps_options *o, unsigned flags);

/* Milliseconds since 1970: with @utc in the form of reach/time_text.h, else ISO 8601 in local time.
 */
#define PS_TIME_BUF 48
void ps_time_text(int64_t ms, bool utc, char buf[static PS_TIME_BUF]);

#endif
