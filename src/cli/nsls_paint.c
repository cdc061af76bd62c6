/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_paint.c - which colour an entry has, and the sequences around its name, as ls(1) writes
 * them.
 */
#include <stdio.h>
#include <string.h>

#include "nsls.h"
#include "nsls_colors.h"

static enum ls_kind kind_of_file(const struct ls_colors *c, const struct ls_entry *entry,
				 mode_t mode)
{
	if ((mode & S_ISUID) && ls_is_colored(c, LS_SETUID))
		return LS_SETUID;
	if ((mode & S_ISGID) && ls_is_colored(c, LS_SETGID))
		return LS_SETGID;
	if (entry->capable && ls_is_colored(c, LS_CAPABLE))
		return LS_CAPABLE;
	if ((mode & 0111) && ls_is_colored(c, LS_EXEC))
		return LS_EXEC;
	if (entry->st.st_nlink > 1 && ls_is_colored(c, LS_HARD_LINKS))
		return LS_HARD_LINKS;
	return LS_FILE;
}

static enum ls_kind kind_of_dir(const struct ls_colors *c, mode_t mode)
{
	if ((mode & S_ISVTX) && (mode & S_IWOTH) && ls_is_colored(c, LS_STICKY_OTHERS_WRITE))
		return LS_STICKY_OTHERS_WRITE;
	if ((mode & S_IWOTH) && ls_is_colored(c, LS_OTHERS_WRITE))
		return LS_OTHERS_WRITE;
	if ((mode & S_ISVTX) && ls_is_colored(c, LS_STICKY))
		return LS_STICKY;
	return LS_DIR;
}

static enum ls_kind kind_of(const struct ls_colors *c, const struct ls_entry *entry, mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return kind_of_file(c, entry, mode);
	case S_IFDIR:
		return kind_of_dir(c, mode);
	case S_IFLNK:
		return LS_LINK;
	case S_IFIFO:
		return LS_FIFO;
	case S_IFSOCK:
		return LS_SOCKET;
	case S_IFBLK:
		return LS_BLOCK;
	case S_IFCHR:
		return LS_CHAR;
	default:
		return LS_ORPHAN;
	}
}

const struct ls_color *ls_color_of(const struct ls_colors *c, const struct ls_entry *entry,
				   bool target)
{
	const char *name = target ? entry->target : entry->name;
	const struct ls_color *color;
	mode_t mode = entry->stat_ok ? entry->st.st_mode : entry->type;
	enum ls_kind kind;

	if (target || (c->like_target && entry->link_ok))
		mode = entry->link_mode;
	if (target && !entry->link_ok && ls_is_colored(c, LS_MISSING))
		kind = LS_MISSING;
	else if (!target && !entry->stat_ok && !entry->type)
		kind = LS_ORPHAN;
	else
		kind = kind_of(c, entry, mode);
	if (kind == LS_LINK && !entry->link_ok && (c->like_target || ls_is_colored(c, LS_ORPHAN)))
		kind = LS_ORPHAN;
	color = kind == LS_FILE ? ls_suffix_color(c, name) : NULL;
	color = color ? color : &c->kinds[kind];
	return color->text ? color : NULL;
}

bool ls_colors_follow_links(const struct ls_colors *c, bool long_format)
{
	return ls_is_colored(c, LS_ORPHAN) || (ls_is_colored(c, LS_EXEC) && c->like_target) ||
	       (ls_is_colored(c, LS_MISSING) && long_format);
}

static void put(const struct ls_color *color)
{
	(void)fwrite(color->text, 1, color->len, stdout);
}

static void put_kind(struct ls_colors *c, enum ls_kind kind)
{
	if (!c->kinds[kind].text)
		return;
	put(&c->kinds[kind]);
}

static void put_reset(struct ls_colors *c)
{
	if (c->kinds[LS_END].text) {
		put_kind(c, LS_END);
		return;
	}
	put_kind(c, LS_LEFT);
	put_kind(c, LS_RESET);
	put_kind(c, LS_RIGHT);
}

/* Before the first colour the terminal's own is set back. */
static void begin(struct ls_colors *c)
{
	if (c->begun)
		return;
	c->begun = true;
	put_reset(c);
}

void ls_paint_normal(struct ls_colors *c)
{
	if (!c || !ls_is_colored(c, LS_NORMAL))
		return;
	begin(c);
	put_kind(c, LS_LEFT);
	put_kind(c, LS_NORMAL);
	put_kind(c, LS_RIGHT);
}

void ls_paint_begin(struct ls_colors *c, const struct ls_color *color)
{
	if (!color)
		return;
	begin(c);
	if (ls_is_colored(c, LS_NORMAL)) {
		put_kind(c, LS_LEFT);
		put_kind(c, LS_RIGHT);
	}
	put_kind(c, LS_LEFT);
	put(color);
	put_kind(c, LS_RIGHT);
}

void ls_paint_end(struct ls_colors *c, const struct ls_color *color, bool wraps)
{
	if (!color && !ls_is_colored(c, LS_NORMAL))
		return;
	begin(c);
	put_reset(c);
	if (wraps)
		put_kind(c, LS_CLEAR_LINE);
}

void ls_paint_finish(struct ls_colors *c)
{
	const struct ls_color *left, *right;

	if (!c || !c->begun)
		return;
	left = &c->kinds[LS_LEFT];
	right = &c->kinds[LS_RIGHT];
	if (left->len == 2 && !memcmp(left->text, "\033[", 2) && right->len == 1 &&
	    *right->text == 'm')
		return;
	put_kind(c, LS_LEFT);
	put_kind(c, LS_RIGHT);
}
