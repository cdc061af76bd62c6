/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fact.c - texts, numbers and times out of JSON. See fact.h. */
#include "report/fact.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/util.h"

#define SECOND 1000000

/* Where a string may be cut that is longer than @max as it is written: not within an escape. */
static size_t cut(const char *s, size_t max)
{
	size_t at = 0, n = 0;

	while (at < max) {
		n = s[at] != '\\' ? 1 : s[at + 1] == 'u' ? 6 : 2;
		if (at + n > max)
			break;
		/* Halves of a pair that are parted are none. */
		if (n == 6 && (s[at + 2] == 'd' || s[at + 2] == 'D') && at + 12 > max)
			break;
		at += n;
	}
	return at;
}

static size_t plain(struct nsv_json v, char *buf, size_t size)
{
	ssize_t n = nsv_json_string(v, buf, size);
	nsv_autofree char *part = NULL;
	size_t len;

	if (n == -E2BIG && v.len > 2) {
		len = cut(v.at + 1, nsv_min(v.len - 2, size - 1));
		part = malloc(len + 2);
		if (part) {
			part[0] = '"';
			memcpy(part + 1, v.at + 1, len);
			part[len + 1] = '"';
			n = nsv_json_string((struct nsv_json){ part, len + 2 }, buf, size);
		}
	}
	if (n < 0)
		buf[0] = '\0';
	return n < 0 ? 0 : (size_t)n;
}

/* Up to @size - 1 bytes; 0: it is no base64. */
static size_t decode(struct nsv_json v, char *buf, size_t size)
{
	size_t groups = v.len < 2 ? 0 : nsv_min((v.len - 2) / 4, (size - 1) / 3);
	const unsigned char *s = (const unsigned char *)v.at + 1;
	unsigned char three[4];
	size_t n = 0;

	if (!groups || *v.at != '"')
		return 0;
	for (size_t i = 0; i < groups; i++) {
		size_t fill = (size_t)(s[4 * i + 3] == '=') + (s[4 * i + 2] == '=');

		if (EVP_DecodeBlock(three, s + 4 * i, 4) != 3)
			return 0;
		memcpy(buf + n, three, 3 - fill);
		n += 3 - fill;
	}
	/* A NUL ends it, as it ends every name. */
	buf[n] = '\0';
	return strlen(buf);
}

size_t nsv_fact_text(struct nsv_json text, struct nsv_json exact, char *buf, size_t size)
{
	size_t n = exact.at ? decode(exact, buf, size) : 0;

	return n ? n : plain(text, buf, size);
}

size_t nsv_fact_get(struct nsv_json o, const char *key, char *buf, size_t size)
{
	char twin[48];
	struct nsv_json_member m[] = { { .key = key }, { .key = twin } };

	(void)stpcpy(stpcpy(twin, key), "_base64");
	nsv_json_members(o, m, NSV_ARRAY_SIZE(m));
	return nsv_fact_text(m[0].value, m[1].value, buf, size);
}

size_t nsv_fact_item(struct nsv_json v, char *buf, size_t size)
{
	if (v.at && *v.at == '{')
		return nsv_fact_get(v, "text", buf, size);
	return nsv_fact_text(v, (struct nsv_json){ 0 }, buf, size);
}

struct nsv_json nsv_fact_member(struct nsv_json o, const char *key)
{
	struct nsv_json_member m = { .key = key };

	nsv_json_members(o, &m, 1);
	return m.value;
}

bool nsv_fact_true(struct nsv_json v)
{
	return v.at && v.len == 4 && !memcmp(v.at, "true", 4);
}

int64_t nsv_fact_number(struct nsv_json v, int64_t missing)
{
	int64_t n = nsv_json_number(v);

	return n < 0 ? missing : n;
}

/* The digits behind a point, as microseconds. */
static int64_t fraction(const char *s)
{
	int64_t v = 0;
	unsigned n = 0;

	for (s += *s == '.'; n < 6 && s[0] >= '0' && s[0] <= '9'; s++, n++)
		v = v * 10 + (*s - '0');
	for (; n < 6; n++)
		v *= 10;
	return v;
}

int64_t nsv_fact_time(struct nsv_json v)
{
	char text[48];
	struct tm tm = { 0 };
	char *rest;

	if (nsv_json_string(v, text, sizeof(text)) <= 0)
		return INT64_MIN;
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	return rest ? (int64_t)timegm(&tm) * SECOND + fraction(rest) : INT64_MIN;
}

int64_t nsv_fact_seconds(struct nsv_json v)
{
	char text[48];
	char *rest;
	long long s;

	if (nsv_json_string(v, text, sizeof(text)) <= 0)
		return INT64_MIN;
	s = strtoll(text, &rest, 10);
	if (rest == text || s > INT64_MAX / SECOND - 1 || s < INT64_MIN / SECOND + 1)
		return INT64_MIN;
	return s * SECOND + (*text == '-' ? -fraction(rest) : fraction(rest));
}

bool nsv_fact_line(struct nsv_lines *l, struct nsv_json *ret)
{
	while (l->at && l->at < l->end) {
		const char *start = l->at;
		const char *newline = memchr(start, '\n', (size_t)(l->end - start));
		const char *end = newline ? newline : l->end;

		l->at = end + (newline != NULL);
		if (nsv_json_whole(start, (size_t)(end - start), ret))
			return true;
	}
	return false;
}
