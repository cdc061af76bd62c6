/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_colors.c - parses LS_COLORS: "di=01;34:*.tar=01;31:...", with escapes as in C and ^X.
 *
 * Like ls(1), nsls takes the whole text or nothing of it: an unknown word is an error.
 */
#include "nsls_colors.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nsls.h"

static const char words[LS_KINDS][3] = { "lc", "rc", "ec", "rs", "no", "fi", "di", "ln",
					 "pi", "so", "bd", "cd", "mi", "or", "ex", "do",
					 "su", "sg", "st", "ow", "tw", "ca", "mh", "cl" };

/* What ls(1) has built in, and dircolors(1)'s colour for broken links. */
static const char *const built_in[LS_KINDS] = {
	[LS_LEFT] = "\033[",
	[LS_RIGHT] = "m",
	[LS_RESET] = "0",
	[LS_DIR] = "01;34",
	[LS_LINK] = "01;36",
	[LS_FIFO] = "33",
	[LS_SOCKET] = "01;35",
	[LS_BLOCK] = "01;33",
	[LS_CHAR] = "01;33",
	[LS_EXEC] = "01;32",
	[LS_DOOR] = "01;35",
	[LS_SETUID] = "37;41",
	[LS_SETGID] = "30;43",
	[LS_STICKY] = "37;44",
	[LS_OTHERS_WRITE] = "34;42",
	[LS_STICKY_OTHERS_WRITE] = "30;42",
	[LS_CLEAR_LINE] = "\033[K",
};
#define ORPHANS "40;31;01"

struct reader {
	const char *at;
	char *out; /* where the next byte goes, in a buffer as long as the text */
};

/* The value of "123" or "x1f" after a backslash, which may have any number of digits. */
static char read_number(struct reader *r)
{
	bool hex = *r->at == 'x' || *r->at == 'X';
	unsigned value = 0;

	for (r->at += hex;; r->at++) {
		char c = *r->at;

		if (c >= '0' && c <= (hex ? '9' : '7'))
			value = value * (hex ? 16 : 8) + (unsigned)(c - '0');
		else if (hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
			value = value * 16 + (unsigned)((c | 32) - 'a') + 10;
		else
			return (char)(value & 0xff);
	}
}

/* Behind a backslash. */
static bool read_escape(struct reader *r)
{
	static const char letters[] = "abefnrtv?_", bytes[] = "\a\b\033\f\n\r\t\v\177 ";
	const char *letter;

	if (!*r->at)
		return false;
	if ((*r->at >= '0' && *r->at <= '7') || *r->at == 'x' || *r->at == 'X') {
		*r->out++ = read_number(r);
		return true;
	}
	letter = strchr(letters, *r->at);
	*r->out++ = letter ? bytes[letter - letters] : *r->at;
	r->at++;
	return true;
}

/* Behind a caret. */
static bool read_control(struct reader *r)
{
	char c = *r->at++;

	if (c >= '@' && c <= '~')
		*r->out++ = (char)(c & 31);
	else if (c == '?')
		*r->out++ = '\177';
	else
		return false;
	return true;
}

/* Up to the next ":", and if @key up to the next "=". */
static bool read_value(struct reader *r, bool key, struct ls_color *ret)
{
	char *start = r->out;
	bool ok = true;

	while (ok && *r->at && *r->at != ':' && !(key && *r->at == '=')) {
		char c = *r->at++;

		if (c == '\\')
			ok = read_escape(r);
		else if (c == '^')
			ok = read_control(r);
		else
			*r->out++ = c;
	}
	*ret = (struct ls_color){ start, (size_t)(r->out - start) };
	return ok;
}

static struct ls_suffix *add_suffix(struct ls_colors *c)
{
	if (c->count == c->size) {
		size_t size = c->size ? c->size * 2 : 64;
		struct ls_suffix *suffixes = reallocarray(c->suffixes, size, sizeof(*suffixes));

		if (!suffixes)
			cli_no_memory();
		c->suffixes = suffixes;
		c->size = size;
	}
	c->suffixes[c->count] = (struct ls_suffix){ { NULL, 0 }, { NULL, 0 } };
	return &c->suffixes[c->count++];
}

static bool read_item(struct ls_colors *c, struct reader *r)
{
	if (*r->at == '*') {
		struct ls_suffix *s = add_suffix(c);

		r->at++;
		return read_value(r, true, &s->suffix) && *r->at++ == '=' &&
		       read_value(r, false, &s->color);
	}
	for (size_t i = 0; i < LS_KINDS; i++) {
		if (strncmp(r->at, words[i], 2) != 0 || r->at[2] != '=')
			continue;
		r->at += 3;
		return read_value(r, false, &c->kinds[i]);
	}
	return false;
}

static struct ls_colors *new_colors(const char *text)
{
	struct ls_colors *c = calloc(1, sizeof(*c));

	if (!c)
		cli_no_memory();
	c->text = malloc(strlen(text) + 1);
	if (!c->text)
		cli_no_memory();
	for (size_t i = 0; i < LS_KINDS; i++)
		if (built_in[i])
			c->kinds[i] = (struct ls_color){ built_in[i], strlen(built_in[i]) };
	if (!*text)
		c->kinds[LS_ORPHAN] = (struct ls_color){ ORPHANS, strlen(ORPHANS) };
	return c;
}

struct ls_colors *ls_colors_parse(const char *text)
{
	struct ls_colors *c = new_colors(text ? text : "");
	struct reader r = { text ? text : "", c->text };
	const struct ls_color *link = &c->kinds[LS_LINK];

	while (*r.at)
		if (*r.at == ':')
			r.at++;
		else if (!read_item(c, &r))
			return ls_colors_free(c);
	c->like_target = link->len == strlen("target") && !memcmp(link->text, "target", link->len);
	return c;
}

struct ls_colors *ls_colors_free(struct ls_colors *colors)
{
	if (colors) {
		free(colors->suffixes);
		free(colors->text);
		free(colors);
	}
	return NULL;
}

bool ls_is_colored(const struct ls_colors *colors, enum ls_kind kind)
{
	const struct ls_color *c = &colors->kinds[kind];

	return c->len > 2 || (c->len == 1 && *c->text != '0') ||
	       (c->len == 2 && memcmp(c->text, "00", 2) != 0);
}

const struct ls_color *ls_suffix_color(const struct ls_colors *colors, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = colors->count; i-- > 0;) {
		const struct ls_color *suffix = &colors->suffixes[i].suffix;

		/* Names hold no NUL, so a suffix with one fits none. */
		if (suffix->len <= len &&
		    !strncasecmp(name + len - suffix->len, suffix->text, suffix->len))
			return &colors->suffixes[i].color;
	}
	return NULL;
}
