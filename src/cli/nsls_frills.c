/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_frills.c - what -i, -s and -Z print beside a name, and the total.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "nsls.h"

/* @blocks of 512 bytes, in KiB or, with -h, like 1.1K. Returns @buf. */
static char *space(const struct ls_options *o, uint64_t blocks, char buf[static CLI_SIZE_BUF])
{
	if (o->human)
		return cli_human_size(blocks * 512, buf);
	(void)snprintf(buf, CLI_SIZE_BUF, "%ju", (uintmax_t)(blocks / 2 + blocks % 2));
	return buf;
}

static char *space_of(const struct ls_options *o, const struct ls_entry *entry,
		      char buf[static CLI_SIZE_BUF])
{
	if (entry->stat_ok)
		return space(o, (uint64_t)entry->st.st_blocks, buf);
	(void)snprintf(buf, CLI_SIZE_BUF, "?");
	return buf;
}

static size_t label_width(const struct ls_options *o, const struct ls_entry *entry)
{
	size_t len, width;

	if (!entry->label)
		return 1;
	free(ls_shown(o, entry->label, strlen(entry->label), &len, &width));
	return width;
}

static void widen(int *width, size_t value)
{
	*width = (int)value > *width ? (int)value : *width;
}

struct ls_frills ls_measure_frills(const struct ls_options *o, const struct ls_list *list)
{
	struct ls_frills w = { o->inode, o->blocks, o->label };
	char buf[CLI_SIZE_BUF];

	for (size_t i = 0; i < list->count; i++) {
		const struct ls_entry *entry = &list->entries[i];

		if (o->inode && entry->stat_ok)
			widen(&w.inode, (size_t)ls_digits(entry->st.st_ino));
		if (o->blocks)
			widen(&w.blocks, strlen(space_of(o, entry, buf)));
		if (o->label)
			widen(&w.label, label_width(o, entry));
	}
	return w;
}

size_t ls_frills_width(const struct ls_frills *w)
{
	int columns =
	    w->inode + (w->inode > 0) + w->blocks + (w->blocks > 0) + w->label + (w->label > 0);

	return (size_t)columns;
}

void ls_show_inode_and_blocks(const struct ls_options *o, const struct ls_entry *entry,
			      const struct ls_frills *w)
{
	char buf[CLI_SIZE_BUF];

	if (w->inode && entry->stat_ok)
		printf("%*ju ", w->inode, (uintmax_t)entry->st.st_ino);
	else if (w->inode)
		printf("%*s ", w->inode, "?");
	if (w->blocks)
		printf("%*s ", w->blocks, space_of(o, entry, buf));
}

void ls_show_label(const struct ls_options *o, const struct ls_entry *entry,
		   const struct ls_frills *w)
{
	const char *label = entry->label ? entry->label : "?";
	size_t len, width;
	nsv_autofree char *shown = NULL;
	int blanks;

	if (!w->label)
		return;
	shown = ls_shown(o, label, strlen(label), &len, &width);
	blanks = w->label - (int)width;
	/* As in ls(1): to the left in the long format, to the right in the others. */
	if (o->format == LS_LONG)
		printf("%s%*s ", shown, blanks, "");
	else
		printf("%*s%s ", blanks, "", shown);
}

void ls_print_total(const struct ls *ls, const struct ls_list *list)
{
	uint64_t blocks = 0; /* of 512 bytes */
	char buf[CLI_SIZE_BUF];

	for (size_t i = 0; i < list->count; i++)
		if (list->entries[i].stat_ok)
			blocks += (uint64_t)list->entries[i].st.st_blocks;
	printf("total %s%c", space(&ls->o, blocks, buf), ls_eol(ls));
}
