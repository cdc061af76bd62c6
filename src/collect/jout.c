/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* jout.c - JSON, piece by piece. See jout.h. */
#include "collect/jout.h"

#include <stdio.h>
#include <string.h>

#include "reach/util.h"

size_t nsv_utf8_len(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	uint32_t code;

	if (n == 1)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n > len)
		return 0;
	code = p[0] & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3fU);
	}
	if ((n == 3 && code < 0x800) || (n == 4 && (code < 0x10000 || code > 0x10ffff)) ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

void nsv_hex(const unsigned char *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[data[i] >> 4];
		out[2 * i + 1] = digits[data[i] & 15];
	}
	out[2 * len] = '\0';
}

/* Comma, line and key before an item. */
static void before(struct nsv_jout *j, const char *key)
{
	if (j->more[j->depth])
		nsv_text_put(j->t, ",", 1);
	j->more[j->depth] = true;
	if (j->depth && j->depth <= j->lines)
		nsv_text_put(j->t, "\n", 1);
	if (key) {
		nsv_text_put(j->t, "\"", 1);
		nsv_text_puts(j->t, key);
		nsv_text_put(j->t, "\":", 2);
	}
}

void nsv_jout_begin(struct nsv_jout *j, const char *key, char kind)
{
	before(j, key);
	nsv_text_put(j->t, &kind, 1);
	if (j->depth + 1 < NSV_ARRAY_SIZE(j->more))
		j->depth++;
	j->more[j->depth] = false;
}

void nsv_jout_end(struct nsv_jout *j, char kind)
{
	if (j->more[j->depth] && j->depth <= j->lines)
		nsv_text_puts(j->t, "\n");
	if (j->depth)
		j->depth--;
	nsv_text_put(j->t, kind == '{' ? "}" : "]", 1);
}

void nsv_jout_line(struct nsv_jout *j)
{
	nsv_text_puts(j->t, "\n");
	j->more[0] = false;
}

void nsv_jout_null(struct nsv_jout *j, const char *key)
{
	before(j, key);
	nsv_text_puts(j->t, "null");
}

void nsv_jout_bool(struct nsv_jout *j, const char *key, bool value)
{
	before(j, key);
	nsv_text_puts(j->t, value ? "true" : "false");
}

void nsv_jout_u64(struct nsv_jout *j, const char *key, uint64_t value)
{
	before(j, key);
	nsv_text_number(j->t, value);
}

void nsv_jout_i64(struct nsv_jout *j, const char *key, int64_t value)
{
	before(j, key);
	nsv_text_signed(j->t, value);
}

size_t nsv_jout_safe(const char *text, size_t len)
{
	size_t n = 0;

	for (; n < len; n++) {
		unsigned char b = (unsigned char)text[n];

		if (b < 0x20 || b >= 0x7f || b == '"' || b == '\\')
			break;
	}
	return n;
}

static bool is_plain(const char *text, size_t len)
{
	size_t plain = 0;

	while (plain < len && !(text[plain] & 0x80))
		plain++;
	for (size_t i = plain; i < len;) {
		size_t n = nsv_utf8_len(text + i, len - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

/* Controls as \u00XX, so that a line stays a line; wrong bytes as U+FFFD. */
static void put_string(struct nsv_text *t, const char *text, size_t len)
{
	size_t from = 0, i = nsv_jout_safe(text, len);

	nsv_text_put(t, "\"", 1);
	while (i < len) {
		unsigned char c = (unsigned char)text[i];
		size_t n = c < 0x80 ? 1 : nsv_utf8_len(text + i, len - i);

		if (n && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
			i += n;
			continue;
		}
		nsv_text_put(t, text + from, i - from);
		if (n == 0)
			nsv_text_puts(t, "\xef\xbf\xbd");
		else if (c == '"' || c == '\\')
			nsv_text_printf(t, "\\%c", c);
		else
			nsv_text_printf(t, "\\u%04x", c);
		from = ++i;
	}
	nsv_text_put(t, text + from, len - from);
	nsv_text_put(t, "\"", 1);
}

static void put_base64(struct nsv_text *t, const void *data, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = data;

	nsv_text_puts(t, "\"");
	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16;
		char out[4];

		v |= i + 1 < len ? (uint32_t)p[i + 1] << 8 : 0;
		v |= i + 2 < len ? p[i + 2] : 0;
		out[0] = digits[v >> 18];
		out[1] = digits[v >> 12 & 63];
		out[2] = i + 1 < len ? digits[v >> 6 & 63] : '=';
		out[3] = i + 2 < len ? digits[v & 63] : '=';
		nsv_text_put(t, out, sizeof(out));
	}
	nsv_text_puts(t, "\"");
}

void nsv_jout_base64(struct nsv_jout *j, const char *key, const void *data, size_t len)
{
	before(j, key);
	put_base64(j->t, data, len);
}

void nsv_jout_bytes(struct nsv_jout *j, const char *key, const char *text, size_t len)
{
	char twin[64];

	if (is_plain(text, len)) {
		before(j, key);
		put_string(j->t, text, len);
		return;
	}
	if (!key) {
		nsv_jout_begin(j, NULL, '{');
		nsv_jout_bytes(j, "text", text, len);
		nsv_jout_end(j, '{');
		return;
	}
	before(j, key);
	put_string(j->t, text, len);
	(void)snprintf(twin, sizeof(twin), "%s_base64", key);
	nsv_jout_base64(j, twin, text, len);
}

void nsv_jout_text(struct nsv_jout *j, const char *key, const char *text)
{
	if (text)
		nsv_jout_bytes(j, key, text, strlen(text));
	else
		nsv_jout_null(j, key);
}

void nsv_jout_hex(struct nsv_jout *j, const char *key, const unsigned char *data, size_t len)
{
	char text[2 * 64 + 1];

	nsv_hex(data, nsv_min(len, (size_t)64), text);
	nsv_jout_text(j, key, text);
}

void nsv_jout_time(struct nsv_jout *j, const char *key, struct timespec t)
{
	char text[NSV_TIME_TEXT];

	nsv_jout_text(j, key, nsv_time_text(t, text));
}

void nsv_jout_raw(struct nsv_jout *j, const char *key, const char *json, size_t len)
{
	before(j, key);
	nsv_text_put(j->t, json, len);
}
