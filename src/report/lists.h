/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lists.h - the findings alone, for a program and for a ticket. */
#ifndef NSV_REPORT_LISTS_H
#define NSV_REPORT_LISTS_H

#include "report/model.h"

/* docs/schema/findings.schema.json describes it. */
void nsv_list_json(struct nsv_out *o, const struct nsv_model *m);
void nsv_list_markdown(struct nsv_out *o, const struct nsv_model *m);

#endif
