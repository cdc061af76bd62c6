/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * findings.h - judges a package by a table of rules, which docs/findings.md describes. A finding
 * is a reason to look, no proof. Memory is bounded: of one rule the first NSV_FINDINGS_EACH are
 * kept, the others counted. No locks: one thread.
 */
#ifndef NSV_REPORT_FINDINGS_H
#define NSV_REPORT_FINDINGS_H

#include "report/case.h"

#define NSV_FINDINGS_EACH ((uint64_t)100)

struct nsv_rule {
	const char *id; /* of letters and dashes; never renamed */
	enum nsv_severity severity;
	enum nsv_case_kind kind;
	const char *title;  /* what it is */
	const char *reason; /* why it matters, and what is innocent */
	bool (*applies)(struct nsv_case *c);
	bool together; /* processes with the same detail make one finding */
};

struct nsv_finding {
	const struct nsv_rule *rule;
	enum nsv_severity severity;
	int64_t pid;	/* 0: no process */
	uint64_t times; /* so often: of one process, or of so many processes */
	char *subject;	/* bytes that the container chose, as the next two */
	char *detail;
	char *evidence; /* a member of the package */
};

struct nsv_findings {
	struct nsv_finding *list; /* the most severe first, then in the order of the table */
	size_t n, room;
	uint64_t *counts; /* of each rule, all of them */
	uint64_t totals[NSV_SEVERITIES];
	int err;
};

extern const struct nsv_rule nsv_rules[];
extern const size_t nsv_n_rules;
const char *nsv_severity_word(enum nsv_severity severity);

/* 0 or -errno. */
int nsv_findings_init(struct nsv_findings *all);
/* Judges @c by every rule of @kind. @subject names it; @evidence is where it stands. */
void nsv_findings_judge(struct nsv_findings *all, struct nsv_case *c, enum nsv_case_kind kind,
			const char *subject, const char *evidence);
/* Sorts; 0 or the first -errno. */
int nsv_findings_end(struct nsv_findings *all);
void nsv_findings_free(struct nsv_findings *all);

#endif
