/* SPDX-License-Identifier: GPL-2.0-or-later */
/* links.c - checks and rewrites the texts of links. Opens no files. No state. */
#include "fuse/ops/links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reach/util.h"

/* Returns the next name of a path, and its length; NULL at the end. Skips ".". */
static const char *next_name(const char **at, size_t *ret_len)
{
	for (;;) {
		const char *name = *at + strspn(*at, "/");

		*ret_len = strcspn(name, "/");
		*at = name + *ret_len;
		if (*ret_len == 0)
			return NULL;
		if (*ret_len != 1 || *name != '.')
			return name;
	}
}

static bool is_up(const char *name, size_t len)
{
	return len == 2 && name[0] == '.' && name[1] == '.';
}

bool link_needs_resolving(const char *text)
{
	bool went_down = false;
	const char *name;
	size_t len;

	while ((name = next_name(&text, &len))) {
		if (!is_up(name, len))
			went_down = true;
		else if (went_down)
			return true;
	}
	return false;
}

bool link_goes_up(const char *text)
{
	size_t len;
	const char *name = next_name(&text, &len);

	return name && is_up(name, len);
}

bool link_is_confined(const char *text, unsigned depth)
{
	const char *name;
	size_t len;

	if (*text == '/' || link_needs_resolving(text))
		return false;
	while ((name = next_name(&text, &len)) && is_up(name, len))
		if (depth-- == 0)
			return false;
	return true;
}

/*
 * Appends the names of @path to the path in @to; ".." removes the last name. Returns the new
 * length.
 */
static size_t add_names(char *to, size_t len, const char *path)
{
	const char *name;
	size_t n;

	while ((name = next_name(&path, &n))) {
		if (is_up(name, n)) {
			while (len && to[--len] != '/')
				;
			continue;
		}
		to[len++] = '/';
		memcpy(to + len, name, n);
		len += n;
	}
	return len;
}

char *link_confine(const char *text, const char *dir, unsigned depth)
{
	size_t dir_len = strlen(dir), text_len = strlen(text), len = 0;
	nsv_autofree char *whole = malloc(dir_len + text_len + 4);
	char *answer, *to;

	if (!whole)
		return NULL;
	if (*text != '/')
		len = add_names(whole, len, dir);
	len = add_names(whole, len, text);
	/* A slash at the end demands a folder, so keep it. */
	if (len && text_len && text[text_len - 1] == '/')
		whole[len++] = '/';
	if ((size_t)depth * 3 + len > LINK_MAX_TEXT) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	answer = malloc((size_t)depth * 3 + len + 2);
	if (!answer)
		return NULL;
	to = answer;
	for (unsigned i = 0; i < depth; i++) {
		memcpy(to, "../", 3);
		to += 3;
	}
	if (len) { /* without its slash at the start */
		memcpy(to, whole + 1, len - 1);
		to += len - 1;
	}
	if (to == answer)
		*to++ = '.';
	else if (!len)
		to--; /* "../.." */
	*to = '\0';
	return answer;
}
