/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process_facts.h - the processes of the facts. */
#ifndef NSV_REPORT_PROCESS_FACTS_H
#define NSV_REPORT_PROCESS_FACTS_H

#include "report/facts.h"

/* 0 or -errno. */
int nsv_process_facts_read(struct nsv_facts *f);

#endif
