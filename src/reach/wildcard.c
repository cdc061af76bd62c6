/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wildcard.c - shell patterns of single names. fnmatch(3) depends on the locale, for which libc
 * loads files; commands that read containers set none or half of one. A name is the container's
 * choice: after a mismatch only the last "*" is tried anew, so that work grows with the product of
 * both lengths.
 */
#include "wildcard.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "util.h"

#define NO_UTF8 0x110000U /* plus the byte */

/* The character at the beginning of @s, of which @len > 0 bytes are there; returns its length. */
static size_t character(const char *s, size_t len, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *u = (const unsigned char *)s;
	size_t n = *u < 0x80   ? 1
		   : *u < 0xc2 ? 0
		   : *u < 0xe0 ? 2
		   : *u < 0xf0 ? 3
		   : *u < 0xf5 ? 4
			       : 0;
	uint32_t c = n == 1 ? *u : *u & (0x7fU >> n);

	for (size_t i = 1; i < n; i++) {
		if (i == len || (u[i] & 0xc0) != 0x80)
			n = 0;
		c = c << 6 | (u[i] & 0x3f);
	}
	if (n == 0 || c < least[n] || c >= NO_UTF8 || (c >= 0xd800 && c < 0xe000)) {
		*ret = NO_UTF8 + *u;
		return 1;
	}
	*ret = c;
	return n;
}

static bool is_in_class(const char *name, size_t len, uint32_t c)
{
	static const struct {
		const char *name;
		int (*is)(int);
	} classes[] = {
		{ "alnum", isalnum }, { "alpha", isalpha }, { "blank", isblank },
		{ "cntrl", iscntrl }, { "digit", isdigit }, { "graph", isgraph },
		{ "lower", islower }, { "print", isprint }, { "punct", ispunct },
		{ "space", isspace }, { "upper", isupper }, { "xdigit", isxdigit },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(classes) && c < 0x80; i++)
		if (strlen(classes[i].name) == len && memcmp(classes[i].name, name, len) == 0)
			return classes[i].is((int)c);
	return false;
}

/* The length of "[:NAME:]" at the beginning of @p, else 0. */
static size_t class_len(const char *p, size_t len)
{
	size_t n = 2;

	if (len < 4 || p[0] != '[' || p[1] != ':')
		return 0;
	while (n < len && islower((unsigned char)p[n]))
		n++;
	return n + 1 < len && p[n] == ':' && p[n + 1] == ']' ? n + 2 : 0;
}

/* A character of a bracket, which "\" may quote; 0: the pattern ends. */
static size_t member(const char *p, size_t len, uint32_t *ret)
{
	size_t quoted = len > 1 && *p == '\\';

	*ret = 0;
	return len ? quoted + character(p + quoted, len - quoted, ret) : 0;
}

/*
 * A bracket at the beginning of @p: returns its length, or 0 where none ends. *ret: whether it has
 * @c.
 */
static size_t bracket(const char *p, size_t len, uint32_t c, bool *ret)
{
	bool inverse = len > 1 && (p[1] == '!' || p[1] == '^'), found = false;
	size_t first = 1 + inverse, i = first, n;

	while (i < len && (p[i] != ']' || i == first)) {
		uint32_t from, to;

		n = class_len(p + i, len - i);
		if (n) {
			found = found || is_in_class(p + i + 2, n - 4, c);
			i += n;
			continue;
		}
		i += member(p + i, len - i, &from);
		to = from;
		if (i + 1 < len && p[i] == '-' && p[i + 1] != ']') {
			n = member(p + i + 1, len - i - 1, &to);
			i += 1 + n;
		}
		found = found || (c >= from && c <= to);
	}
	*ret = found != inverse;
	return i < len ? i + 1 : 0;
}

/* How many bytes of the pattern stand for the character @c; 0: it does not match. */
static size_t one(const char *p, size_t len, uint32_t c)
{
	uint32_t wanted;
	size_t n;
	bool has;

	if (*p == '?')
		return 1;
	if (*p == '[') {
		n = bracket(p, len, c, &has);
		if (n)
			return has ? n : 0;
	}
	n = member(p, len, &wanted);
	return wanted == c ? n : 0;
}

bool nsv_wildcard_matches(const char *pattern, size_t pattern_len, const char *name, size_t len)
{
	const char *p = pattern, *p_end = pattern + pattern_len;
	const char *s = name, *end = name + len;
	const char *behind_star = NULL, *retry = NULL;

	while (s < end) {
		uint32_t c;
		size_t step = character(s, (size_t)(end - s), &c), used;

		if (p < p_end && *p == '*') {
			behind_star = ++p;
			retry = s;
			continue;
		}
		used = p < p_end ? one(p, (size_t)(p_end - p), c) : 0;
		if (used) {
			p += used;
			s += step;
			continue;
		}
		if (!behind_star)
			return false;
		retry += character(retry, (size_t)(end - retry), &c);
		p = behind_star;
		s = retry;
	}
	while (p < p_end && *p == '*')
		p++;
	return p == p_end;
}

bool nsv_wildcard_in(const char *text, size_t len)
{
	bool ignored;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '*' || text[i] == '?' ||
		    (text[i] == '[' && bracket(text + i, len - i, 0, &ignored)))
			return true;
		i += text[i] == '\\';
	}
	return false;
}

size_t nsv_wildcard_unescape(char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		i += text[i] == '\\' && i + 1 < len;
		text[n++] = text[i];
	}
	return n;
}
