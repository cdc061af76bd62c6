/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nscollect.h - what the files of nscollect share. */
#ifndef NSV_CLI_NSCOLLECT_H
#define NSV_CLI_NSCOLLECT_H

#include <nsview/collect.h>

#include "cli/cli.h"
#include "report/report.h"

struct nscollect_options {
	struct nsv_collect_options c;
	const char **paths, **exclude;
	const char *output; /* as typed; NULL: a name is made up */
	bool volatile_only, all, progress, report;
	enum nsv_report_format format;
	const char **labels, **images;
	const char **memory;
	char *memory_text; /* which these point into */
	size_t n_labels, n_images;
	enum nsv_via via;
};

/* nscollect_options.c */
void nscollect_parse(struct nscollect_options *o, int argc, char **argv);
void nscollect_free(struct nscollect_options *o);

/* nscollect_one.c: one container into one package. */
enum cli_exit nscollect_one(const struct nscollect_options *o, const char *spec,
			    const char *package);

/* nscollect_signal.c: a signal came: 0 or its number. */
extern int nscollect_signal;
void nscollect_catch_signals(void);
/* For a child that ends by them. */
void nscollect_default_signals(void);

/* nscollect_verify.c: what a package holds, or whether it is as it was. */
enum cli_exit nscollect_look(const char *path, bool list);

/* nscollect_report.c: a report of a package, to o->output or standard output. */
enum cli_exit nscollect_report(const struct nscollect_options *o, const char *package);
/* The page PACKAGE.html, without what the package's name ends in. */
enum cli_exit nscollect_report_beside(const char *package);

/* nscollect_choose.c: the specs of all containers that --all, --label and --image mean; ends with
 * NULL. */
char **nscollect_choose(const struct nscollect_options *o);

#endif
