/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fact.h - values out of the JSON members of a package, by json_walk.h. The package is hostile
 * input: each text is cut at the size of its buffer, what has the wrong type counts as missing,
 * nothing is built that grows with the input. No locks: no state.
 */
#ifndef NSV_REPORT_FACT_H
#define NSV_REPORT_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_walk.h"

#define NSV_FACT_NAME 256  /* of a process, an engine, a user */
#define NSV_FACT_PATH 4352 /* of a file, with " (deleted)" */

/*
 * The exact bytes of a text: @exact is its twin in base64 (docs/package-format.md), which counts
 * where it is there. Always terminated; "" where it is missing. Returns its length.
 */
size_t nsv_fact_text(struct nsv_json text, struct nsv_json exact, char *buf, size_t size);
/* Of the member @key of @o, with its twin. */
size_t nsv_fact_get(struct nsv_json o, const char *key, char *buf, size_t size);
/* Of an element of an array: a string, or an object with text and text_base64. */
size_t nsv_fact_item(struct nsv_json v, char *buf, size_t size);
/* A member of an object; .at NULL: there is none. */
struct nsv_json nsv_fact_member(struct nsv_json o, const char *key);
bool nsv_fact_true(struct nsv_json v);
/* A number from 0 up, or @missing. */
int64_t nsv_fact_number(struct nsv_json v, int64_t missing);
/* Microseconds since 1970 of "2023-11-14T22:13:20.123456789+00:00"; INT64_MIN: it is no time. */
int64_t nsv_fact_time(struct nsv_json v);
/* The same of "1700000000.123456789". */
int64_t nsv_fact_seconds(struct nsv_json v);

/* Lines of a text, each of them a value: those that are none are passed over. */
struct nsv_lines {
	const char *at, *end;
};
bool nsv_fact_line(struct nsv_lines *l, struct nsv_json *ret);

#endif
