/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * escape.c - makes bytes that a container chose harmless for a terminal.
 *
 * Escape sequences start with ESC or, for terminals that read 8-bit controls, with a byte from 0x80
 * to 0x9f; U+0080...U+009F are the same in UTF-8. Invisible characters make two names look alike or
 * turn the direction of the text around them. If the locale is not UTF-8, a valid character may
 * hold such a byte, so every byte above ASCII is escaped. Escaping the backslash, too, makes the
 * result unambiguous.
 */
#include "command/escape.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command/ignorable.h"
#include "command/message.h"

bool cli_locale_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

size_t cli_utf8_char(const char *text, size_t len, uint32_t *ret_code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	uint32_t code;
	size_t n;

	if (!len)
		return 0;
	n = s[0] < 0x80		    ? 1
	    : (s[0] & 0xe0) == 0xc0 ? 2
	    : (s[0] & 0xf0) == 0xe0 ? 3
	    : (s[0] & 0xf8) == 0xf0 ? 4
				    : 0;
	if (!n || n > len)
		return 0;
	code = n == 1 ? s[0] : s[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if ((n > 1 && code < least[n]) || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	if (ret_code)
		*ret_code = code;
	return n;
}

/* Whether a terminal shows nothing for @code: names that differ only in such a character look
 * alike. */
static bool is_ignorable(uint32_t code)
{
	size_t from = 0, to = sizeof(ignorable) / sizeof(ignorable[0]);

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (code > ignorable[middle].last)
			from = middle + 1;
		else if (code < ignorable[middle].first)
			to = middle;
		else
			return true;
	}
	return false;
}

/* U+FFF9 to U+FFFB annotate other text, U+2028 and U+2029 end a line. */
bool cli_is_harmful(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) ||
	       (code >= 0x2028 && code <= 0x2029) || (code >= 0xfff9 && code <= 0xfffb) ||
	       is_ignorable(code);
}

static size_t escape_byte(char *out, unsigned char c)
{
	static const char from[] = "\a\b\t\n\v\f\r\\";
	static const char to[] = "abtnvfr\\";
	const char *at = c ? strchr(from, c) : NULL;

	out[0] = '\\';
	if (at) {
		out[1] = to[at - from];
		return 2;
	}
	out[1] = (char)('0' + (c >> 6));
	out[2] = (char)('0' + (c >> 3 & 7));
	out[3] = (char)('0' + (c & 7));
	return 4;
}

char *cli_escape(const char *text, size_t len, bool utf8, size_t *ret_len)
{
	char *out = len < (SIZE_MAX - 1) / 4 ? malloc(4 * len + 1) : NULL;
	size_t o = 0;

	if (!out)
		cli_no_memory();
	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t n = cli_utf8_char(text + i, len - i, &code);

		if (n && !cli_is_harmful(code) && code != '\\' && (utf8 || n == 1)) {
			memcpy(out + o, text + i, n);
			o += n;
			i += n;
			continue;
		}
		for (n = n ? n : 1; n; n--)
			o += escape_byte(out + o, (unsigned char)text[i++]);
	}
	out[o] = '\0';
	if (ret_len)
		*ret_len = o;
	return out;
}
