/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_colors.h - the colours of names: LS_COLORS as dircolors(1) makes it.
 *
 * The text is the user's own, as long as the kernel lets a variable be; what is kept of it is no
 * longer than the text, and a suffix of every name in it. Main thread only.
 */
#ifndef NSV_CLI_NSLS_COLORS_H
#define NSV_CLI_NSLS_COLORS_H

#include <stdbool.h>
#include <stddef.h>

/* In the order of the words in nsls_colors.c, which dir_colors(5) explains. */
enum ls_kind {
	LS_LEFT,
	LS_RIGHT,
	LS_END,
	LS_RESET,
	LS_NORMAL,
	LS_FILE,
	LS_DIR,
	LS_LINK,
	LS_FIFO,
	LS_SOCKET,
	LS_BLOCK,
	LS_CHAR,
	LS_MISSING,
	LS_ORPHAN,
	LS_EXEC,
	LS_DOOR,
	LS_SETUID,
	LS_SETGID,
	LS_STICKY,
	LS_OTHERS_WRITE,
	LS_STICKY_OTHERS_WRITE,
	LS_CAPABLE,
	LS_HARD_LINKS,
	LS_CLEAR_LINE,
	LS_KINDS
};

/* A sequence of any bytes. @text is NULL where there is none. */
struct ls_color {
	const char *text;
	size_t len;
};

struct ls_suffix {
	struct ls_color suffix, color;
};

struct ls_colors {
	struct ls_color kinds[LS_KINDS];
	struct ls_suffix *suffixes; /* of two that fit the later one counts */
	size_t count, size;
	char *text;	  /* of all that LS_COLORS has set */
	bool like_target; /* ln=target: a link has the colour of what it leads to */
	bool begun;	  /* something was coloured */
};

/* NULL or "": the colours that nsls has by itself. Returns NULL if @text is malformed. */
struct ls_colors *ls_colors_parse(const char *text);
struct ls_colors *ls_colors_free(struct ls_colors *colors);
/* Whether the kind has a colour: "", "0" and "00" are none. */
bool ls_is_colored(const struct ls_colors *colors, enum ls_kind kind);
/* The colour of the last suffix that @name ends with, in letters of either case, or NULL. */
const struct ls_color *ls_suffix_color(const struct ls_colors *colors, const char *name);

#endif
