/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscp.h - the options, signals and reports that the files of nscp share.
 */
#ifndef NSV_CLI_NSCP_H
#define NSV_CLI_NSCP_H

#include <pthread.h>

#include <nsview/copy.h>

#include "cli/cli.h"

/* ---- nscp_options.c ---- */

struct cp_options {
	unsigned flags; /* enum nsv_copy_flags */
	unsigned threads;
	enum nsv_via via;
	bool verbose, progress, interactive;
	bool globs;	    /* SOURCEs in containers are patterns */
	const char *target; /* of -t, or NULL */
	const char *chown;  /* USER[:GROUP], or NULL */
	const char *suffix; /* of backups; NULL: the default */
	enum nsv_copy_backup backup;
	const char **exclude, **xattrs;
	size_t n_exclude, n_xattrs;
};

/* Ends the command as wrong usage for options that exclude each other. */
void cp_check_options(const struct cp_options *o);
/* Fills @ret, whose exclude and xattrs are malloc'd. Does not return after a usage error. */
void cp_parse_options(struct cp_options *ret, int argc, char **argv);
/* Ends the command as wrong usage for arguments that conflict; adjusts @o for an archive. */
void cp_check_args(const struct cli_spec_path *args, size_t n, struct cp_options *o);
/* Options of the library's for this command; @to as there. */
struct nsv_copy_options cp_copy_options(const struct cp_options *o, struct nsv_root *to);

/* ---- nscp_values.c: values of options; a wrong one ends the command ---- */

/* Adds or takes away what @list names. @option: for the message. */
void cp_preserve(struct cp_options *o, const char *option, const char *list, bool keep);
/* @control: a kind of backup; NULL: by the environment. */
void cp_backup(struct cp_options *o, const char *control);
void cp_suffix(struct cp_options *o, const char *suffix);

/* ---- nscp_owner.c ---- */

/*
 * Sets uid and gid of @copy by --chown and the names that @dest has; @root: NULL for the host.
 * False after one line on stderr: there is no such name.
 */
bool cp_owner(const struct cp_options *o, const struct cli_spec_path *dest, struct nsv_root *root,
	      struct nsv_copy_options *copy);

/* ---- nscp_use.c ---- */

/* nsv_copy_options.ask: the question of -i. @data: the report. */
bool cp_ask(const char *path, void *data);
/* Logs a copy into the container at @dest; see log.h. */
void cp_log(const struct cli_spec_path *sources, size_t n, const struct cli_spec_path *dest,
	    const struct nsv_root *root);

/* ---- nscp_signal.c ---- */

/* Set by the first SIGINT, SIGTERM or SIGHUP to its number; read and written atomically. */
extern int cp_signal;
static inline int cp_signalled(void)
{
	return __atomic_load_n(&cp_signal, __ATOMIC_RELAXED);
}
/* @writes_tar: SIGPIPE ends the process, as nothing else is to be done. */
void cp_catch_signals(bool writes_tar);
/* Ends the process by the signal that came, if one did, as a shell expects; else returns @status.
 */
int cp_end_by_signal(int status);

/* ---- nscp_report.c: events, -v, the progress line, notes at the end ---- */

/* A source, to be counted for the estimate of the remaining time. */
struct cp_source {
	struct nsv_root *root; /* NULL: the host */
	const char *path;
};

struct cp_report {
	const struct nsv_copy_options *options; /* of the run; NULL: nothing is counted */
	const struct cp_source *sources;
	size_t n_sources;
	uint64_t total; /* bytes, when all has been counted; read and written atomically */
	int counting_ends;
	const char *from;  /* prefix of paths at the source: a spec or NULL */
	const char *to;	   /* the same for the destination */
	const char *typed; /* the path of the source, unless a pattern led to it */
	FILE *verbose;	   /* where -v goes */
	struct cli_progress progress;
	struct nsv_copy *copy; /* watched by the progress thread */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool running, stop;
	bool declined;	    /* an answer to -i was no */
	char current[1024]; /* the file at hand; protected by @lock */
};

void cp_report_event(const struct nsv_copy_event *event, void *data);
/* Starts the progress line where one is wanted. No fork afterwards. */
void cp_report_start(struct cp_report *r, struct nsv_copy *copy, bool progress);
/* Ends the progress line and prints notes on files that were left out. True: nothing failed or
 * changed. */
bool cp_report_end(struct cp_report *r);
/* Prints the note on extended attributes that were not copied for the reason @why. */
void cp_report_xattrs(const struct nsv_copy *copy, enum nsv_xattr_left_why why);

/* ---- nscp_pair.c: two user namespaces ---- */

/* Whether the copy needs two processes: an ordinary user's containers in two user namespaces. */
bool cp_needs_pair(const char *from, const char *to);
/* Copies from one to the other through a child process and a tar stream. */
int cp_pair(const struct cp_options *o, const struct cli_spec_path *sources, size_t n,
	    const struct cli_spec_path *dest);

#endif
