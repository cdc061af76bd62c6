/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changes.h - what was changed against the image: by changes.json where the package has it, else
 * by what the times of files say. Paths are remembered by hashes, NSV_CHANGES_MAX at most. No
 * locks: one thread.
 */
#ifndef NSV_REPORT_CHANGES_H
#define NSV_REPORT_CHANGES_H

#include "report/case.h"

#define NSV_CHANGES_MAX ((size_t)1 << 20)

struct nsv_report_change {
	uint64_t path; /* of its SHA-256 */
	uint8_t changed;
	bool seen;
};

struct nsv_report_changes {
	struct nsv_report_change *list; /* sorted */
	size_t n;
	bool cut; /* there were more: what is not here is unknown */
};

/* 0 or -errno. Without changes.json there are none. */
int nsv_report_changes_read(struct nsv_report_changes *c, const struct nsv_facts *f);
void nsv_report_changes_free(struct nsv_report_changes *c);
/* Sets file->changed, and remembers that it was seen. */
void nsv_report_changes_apply(struct nsv_report_changes *c, const struct nsv_facts *f,
			      struct nsv_case_file *file);
bool nsv_report_changes_seen(const struct nsv_report_changes *c, const char *path);

/* The entries of changes.json, as files; what it does not say is -1, or INT64_MIN for a time. */
struct nsv_report_changes_walk {
	const struct nsv_facts *f;
	struct nsv_json_walk entries;
};
struct nsv_report_changes_walk nsv_report_changes_walk(const struct nsv_facts *f);
bool nsv_report_changes_next(struct nsv_report_changes_walk *w, struct nsv_case_file *ret);

#endif
