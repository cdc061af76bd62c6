/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * escape.h - makes names printable. A name that a container chose reaches a terminal or an error
 * message through cli_escape() only. No state, no locks.
 */
#ifndef NSV_COMMAND_ESCAPE_H
#define NSV_COMMAND_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether the first of LC_ALL, LC_CTYPE and LANG that is set names UTF-8. setlocale(3) would open
 * files.
 */
bool cli_locale_is_utf8(void);
/*
 * Returns @len bytes of @text with C-style escapes for control bytes, DEL, backslash, bytes that
 * are not UTF-8 and harmful characters (cli_is_harmful()); without @utf8, for every byte above 127.
 * The result is malloc'd and never NULL: out of memory ends the command. *ret_len may be NULL.
 */
char *cli_escape(const char *text, size_t len, bool utf8, size_t *ret_len);
/*
 * Whether @code is a control, a line separator, an interlinear annotation or an invisible
 * character: Unicode's Default_Ignorable_Code_Point (zero-width characters, fillers, tags,
 * variation selectors, marks that turn the direction of text).
 */
bool cli_is_harmful(uint32_t code);
/* The length in bytes of the valid UTF-8 character at @text; 0: none. @ret_code may be NULL. */
size_t cli_utf8_char(const char *text, size_t len, uint32_t *ret_code);

#endif
