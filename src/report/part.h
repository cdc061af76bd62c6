/* SPDX-License-Identifier: GPL-2.0-or-later */
/* part.h - what the parts of the page have in common. */
#ifndef NSV_REPORT_PART_H
#define NSV_REPORT_PART_H

#include "report/model.h"

/* "<th scope=col>"; @type is "text" or "num", by which the page sorts. */
void nsv_part_column(struct nsv_out *o, const char *title, const char *type);
/* Begins a table that scrolls by itself, up to its body, and ends it. */
void nsv_part_table(struct nsv_out *o, const char *id, const char *caption);
void nsv_part_body(struct nsv_out *o);
void nsv_part_table_end(struct nsv_out *o);
/* That @n more are in @member. */
void nsv_part_more(struct nsv_out *o, uint64_t n, const char *what, const char *member);
/* A line for a page without anything to show. */
void nsv_part_none(struct nsv_out *o, const char *text);
/* A command that shows a member of the package; the page puts a button to it. */
void nsv_part_extract(struct nsv_out *o, const struct nsv_model *m, const char *member);
void nsv_part_process_link(struct nsv_out *o, const struct nsv_facts *f, int64_t pid);
/* A badge: @kind is "high", "medium", "low", "good" or "plain". */
void nsv_part_badge(struct nsv_out *o, const char *kind, const char *text);

#endif
