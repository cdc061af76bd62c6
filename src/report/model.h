/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model.h - all that a report shows, once the package was read. No locks: one thread. */
#ifndef NSV_REPORT_MODEL_H
#define NSV_REPORT_MODEL_H

#include "report/changes.h"
#include "report/facts.h"
#include "report/findings.h"
#include "report/out.h"
#include "report/source.h"

#define NSV_MODEL_DIFFERENCES 100

struct nsv_difference {
	const char *word; /* "missing", "altered" */
	char *name, *text;
};

struct nsv_model {
	const char *package; /* its path, as it was typed */
	bool is_folder;
	const struct nsv_public_key *key; /* that signatures were checked with; NULL: with none */
	struct nsv_source source;
	struct nsv_facts facts;
	struct nsv_changed_files changes;
	struct nsv_findings findings;
	struct nsv_difference differences[NSV_MODEL_DIFFERENCES];
	size_t n_differences;
	uint64_t more_differences;
};

/* Parts of the page: each writes at most about @room bytes, and says what was left out. */
typedef void nsv_part(struct nsv_out *o, const struct nsv_model *m, uint64_t room);

nsv_part nsv_part_head, nsv_part_custody, nsv_part_counts;		/* page_head.c */
nsv_part nsv_part_findings;						/* page_findings.c */
nsv_part nsv_part_processes;						/* page_processes.c */
nsv_part nsv_part_network;						/* page_network.c */
nsv_part nsv_part_mounts, nsv_part_opened;				/* page_open.c */
nsv_part nsv_part_memory;						/* page_memory.c */
nsv_part nsv_part_changes_how, nsv_part_changes, nsv_part_changes_data; /* page_changes.c */
nsv_part nsv_part_timeline_data;					/* page_timeline.c */
nsv_part nsv_part_missing;						/* page_missing.c */

#endif
