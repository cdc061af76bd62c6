/* SPDX-License-Identifier: GPL-2.0-or-later */
/* case_file.h - a file, decoded from a line of files.jsonl or a side of changes.json. */
#ifndef NSV_REPORT_CASE_FILE_H
#define NSV_REPORT_CASE_FILE_H

#include "report/case.h"

/* ret->changed is left unknown. */
void nsv_case_file_read(const struct nsv_facts *f, struct nsv_json o, struct nsv_case_file *ret);
/* "old" or "new" of an entry of changes.json: without a path, and ret->changed is left alone. */
void nsv_case_file_side(struct nsv_json o, struct nsv_case_file *ret);

#endif
