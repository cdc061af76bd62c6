/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * out.h - what a report is written with. Bytes that a container chose get in by nsv_out_text(),
 * nsv_out_json() and nsv_out_markdown() only: escaped as the commands do (command/escape.h), then
 * for the language around them. A failure is remembered by the stream. No locks: one thread.
 */
#ifndef NSV_REPORT_OUT_H
#define NSV_REPORT_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct nsv_out {
	FILE *f;
	uint64_t bytes; /* that were written */
};

void nsv_out_put(struct nsv_out *o, const char *s, size_t len);
void nsv_out_puts(struct nsv_out *o, const char *s);
void nsv_out_printf(struct nsv_out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Within an element or an attribute in double quotes: of our own making, or escaped already. */
void nsv_out_html(struct nsv_out *o, const char *s, size_t len);
/* Bytes as an element of their own, isolated from the direction of what is around; escapes in it
 * are marked. */
void nsv_out_text(struct nsv_out *o, const char *s);
/* The same in at most @max bytes, with an ellipsis behind what was cut. */
void nsv_out_cut(struct nsv_out *o, const char *s, size_t max);
/* A string of JSON, escaped for a person, which may stand in a script element. */
void nsv_out_json(struct nsv_out *o, const char *s);
/* As code within a line of Markdown. */
void nsv_out_markdown(struct nsv_out *o, const char *s);
/* A word of a shell, of printable ASCII only; as HTML. */
void nsv_out_shell(struct nsv_out *o, const char *s);
/* "2023-11-14 22:13:20" of microseconds; "" of INT64_MIN. */
void nsv_out_time(struct nsv_out *o, int64_t when);
void nsv_out_size(struct nsv_out *o, int64_t bytes);

#endif
