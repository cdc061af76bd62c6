/* SPDX-License-Identifier: GPL-2.0-or-later */
/* out.c - escapes for HTML, JSON, Markdown and shells. See out.h. */
#include "report/out.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/util.h"
#include "command/escape.h"

void nsv_out_put(struct nsv_out *o, const char *s, size_t len)
{
	o->bytes += fwrite(s, 1, len, o->f);
}

void nsv_out_puts(struct nsv_out *o, const char *s)
{
	nsv_out_put(o, s, strlen(s));
}

void nsv_out_printf(struct nsv_out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vfprintf(o->f, fmt, ap);
	va_end(ap);
	o->bytes += n > 0 ? (uint64_t)n : 0;
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void nsv_out_html(struct nsv_out *o, const char *s, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		const char *e = entity(s[i]);

		if (!e)
			continue;
		nsv_out_put(o, s + from, i - from);
		nsv_out_puts(o, e);
		from = i + 1;
	}
	nsv_out_put(o, s + from, len - from);
}

/* Bytes of the escape at @s, which is a backslash: \n or \033. */
static size_t escape_len(const char *s)
{
	return s[1] >= '0' && s[1] <= '7' ? 4 : 2;
}

/* Of escaped text. */
static void marked(struct nsv_out *o, const char *s, size_t len)
{
	size_t at = 0, n;

	while (at < len) {
		const char *slash = memchr(s + at, '\\', len - at);

		n = slash ? (size_t)(slash - s) - at : len - at;
		nsv_out_html(o, s + at, n);
		at += n;
		for (n = 0; at + n < len && s[at + n] == '\\';)
			n += escape_len(s + at + n);
		if (n) {
			nsv_out_puts(o, "<span class=\"esc\">");
			nsv_out_html(o, s + at, n);
			nsv_out_puts(o, "</span>");
		}
		at += n;
	}
}

/* Where to cut escaped text: not within a character or an escape. */
static size_t cut_at(const char *s, size_t len, size_t max)
{
	size_t at = 0;

	if (len <= max)
		return len;
	while (at < max) {
		size_t n =
		    s[at] == '\\' ? escape_len(s + at) : cli_utf8_char(s + at, len - at, NULL);

		n = n ? n : 1;
		if (at + n > max)
			break;
		at += n;
	}
	return at;
}

void nsv_out_cut(struct nsv_out *o, const char *s, size_t max)
{
	size_t len;
	nsv_autofree char *shown = cli_escape(s, strlen(s), true, &len);
	size_t n = cut_at(shown, len, max);

	nsv_out_puts(o, "<bdi>");
	marked(o, shown, n);
	nsv_out_puts(o, n < len ? "</bdi>…" : "</bdi>");
}

void nsv_out_text(struct nsv_out *o, const char *s)
{
	nsv_out_cut(o, s, 4 * strlen(s));
}

void nsv_out_json(struct nsv_out *o, const char *s)
{
	size_t len, from = 0;
	nsv_autofree char *shown = cli_escape(s, strlen(s), true, &len);

	nsv_out_puts(o, "\"");
	for (size_t i = 0; i < len; i++) {
		if (!strchr("\"\\<>&", shown[i]))
			continue;
		nsv_out_put(o, shown + from, i - from);
		/* No tag, no comment, no entity begins in it, whatever reads it. */
		nsv_out_printf(o, "\\u%04x", (unsigned)(unsigned char)shown[i]);
		from = i + 1;
	}
	nsv_out_put(o, shown + from, len - from);
	nsv_out_puts(o, "\"");
}

void nsv_out_markdown(struct nsv_out *o, const char *s)
{
	size_t len, run = 0, longest = 0;
	nsv_autofree char *shown = cli_escape(s, strlen(s), true, &len);

	for (size_t i = 0; i < len; i++) {
		run = shown[i] == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	/* A fence that is longer than any run of backticks in it; blanks keep the ends apart. */
	for (size_t i = 0; i <= longest; i++)
		nsv_out_puts(o, "`");
	nsv_out_puts(o, longest || !len ? " " : "");
	nsv_out_put(o, shown, len);
	nsv_out_puts(o, longest || !len ? " " : "");
	for (size_t i = 0; i <= longest; i++)
		nsv_out_puts(o, "`");
}

static bool is_plain_word(const char *s)
{
	return *s && *s != '-' && *s != '~' &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			   "_./-:=@%+,")] == '\0';
}

void nsv_out_shell(struct nsv_out *o, const char *s)
{
	bool ascii = true;

	for (const char *p = s; *p; p++)
		ascii = ascii && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f;
	if (is_plain_word(s)) {
		nsv_out_puts(o, s);
		return;
	}
	nsv_out_puts(o, ascii ? "&#39;" : "$&#39;");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '\'')
			nsv_out_puts(o, ascii ? "&#39;\\&#39;&#39;" : "\\&#39;");
		else if (!ascii && (c < 0x20 || c >= 0x7f || c == '\\'))
			nsv_out_printf(o, "\\%03o", c);
		else
			nsv_out_html(o, s, 1);
	}
	nsv_out_puts(o, "&#39;");
}

void nsv_out_time(struct nsv_out *o, int64_t when)
{
	char text[32];
	time_t t = (time_t)(when / 1000000 - (when % 1000000 < 0));
	struct tm tm;

	if (when != INT64_MIN && gmtime_r(&t, &tm) &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		nsv_out_puts(o, text);
}

void nsv_out_size(struct nsv_out *o, int64_t bytes)
{
	static const char units[] = "KMGTPE";
	double v = (double)bytes;
	int unit = -1;

	if (bytes < 0)
		return;
	for (; v >= 1024 && unit < 5; unit++)
		v /= 1024;
	if (unit < 0)
		nsv_out_printf(o, "%" PRId64 " B", bytes);
	else
		nsv_out_printf(o, "%.1f %ciB", v, units[unit]);
}
