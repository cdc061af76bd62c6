/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * jout.h - JSON written as it comes, in bounded memory, onto a text (text.h).
 *
 * A name is bytes, JSON is Unicode: a value that is not UTF-8 has each wrong byte replaced by
 * U+FFFD, and its bytes stand in base64 beside it, as the member KEY_base64. Keys are our own
 * ASCII. Nothing fails here: the text remembers. No locks: one thread.
 */
#ifndef NSV_COLLECT_JOUT_H
#define NSV_COLLECT_JOUT_H

#include <stdbool.h>
#include <time.h>

#include "collect/text.h"
#include "reach/time_text.h"

struct nsv_jout {
	struct nsv_text *t;
	unsigned depth, lines; /* items down to depth @lines begin a line of their own */
	bool more[32];	       /* at each depth: an item came before */
};

/* @key NULL: in an array, or the whole document. '{' or '['; end by the same. */
void nsv_jout_begin(struct nsv_jout *j, const char *key, char kind);
void nsv_jout_end(struct nsv_jout *j, char kind);

void nsv_jout_null(struct nsv_jout *j, const char *key);
void nsv_jout_bool(struct nsv_jout *j, const char *key, bool value);
void nsv_jout_u64(struct nsv_jout *j, const char *key, uint64_t value);
void nsv_jout_i64(struct nsv_jout *j, const char *key, int64_t value);
/* Both with the twin in base64 where it is needed; in an array an object takes its place then. */
void nsv_jout_bytes(struct nsv_jout *j, const char *key, const char *text, size_t len);
void nsv_jout_text(struct nsv_jout *j, const char *key, const char *text); /* NULL is null */
void nsv_jout_base64(struct nsv_jout *j, const char *key, const void *data, size_t len);
void nsv_jout_hex(struct nsv_jout *j, const char *key, const unsigned char *data, size_t len);
/* "2023-11-14T22:13:20.123456789+00:00" */
void nsv_jout_time(struct nsv_jout *j, const char *key, struct timespec t);
/* JSON that is whole already. */
void nsv_jout_raw(struct nsv_jout *j, const char *key, const char *json, size_t len);
/* A new line, for JSON lines: after the outermost end. */
void nsv_jout_line(struct nsv_jout *j);

/* How many bytes from the beginning of @text on stand for themselves in a JSON string. */
size_t nsv_jout_safe(const char *text, size_t len);
/* Bytes of one valid UTF-8 character at @s; 0: there is none. */
size_t nsv_utf8_len(const char *s, size_t len);
void nsv_hex(const unsigned char *data, size_t len, char *out); /* 2 * len + 1 bytes */

#endif
