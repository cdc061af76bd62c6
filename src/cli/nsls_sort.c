/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_sort.c - the orders that names can be listed in. Where an order leaves two equal, their
 * bytes decide.
 */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "nsls.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ls_entry *)a)->name, ((const struct ls_entry *)b)->name);
}

static int by_time(const void *a, const void *b)
{
	const struct timespec *x = &((const struct ls_entry *)a)->when;
	const struct timespec *y = &((const struct ls_entry *)b)->when;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec > y->tv_sec ? -1 : 1;
	if (x->tv_nsec != y->tv_nsec)
		return x->tv_nsec > y->tv_nsec ? -1 : 1;
	return by_name(a, b);
}

static int by_size(const void *a, const void *b)
{
	off_t x = ((const struct ls_entry *)a)->st.st_size;
	off_t y = ((const struct ls_entry *)b)->st.st_size;

	return x != y ? (x > y ? -1 : 1) : by_name(a, b);
}

static int by_version(const void *a, const void *b)
{
	return ls_compare_versions(((const struct ls_entry *)a)->name,
				   ((const struct ls_entry *)b)->name);
}

/* From the last dot on; a name without one comes first. */
static int by_extension(const void *a, const void *b)
{
	const char *x = strrchr(((const struct ls_entry *)a)->name, '.');
	const char *y = strrchr(((const struct ls_entry *)b)->name, '.');
	int r = strcmp(x ? x : "", y ? y : "");

	return r ? r : by_name(a, b);
}

static int by_width(const void *a, const void *b)
{
	size_t x = ((const struct ls_entry *)a)->width, y = ((const struct ls_entry *)b)->width;

	return x != y ? (x < y ? -1 : 1) : by_name(a, b);
}

/* Columns of a name that is not escaped: controls take none and, outside of UTF-8, only ASCII does.
 */
static size_t raw_width(const char *name, bool utf8)
{
	size_t width = 0, left = strlen(name);

	while (left) {
		uint32_t code = (unsigned char)*name;
		size_t n = utf8 ? cli_utf8_char(name, left, &code) : 0;
		int w;

		if (!n) {
			width += utf8 || (code >= ' ' && code < 0x7f);
			n = 1;
		} else {
			w = wcwidth((wchar_t)code);
			width += w >= 0 ? (size_t)w : !iswcntrl((wint_t)code);
		}
		name += n;
		left -= n;
	}
	return width;
}

static void measure(const struct ls_options *o, struct ls_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct ls_entry *entry = &list->entries[i];
		size_t len;

		if (o->escape)
			free(ls_shown(o, entry->name, strlen(entry->name), &len, &entry->width));
		else
			entry->width = raw_width(entry->name, o->utf8);
	}
}

/* Directories, and links to them, before the rest; both parts keep their order. */
static void put_directories_first(struct ls_list *list)
{
	struct ls_entry *sorted = reallocarray(NULL, list->size, sizeof(*sorted));
	size_t n = 0;

	if (!sorted)
		cli_no_memory();
	for (int rest = 0; rest < 2; rest++)
		for (size_t i = 0; i < list->count; i++) {
			const struct ls_entry *entry = &list->entries[i];
			bool first = entry->type == S_IFDIR || S_ISDIR(entry->link_mode);

			if (first == !rest)
				sorted[n++] = *entry;
		}
	free(list->entries);
	list->entries = sorted;
}

void ls_list_sort(const struct ls_options *o, struct ls_list *list)
{
	static int (*const orders[])(const void *, const void *) = {
		[LS_BY_NAME] = by_name,		  [LS_BY_TIME] = by_time,
		[LS_BY_SIZE] = by_size,		  [LS_BY_VERSION] = by_version,
		[LS_BY_EXTENSION] = by_extension, [LS_BY_WIDTH] = by_width,
	};

	if (!list->count || o->sort == LS_UNSORTED)
		return;
	if (o->sort == LS_BY_WIDTH)
		measure(o, list);
	qsort(list->entries, list->count, sizeof(*list->entries), orders[o->sort]);
	for (size_t i = 0, j = list->count - 1; o->reverse && i < j; i++, j--) {
		struct ls_entry swap = list->entries[i];

		list->entries[i] = list->entries[j];
		list->entries[j] = swap;
	}
	if (o->dirs_first)
		put_directories_first(list);
}
