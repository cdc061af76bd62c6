/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_long.c - the long format, as ls(1) prints it in the C locale.
 *
 * Owners have the names that the container's own files give them. Times are the host's
 * local time, and by default show the year when they are not of the last six months.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/util.h"
#include "nsls.h"

#define HALF_A_YEAR (31556952 / 2)

/* How wide each column is for one list. */
struct widths {
	struct ls_frills frills;
	int nlink, owner, group, size, major, minor;
	bool marks; /* of ACLs and labels behind the modes */
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
	w->marks = w->marks || entry->acl || entry->label;
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

static void print_mode(const struct ls_entry *entry, bool marks)
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
	if (marks)
		text[10] = !entry->stat_ok ? '?' : entry->acl ? '+' : entry->label ? '.' : ' ';
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

/* Returns the columns that the size takes. */
static int print_size(const struct ls *ls, const struct ls_entry *entry, const struct widths *w)
{
	char buf[CLI_SIZE_BUF];

	if (is_device(entry)) {
		int blanks = w->size - (w->major + 2 + w->minor);

		return printf("%*u, %*u ", w->major + (blanks > 0 ? blanks : 0),
			      major(entry->st.st_rdev), w->minor, minor(entry->st.st_rdev));
	}
	if (ls->o.human)
		return printf("%*s ", w->size, cli_human_size((uint64_t)entry->st.st_size, buf));
	return printf("%*ju ", w->size, (uintmax_t)entry->st.st_size);
}

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* Columns of a time. */
static int time_width(enum ls_time_style style)
{
	static const int widths[] = {
		[LS_LOCALE] = 12, [LS_FULL_ISO] = 35, [LS_LONG_ISO] = 16, [LS_ISO] = 11
	};

	return widths[style];
}

/* @recent: the year is clear. Without the seconds' fraction and the zone of LS_FULL_ISO. */
static void format_time(enum ls_time_style style, bool recent, const struct tm *tm, char *buf,
			size_t size)
{
	switch (style) {
	case LS_FULL_ISO:
		(void)strftime(buf, size, "%Y-%m-%d %H:%M:%S", tm);
		return;
	case LS_LONG_ISO:
		(void)strftime(buf, size, "%Y-%m-%d %H:%M", tm);
		return;
	case LS_ISO:
		if (recent)
			(void)strftime(buf, size, "%m-%d %H:%M", tm);
		else
			(void)strftime(buf, size, "%Y-%m-%d ", tm);
		return;
	default:
		if (recent)
			(void)strftime(buf, size, "%b %e %H:%M", tm);
		else
			(void)strftime(buf, size, "%b %e  %Y", tm);
	}
}

/* Whether @when is of the last six months. */
static bool is_recent(struct ls *ls, const struct timespec *when)
{
	struct timespec old;

	/* Written since the listing began is not the future. */
	if (is_later(when, &ls->now))
		(void)clock_gettime(CLOCK_REALTIME, &ls->now);
	old = ls->now;
	old.tv_sec -= HALF_A_YEAR;
	return is_later(when, &old) && !is_later(when, &ls->now);
}

/* Returns the columns that the time takes. */
static int print_time(struct ls *ls, const struct timespec *when)
{
	enum ls_time_style style = ls->o.time_style;
	char text[64], zone[16] = "";
	struct tm tm;

	if (when->tv_nsec < 0) /* the file system keeps none */
		return printf("%*s ", time_width(style), "?");
	if (!localtime_r(&when->tv_sec, &tm))
		return printf("%*jd ", time_width(style), (intmax_t)when->tv_sec);
	format_time(style, is_recent(ls, when), &tm, text, sizeof(text));
	if (style != LS_FULL_ISO)
		return printf("%s ", text);
	(void)strftime(zone, sizeof(zone), "%z", &tm);
	return printf("%s.%09ld %s ", text, when->tv_nsec, zone);
}

/* Mode to group, and the label. */
static void print_owners(const struct ls *ls, const struct ls_entry *entry, const struct widths *w)
{
	print_mode(entry, w->marks);
	if (entry->stat_ok) {
		printf("%*ju ", w->nlink, (uintmax_t)entry->st.st_nlink);
		print_owner(ls, NSV_ID_USER, entry->st.st_uid, w->owner);
		print_owner(ls, NSV_ID_GROUP, entry->st.st_gid, w->group);
	} else {
		printf("%*s %-*s %-*s ", w->nlink, "?", w->owner, "?", w->group, "?");
	}
	ls_show_label(&ls->o, entry, &w->frills);
}

static void print_entry(struct ls *ls, const struct ls_entry *entry, const struct widths *w)
{
	int at;

	ls_paint_normal(ls->o.colors);
	ls_show_inode_and_blocks(&ls->o, entry, &w->frills);
	print_owners(ls, entry, w);
	if (entry->stat_ok) {
		at = print_size(ls, entry, w);
		at += print_time(ls, &entry->when);
	} else {
		at = printf("%*s %*s ", w->size, "?", time_width(ls->o.time_style), "?");
	}
	/* Where ls(1) assumes the name to begin: it leaves out what stands before the size. */
	ls_show_name(&ls->o, entry, at > 0 ? (size_t)at : 0);
	putchar(ls_eol(ls));
}

void ls_print_long(struct ls *ls, const struct ls_list *list)
{
	struct widths w = { .frills = ls_measure_frills(&ls->o, list) };

	for (size_t i = 0; i < list->count; i++)
		measure(ls, &list->entries[i], &w);
	for (size_t i = 0; i < list->shown; i++)
		print_entry(ls, &list->entries[i], &w);
}
