/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_long.c - the long format, as ls(1) prints it in the C locale.
 *
 * Owners have the names that the container's own files give them. Times are the host's
 * local time, and show the year when they are not of the last six months.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "nsls.h"
#include "reach/util.h"

#define HALF_A_YEAR (31556952 / 2)

/* How wide each column is for one list. */
struct widths {
	int inode, nlink, owner, group, size, major, minor;
	bool acl;
};

static void widen(int *width, int value)
{
	*width = value > *width ? value : *width;
}

static const char *owner_name(const struct ls *ls, enum nsv_id_kind kind, uint32_t shown)
{
	return ls_name_of(kind == NSV_ID_USER ? ls->users : ls->groups, shown);
}

static int owner_width(const struct ls *ls, enum nsv_id_kind kind, uint32_t id)
{
	uint32_t shown = ls_id(ls, kind, id);
	const char *name = owner_name(ls, kind, shown);
	size_t len, width;

	if (!name)
		return ls_digits(shown);
	free(ls_shown(&ls->o, name, strlen(name), &len, &width));
	return (int)width;
}

static int size_width(const struct ls *ls, off_t size)
{
	char buf[CLI_SIZE_BUF];

	return ls->o.human ? (int)strlen(cli_human_size((uint64_t)size, buf))
			   : ls_digits((uint64_t)size);
}

static bool is_device(const struct ls_entry *entry)
{
	return entry->type == S_IFCHR || entry->type == S_IFBLK;
}

static void measure(const struct ls *ls, const struct ls_entry *entry, struct widths *w)
{
	w->acl = w->acl || entry->acl;
	if (!entry->stat_ok) {
		widen(&w->nlink, 1);
		widen(&w->owner, 1);
		widen(&w->group, 1);
		widen(&w->size, 1);
		return;
	}
	widen(&w->nlink, ls_digits(entry->st.st_nlink));
	widen(&w->owner, owner_width(ls, NSV_ID_USER, entry->st.st_uid));
	widen(&w->group, owner_width(ls, NSV_ID_GROUP, entry->st.st_gid));
	if (is_device(entry)) {
		widen(&w->major, ls_digits(major(entry->st.st_rdev)));
		widen(&w->minor, ls_digits(minor(entry->st.st_rdev)));
		widen(&w->size, w->major + 2 + w->minor);
	} else {
		widen(&w->size, size_width(ls, entry->st.st_size));
	}
}

static char type_letter(mode_t type)
{
	switch (type) {
	case S_IFREG:
		return '-';
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	default:
		return '?';
	}
}

static void print_mode(const struct ls_entry *entry, bool acl_column)
{
	static const char letters[] = "rwxrwxrwx";
	mode_t mode = entry->st.st_mode;
	char text[12] = "";

	text[0] = type_letter(entry->type);
	for (int i = 0; i < 9; i++)
		text[i + 1] = !entry->stat_ok ? '?' : mode & (0400U >> i) ? letters[i] : '-';
	if (entry->stat_ok && mode & S_ISUID)
		text[3] = mode & S_IXUSR ? 's' : 'S';
	if (entry->stat_ok && mode & S_ISGID)
		text[6] = mode & S_IXGRP ? 's' : 'S';
	if (entry->stat_ok && mode & S_ISVTX)
		text[9] = mode & S_IXOTH ? 't' : 'T';
	if (acl_column)
		text[10] = !entry->stat_ok ? '?' : entry->acl ? '+' : ' ';
	printf("%s ", text);
}

static void print_owner(const struct ls *ls, enum nsv_id_kind kind, uint32_t id, int width)
{
	uint32_t shown = ls_id(ls, kind, id);
	const char *name = owner_name(ls, kind, shown);
	nsv_autofree char *text = NULL;
	size_t len, columns;

	if (!name) {
		printf("%*u ", width, shown);
		return;
	}
	text = ls_shown(&ls->o, name, strlen(name), &len, &columns);
	printf("%s%*s ", text, width - (int)columns, "");
}

static void print_size(const struct ls *ls, const struct ls_entry *entry, const struct widths *w)
{
	char buf[CLI_SIZE_BUF];

	if (is_device(entry)) {
		int blanks = w->size - (w->major + 2 + w->minor);

		printf("%*u, %*u ", w->major + (blanks > 0 ? blanks : 0), major(entry->st.st_rdev),
		       w->minor, minor(entry->st.st_rdev));
	} else if (ls->o.human) {
		printf("%*s ", w->size, cli_human_size((uint64_t)entry->st.st_size, buf));
	} else {
		printf("%*ju ", w->size, (uintmax_t)entry->st.st_size);
	}
}

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static void print_time(struct ls *ls, const struct timespec *when)
{
	struct timespec old;
	char text[64];
	struct tm tm;

	/* Written since the listing began is not the future. */
	if (is_later(when, &ls->now))
		(void)clock_gettime(CLOCK_REALTIME, &ls->now);
	old = ls->now;
	old.tv_sec -= HALF_A_YEAR;
	if (!localtime_r(&when->tv_sec, &tm)) {
		printf("%12jd ", (intmax_t)when->tv_sec);
		return;
	}
	if (is_later(when, &old) && !is_later(when, &ls->now))
		(void)strftime(text, sizeof(text), "%b %e %H:%M", &tm);
	else
		(void)strftime(text, sizeof(text), "%b %e  %Y", &tm);
	printf("%s ", text);
}

static void print_target(const struct ls *ls, const struct ls_entry *entry)
{
	nsv_autofree char *text = NULL;
	size_t len, width;

	if (!entry->target)
		return;
	text = ls_shown(&ls->o, entry->target, entry->target_len, &len, &width);
	printf(" -> ");
	(void)fwrite(text, 1, len, stdout);
}

static void print_entry(struct ls *ls, const struct ls_entry *entry, const struct widths *w)
{
	if (ls->o.inode)
		ls_show_inode(entry, w->inode);
	print_mode(entry, w->acl);
	if (entry->stat_ok) {
		printf("%*ju ", w->nlink, (uintmax_t)entry->st.st_nlink);
		print_owner(ls, NSV_ID_USER, entry->st.st_uid, w->owner);
		print_owner(ls, NSV_ID_GROUP, entry->st.st_gid, w->group);
		print_size(ls, entry, w);
		print_time(ls, &entry->st.st_mtim);
	} else {
		printf("%*s %-*s %-*s %*s %12s ", w->nlink, "?", w->owner, "?", w->group, "?",
		       w->size, "?", "?");
	}
	(void)ls_show_name(&ls->o, entry);
	print_target(ls, entry);
	putchar(ls_eol(ls));
}

void ls_print_long(struct ls *ls, const struct ls_list *list)
{
	struct widths w = { .inode = ls->o.inode ? ls_inode_width(list) : 0 };

	for (size_t i = 0; i < list->count; i++)
		measure(ls, &list->entries[i], &w);
	for (size_t i = 0; i < list->shown; i++)
		print_entry(ls, &list->entries[i], &w);
}

void ls_print_total(const struct ls *ls, const struct ls_list *list)
{
	uint64_t blocks = 0; /* of 512 bytes */
	char buf[CLI_SIZE_BUF];

	for (size_t i = 0; i < list->count; i++)
		if (list->entries[i].stat_ok)
			blocks += (uint64_t)list->entries[i].st.st_blocks;
	if (ls->o.human)
		printf("total %s%c", cli_human_size(blocks * 512, buf), ls_eol(ls));
	else
		printf("total %ju%c", (uintmax_t)(blocks / 2 + blocks % 2), ls_eol(ls));
}
