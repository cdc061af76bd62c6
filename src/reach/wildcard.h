/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wildcard.h - one name against one shell pattern, the same in every locale. No state. */
#ifndef NSV_REACH_WILDCARD_H
#define NSV_REACH_WILDCARD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * As fnmatch(3) in a UTF-8 locale without flags: "*", "?", "[...]" with ranges, "!" or "^" and
 * ASCII classes such as [:digit:], and "\" before a character that is meant itself. A byte that is
 * not UTF-8 counts as a character. Takes at most @pattern_len times @len steps.
 */
bool nsv_wildcard_matches(const char *pattern, size_t pattern_len, const char *name, size_t len);
/* Whether @text has any of "*", "?" and a whole "[...]" without a "\" before it. */
bool nsv_wildcard_in(const char *text, size_t len);
/* Removes each "\" that is before another character. In place; returns the new length. */
size_t nsv_wildcard_unescape(char *text, size_t len);

#endif
