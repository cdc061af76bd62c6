/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * time_text.h - the one form of times in JSON, of every command and in packages: ISO 8601 in UTC
 * with nanoseconds, "2023-11-14T22:13:20.123456789+00:00".
 */
#ifndef NSV_BASE_TIME_TEXT_H
#define NSV_BASE_TIME_TEXT_H

#include <stdbool.h>
#include <time.h>

#define NSV_TIME_TEXT 40

/* Whether the form can show @t: the years 1 to 9999. */
bool nsv_has_time_text(struct timespec t);
/* Returns @buf. The beginning of 1970 for a time that the form can't show. */
char *nsv_time_text(struct timespec t, char buf[static NSV_TIME_TEXT]);

#endif
