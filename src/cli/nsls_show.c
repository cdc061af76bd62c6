/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_show.c - a name as it is printed: escaped for a terminal, coloured by type.
 */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "nsls.h"
#include "reach/util.h"

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

/* The colours ls(1) has built in. */
static const char *color_of(const struct ls_entry *entry)
{
	mode_t mode = entry->st.st_mode;

	switch (entry->type) {
	case S_IFDIR:
		if ((mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH))
			return "30;42";
		return mode & S_IWOTH ? "34;42" : mode & S_ISVTX ? "37;44" : "01;34";
	case S_IFLNK:
		return "01;36";
	case S_IFIFO:
		return "40;33";
	case S_IFSOCK:
		return "01;35";
	case S_IFBLK:
	case S_IFCHR:
		return "40;33;01";
	case S_IFREG:
		return mode & S_ISUID	? "37;41"
		       : mode & S_ISGID ? "30;43"
		       : mode & 0111	? "01;32"
					: NULL;
	default:
		return NULL;
	}
}

size_t ls_show_name(const struct ls_options *o, const struct ls_entry *entry)
{
	const char *color = o->color ? color_of(entry) : NULL;
	size_t len, width;
	nsv_autofree char *shown = ls_shown(o, entry->name, strlen(entry->name), &len, &width);

	if (color)
		printf("\033[%sm", color);
	(void)fwrite(shown, 1, len, stdout);
	if (color)
		printf("\033[0m");
	return width;
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

int ls_inode_width(const struct ls_list *list)
{
	int width = 1;

	for (size_t i = 0; i < list->count; i++) {
		int w = ls_digits(list->entries[i].stat_ok ? list->entries[i].st.st_ino : 0);

		width = w > width ? w : width;
	}
	return width;
}

void ls_show_inode(const struct ls_entry *entry, int width)
{
	if (entry->stat_ok)
		printf("%*ju ", width, (uintmax_t)entry->st.st_ino);
	else
		printf("%*s ", width, "?");
}
