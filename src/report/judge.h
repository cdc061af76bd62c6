/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge.h - everything in a package that rules judge, case by case. */
#ifndef NSV_REPORT_JUDGE_H
#define NSV_REPORT_JUDGE_H

#include "report/changes.h"
#include "report/findings.h"

/* 0 or -errno. */
int nsv_judge(const struct nsv_facts *f, struct nsv_changed_files *changes,
	      struct nsv_findings *ret);

#endif
