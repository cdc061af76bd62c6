/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changes.h - what was changed against the image: by changes.json where the package has it and the
 * layers were known, else by what the times of files say; on volumes always by these. Paths are
 * remembered by hashes, NSV_CHANGED_FILES at most. No locks: one thread.
 */
#ifndef NSV_REPORT_CHANGES_H
#define NSV_REPORT_CHANGES_H

#include "report/case.h"

#define NSV_CHANGED_FILES ((size_t)1 << 20)

struct nsv_changed_file {
	uint64_t path; /* of its SHA-256 */
	uint8_t changed;
	bool seen;
};

struct nsv_changed_files {
	struct nsv_changed_file *list; /* sorted */
	size_t n;
	bool cut; /* there were more: what is not here is unknown */
};

/* 0 or -errno. Without changes.json there are none. */
int nsv_changed_read(struct nsv_changed_files *c, const struct nsv_facts *f);
void nsv_changed_free(struct nsv_changed_files *c);
/* Sets file->changed, and remembers that it was seen. */
void nsv_changed_apply(struct nsv_changed_files *c, const struct nsv_facts *f,
		       struct nsv_case_file *file);
bool nsv_changed_seen(const struct nsv_changed_files *c, const char *path);

/*
 * The entries of changes.json, as files: a deleted one as it was, the others as they are; what is
 * not said is -1, or INT64_MIN for a time. Those that could not be looked at are passed over.
 */
struct nsv_changed_walk {
	const struct nsv_facts *f;
	struct nsv_json_walk entries;
	char kind;     /* 'A', 'C', 'D', or 'V': on a volume */
	bool problems; /* some were passed over */
};
struct nsv_changed_walk nsv_changed_walk(const struct nsv_facts *f);
bool nsv_changed_next(struct nsv_changed_walk *w, struct nsv_case_file *ret);

#endif
