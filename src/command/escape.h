/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * escape.h - names on terminals. Names that a container chose never reach a terminal, or an error
 * message, without cli_escape().
 */
#ifndef NSV_COMMAND_ESCAPE_H
#define NSV_COMMAND_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the user's locale (LC_ALL, LC_CTYPE, LANG) says UTF-8; looked up without setlocale(3). */
bool cli_locale_is_utf8(void);
/*
 * @len bytes of @text as C-style escapes: control bytes, DEL, backslash, bytes that
 * are no UTF-8, C1 controls and the characters that turn the direction of text. Every
 * byte above 127 where the terminal is not UTF-8. Result malloc'd (never NULL: out
 * of memory ends the command), *ret_len may be NULL.
 */
char *cli_escape(const char *text, size_t len, bool utf8, size_t *ret_len);
/* Controls, and what turns the direction of the text around it or breaks the line. */
bool cli_is_harmful(uint32_t code);
/* How many bytes at @text form one valid UTF-8 character; 0 for none. *ret_code may be NULL. */
size_t cli_utf8_char(const char *text, size_t len, uint32_t *ret_code);

#endif
