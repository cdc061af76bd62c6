/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_wildcard.c - a pattern, and after the first newline a name: the answer is that of fnmatch(3)
 * in a UTF-8 locale, and a step by step match that of the whole.
 */
#include "fuzz.h"

#include <fnmatch.h>
#include <locale.h>

#include "reach/match.h"
#include "reach/util.h"
#include "reach/wildcard.h"

/*
 * fnmatch(3) takes no "\" at the end for itself, nor "[" without an end, and has no range that
 * ends in a class. Behind "a]" every "[" has an end.
 */
static bool is_comparable(const char *pattern, const char *name)
{
	size_t len = strlen(pattern);

	if (mbstowcs(NULL, pattern, 0) == (size_t)-1 || mbstowcs(NULL, name, 0) == (size_t)-1)
		return false;
	if (strchr(pattern, '[') && (len < 2 || strcmp(pattern + len - 2, "a]") != 0))
		return false;
	return !strstr(pattern, "[.") && !strstr(pattern, "[=") && !strstr(pattern, "[:") &&
	       !(len && pattern[len - 1] == '\\');
}

static bool is_ascii(const char *text)
{
	while ((unsigned char)*text - 1U < 0x7f)
		text++;
	return !*text;
}

/* Where characters have more bytes than one, glibc tries bytes as well. */
static void compare(const char *pattern, const char *name)
{
	bool got = nsv_wildcard_matches(pattern, strlen(pattern), name, strlen(name));

	if (!is_comparable(pattern, name))
		return;
	if (got)
		FUZZ_CHECK(fnmatch(pattern, name, 0) == 0);
	else if (is_ascii(pattern) && is_ascii(name))
		FUZZ_CHECK(fnmatch(pattern, name, 0) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	nsv_autofree char *text = NULL;
	char *name;

	if (size > 600 || !setlocale(LC_CTYPE, "C.UTF-8"))
		return 0;
	text = fuzz_text(data, size);
	name = strchr(text, '\n');
	if (!name)
		return 0;
	*name++ = '\0';
	compare(text, name);
	for (int kind = NSV_MATCH_TREES; kind <= NSV_MATCH_GLOB; kind++)
		FUZZ_CHECK(nsv_match_path(text, name, (enum nsv_match_kind)kind) <= NSV_MATCH_YES);
	FUZZ_CHECK(nsv_wildcard_unescape(text, strlen(text)) <= size);
	return 0;
}
