/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nscollect.h - what the files of nscollect share. */
#ifndef NSV_CLI_NSCOLLECT_H
#define NSV_CLI_NSCOLLECT_H

#include <nsview/collect.h>

#include "cli/cli.h"
#include "command/progress.h"
#include "report/report.h"

struct nscollect_options {
	struct nsv_collect_options c;
	const char **paths, **exclude;
	const char *output; /* as typed; NULL: a name is made up */
	bool volatile_only, all, progress, report;
	enum nsv_report_format format;
	const char *definitions; /* NULL: the usual place */
	const char **artifacts;	 /* names, each as one text */
	char **artifact_texts;	 /* what these lie in */
	size_t n_artifact_texts;
	struct nsv_artifacts *loaded;
	const char **labels, **images;
	const char **memory;
	char *memory_text; /* which these point into */
	size_t n_labels, n_images;
	enum nsv_via via;
	const char *sign, *key, *passphrase_file; /* paths, or NULL */
	bool passphrase;			  /* keygen asks for one */
};

/* nscollect_options.c */
void nscollect_parse(struct nscollect_options *o, int argc, char **argv);
void nscollect_free(struct nscollect_options *o);

/* nscollect_artifacts.c: takes the names of --artifacts, separated by commas. */
void nscollect_add_artifacts(struct nscollect_options *o, const char *list);
/* Loads the definitions and looks each name up, where any was given; ends the command where one is
 * unknown. */
void nscollect_load_artifacts(struct nscollect_options *o);
void nscollect_free_artifacts(struct nscollect_options *o);
/* nscollect_complete.c: a cli_command.complete. */
bool nscollect_complete(const struct cli_completion *c);
/* "artifacts": prints the names that there are for Linux. */
enum cli_exit nscollect_list_artifacts(const char *definitions);

/* nscollect_one.c: one container into one package. */
enum cli_exit nscollect_one(const struct nscollect_options *o, const char *spec,
			    const char *package);

/* nscollect_signal.c: a signal came: 0 or its number. */
extern int nscollect_signal;
void nscollect_catch_signals(void);
/* For a child that ends by them. */
void nscollect_default_signals(void);

/* nscollect_summary.c: what is said of a collection. */
#define NSCOLLECT_REASONS 12
struct nscollect_teller {
	const char *spec;
	struct cli_progress line;
	char phase[16];
	int64_t phase_began; /* ns */
	unsigned told, untold;
	/* Why not all was taken, with the first thing of each reason. */
	struct {
		char *reason, *name;
		const char *outcome;
		unsigned n;
	} reasons[NSCOLLECT_REASONS];
	unsigned n_reasons;
	char *unknown; /* why the changes are, or NULL */
};
void nscollect_teller_start(struct nscollect_teller *r, const char *spec, bool progress);
void nscollect_on_event(const struct nsv_collect_event *e, void *data);
/* Ends the progress line. */
void nscollect_teller_end(struct nscollect_teller *r);
/*
 * On stdout, or stderr where the package goes there; and to syslog(3). @sign: what signed it, or
 * NULL.
 */
void nscollect_summary(const struct nscollect_teller *r, const char *package,
		       const struct nsv_collect_result *result, const struct nsv_sign_key *sign);
void nscollect_teller_free(struct nscollect_teller *r);

/* nscollect_verify.c: what a package holds, or whether it is as it was, signed by @key (or NULL).
 */
enum cli_exit nscollect_look(const char *path, bool list, const struct nsv_public_key *key);

/* nscollect_key.c: the keys that --sign and --key name; exits after a line on stderr if there is
 * none. And keygen. */
struct nsv_sign_key *nscollect_sign_key(const struct nscollect_options *o);
struct nsv_public_key *nscollect_public_key(const struct nscollect_options *o);
enum cli_exit nscollect_keygen(const struct nscollect_options *o, const char *path);

/* nscollect_report.c: a report of a package, to o->output or standard output. */
enum cli_exit nscollect_report(const struct nscollect_options *o, const char *package);
/* The length of a package's name without ".tar.gz" and the like, or its last slash. */
size_t nscollect_stem(const char *package);
/* The page PACKAGE.html, without what the package's name ends in. */
enum cli_exit nscollect_report_beside(const struct nscollect_options *o, const char *package);

/* nscollect_choose.c: the specs of all containers that --all, --label and --image mean; ends with
 * NULL. */
char **nscollect_choose(const struct nscollect_options *o);

#endif
