/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_show.c - a name as it is printed: escaped for a terminal, coloured, with the mark of -F.
 */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/util.h"
#include "nsls.h"

/* Columns of text that holds no controls any more. */
static size_t columns(const char *text, size_t len, bool utf8)
{
	size_t width = 0;

	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t n = utf8 ? cli_utf8_char(text + i, len - i, &code) : 0;
		int w = n > 1 ? wcwidth((wchar_t)code) : 1;

		width += w >= 0 ? (size_t)w : 1;
		i += n ? n : 1;
	}
	return width;
}

char *ls_shown(const struct ls_options *o, const char *text, size_t len, size_t *ret_len,
	       size_t *ret_width)
{
	char *shown;

	if (o->escape) {
		shown = cli_escape(text, len, o->utf8, &len);
	} else {
		shown = malloc(len + 1);
		if (!shown)
			cli_no_memory();
		memcpy(shown, text, len + 1);
	}
	*ret_len = len;
	*ret_width = columns(shown, len, o->utf8);
	return shown;
}

/* The mark of -F, 0 for none. */
static char mark_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return (char)(mode & 0111 ? '*' : 0);
	case S_IFDIR:
		return '/';
	case S_IFLNK:
		return '@';
	case S_IFIFO:
		return '|';
	case S_IFSOCK:
		return '=';
	default:
		return 0;
	}
}

static mode_t mode_of(const struct ls_entry *entry)
{
	return entry->stat_ok ? entry->st.st_mode : entry->type;
}

size_t ls_name_width(const struct ls_options *o, const struct ls_entry *entry)
{
	size_t len, width;

	free(ls_shown(o, entry->name, strlen(entry->name), &len, &width));
	return width + (o->classify && mark_of(mode_of(entry)));
}

/* From column @at on; returns the bytes of @text as shown. */
static size_t show(const struct ls_options *o, const struct ls_color *color, const char *text,
		   size_t text_len, size_t at)
{
	size_t len, width;
	nsv_autofree char *shown = ls_shown(o, text, text_len, &len, &width);

	ls_paint_begin(o->colors, color);
	(void)fwrite(shown, 1, len, stdout);
	if (o->colors)
		ls_paint_end(o->colors, color,
			     o->width && at / o->width != (at + len - 1) / o->width);
	return len;
}

static void show_mark(mode_t mode)
{
	char mark = mark_of(mode);

	if (mark)
		putchar(mark);
}

void ls_show_name(const struct ls_options *o, const struct ls_entry *entry, size_t at)
{
	const struct ls_color *color = o->colors ? ls_color_of(o->colors, entry, false) : NULL;
	const char *text = entry->target;
	size_t len = show(o, color, entry->name, strlen(entry->name), at);

	if (o->format != LS_LONG || !text) {
		/* As in ls(1), a link of the long format has no mark of its own, its target has. */
		if (o->classify && (o->format != LS_LONG || entry->type != S_IFLNK))
			show_mark(mode_of(entry));
		return;
	}
	printf(" -> ");
	color = o->colors ? ls_color_of(o->colors, entry, true) : NULL;
	(void)show(o, color, text, entry->target_len, at + len + strlen(" -> "));
	if (o->classify)
		show_mark(entry->link_mode);
}

int ls_digits(uint64_t value)
{
	int digits = 1;

	while (value >= 10) {
		value /= 10;
		digits++;
	}
	return digits;
}
