/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.h - reads an evidence package, judges it by the rules that docs/findings.md describes,
 * and writes a page for a browser, or the findings alone. The package is hostile input: it is read
 * in the sandbox of nscollect verify, in bounded memory. No locks: one thread.
 */
#ifndef NSV_REPORT_REPORT_H
#define NSV_REPORT_REPORT_H

#include <stdio.h>

#include <nsview/collect.h>

enum nsv_report_format { NSV_REPORT_HTML, NSV_REPORT_JSON, NSV_REPORT_MARKDOWN };

struct nsv_report;

/* Opens the package. 0, with *ret to be freed, or -errno. */
int nsv_report_new(const char *package, struct nsv_report **ret, struct nsv_error *e);
/* Checks signatures with @key, borrowed; NULL: does not. Before nsv_report_confine(). */
void nsv_report_set_key(struct nsv_report *r, const struct nsv_public_key *key);
/* As nsv_package_reader_confine(): for the calling process, and for good. */
int nsv_report_confine(struct nsv_report *r, struct nsv_error *e);
/*
 * Reads the package and writes to @out, which stays open. 0, whatever the package is like: ret says
 * whether it is as it was; -errno: no report could be made.
 */
int nsv_report_write(struct nsv_report *r, enum nsv_report_format format, FILE *out,
		     struct nsv_verify_result *ret, struct nsv_error *e);
struct nsv_report *nsv_report_free(struct nsv_report *r);

#endif
