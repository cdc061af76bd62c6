/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nscollect.h - what the files of nscollect share. */
#ifndef NSV_CLI_NSCOLLECT_H
#define NSV_CLI_NSCOLLECT_H

#include <nsview/collect.h>

#include "cli/cli.h"

struct nscollect_options {
	struct nsv_collect_options c;
	const char **paths, **exclude;
	const char *output; /* as typed; NULL: a name is made up */
	bool volatile_only, all, progress;
	const char **labels, **images;
	size_t n_labels, n_images;
	enum nsv_via via;
};

/* nscollect_options.c */
void nscollect_parse(struct nscollect_options *o, int argc, char **argv);
void nscollect_free(struct nscollect_options *o);

/* nscollect_one.c: one container into one package. */
enum cli_exit nscollect_one(const struct nscollect_options *o, const char *spec,
			    const char *package);
/* A signal came: 0 or its number. */
extern int nscollect_signal;

/* nscollect_verify.c: what a package holds, or whether it is as it was. */
enum cli_exit nscollect_look(const char *path, bool list);

/* nscollect_choose.c: the specs of all containers that --all, --label and --image mean; ends with
 * NULL. */
char **nscollect_choose(const struct nscollect_options *o);

#endif
