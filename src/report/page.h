/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page.h - the report as one HTML page. */
#ifndef NSV_REPORT_PAGE_H
#define NSV_REPORT_PAGE_H

#include "report/model.h"

/* At most 20 MB, whatever the package holds. */
void nsv_page_write(struct nsv_out *o, const struct nsv_model *m);

#endif
