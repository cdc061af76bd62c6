/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsdiff.h - a run, and the printers that the files of nsdiff share. */
#ifndef NSV_CLI_NSDIFF_H
#define NSV_CLI_NSDIFF_H

#include <nsview/changes.h>
#include <nsview/discover.h>

#include "cli/cli.h"

struct nsdiff_totals {
	uint64_t added, changed, deleted, volumes, problems;
	int64_t bytes; /* that regular files grew by */
};

struct nsdiff {
	bool zero, json, stat, content, one_mount;
	const char *layer, *image; /* files to write; NULL: none */
	enum nsv_via via;
	const char *spec; /* of messages */
	bool terminal, utf8, begun;
	char *buf; /* of contents */
	struct nsdiff_totals totals;
};

/* A container, with what its engine's files say. */
struct nsdiff_side {
	const char *spec;
	struct nsv_target *target;
	struct nsv_root *root;
	char *engine, *id, *engine_dir; /* NULL: unknown */
	bool known;			/* they were looked for */
};

/* nsdiff_open.c: one line on stderr on failure. nsdiff_close() in any case. */
enum cli_exit nsdiff_open(struct nsdiff_side *s, const char *spec, enum nsv_via via);
void nsdiff_close(struct nsdiff_side *s);

/* nsdiff_mounts.c: whether something is mounted below @path, or that can't be told. */
bool nsdiff_has_mounts(const struct cli_side *side, const char *path);

/* nsdiff_print.c */
void nsdiff_print_line(struct nsdiff *d, const struct nsv_change *c);
void nsdiff_print_stat(struct nsdiff *d, const struct nsv_change *c);
/* @unknown: what changed is, but for volumes. */
void nsdiff_print_totals(const struct nsdiff *d, bool unknown);
/* A name as it may stand on a line, malloc'd. */
char *nsdiff_shown(const struct nsdiff *d, const char *text);

/* nsdiff_json.c */
void nsdiff_json_begin(struct nsdiff *d, const char *spec, const char *other,
		       const struct nsv_changes *c);
void nsdiff_json_change(struct nsdiff *d, const struct nsv_change *c);
void nsdiff_json_end(struct nsdiff *d);

/* nsdiff_content.c: a change as a unified diff of two texts, or a line that says why not. */
void nsdiff_print_content(struct nsdiff *d, const struct nsv_change *c);

#endif
