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
 * Whether LC_ALL, LC_CTYPE or LANG, the first that is set, names UTF-8. Not by setlocale(3), which
 * opens files.
 */
bool cli_locale_is_utf8(void);
/*
 * @len bytes of @text as C-style escapes: control bytes, DEL, backslash, bytes that
 * are no UTF-8, and every character that cli_is_harmful(). Every
 * byte above 127 where the terminal is not UTF-8. Result malloc'd (never NULL: out
 * of memory ends the command), *ret_len may be NULL.
 */
char *cli_escape(const char *text, size_t len, bool utf8, size_t *ret_len);
/*
 * Controls, what breaks the line, and what shows nothing: all of Unicode's
 * Default_Ignorable_Code_Point (zero-width characters, fillers, tags, variation selectors, what
 * turns the direction of text) and interlinear annotation.
 */
bool cli_is_harmful(uint32_t code);
/* Bytes of the valid UTF-8 character at @text; 0: none. *ret_code may be NULL. */
size_t cli_utf8_char(const char *text, size_t len, uint32_t *ret_code);

#endif
