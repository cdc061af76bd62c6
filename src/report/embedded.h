/* SPDX-License-Identifier: GPL-2.0-or-later */
/* embedded.h - the files of page/, as cmake/embed.cmake puts them into the program. */
#ifndef NSV_REPORT_EMBEDDED_H
#define NSV_REPORT_EMBEDDED_H

#include <stddef.h>

extern const char nsv_page_html[], nsv_page_css[], nsv_page_js[];
extern const size_t nsv_page_html_len, nsv_page_css_len, nsv_page_js_len;

#endif
