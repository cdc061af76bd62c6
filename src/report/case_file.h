/* SPDX-License-Identifier: GPL-2.0-or-later */
/* case_file.h - a file, decoded from a line of files.jsonl. */
#ifndef NSV_REPORT_CASE_FILE_H
#define NSV_REPORT_CASE_FILE_H

#include "report/case.h"

/* ret->changed is left unknown. */
void nsv_case_file_read(const struct nsv_facts *f, struct nsv_json o, struct nsv_case_file *ret);

#endif
