/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nscp_arg.c - which side an argument is on. The rule is in nscp.h. */
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include "cli/nscp.h"

#define DIGITS "0123456789"

static bool is_namespace_file(const char *text, size_t len)
{
	static const char end[] = "/ns/mnt";
	struct statfs fs;
	char *path;
	bool yes;

	if (len >= sizeof(end) - 1 && !memcmp(text + len - (sizeof(end) - 1), end, sizeof(end) - 1))
		return true;
	path = strndup(text, len);
	if (!path)
		cli_no_memory();
	yes = statfs(path, &fs) == 0 && fs.f_type == NSFS_MAGIC;
	free(path);
	return yes;
}

/* The colon that ends the spec, or NULL. */
static const char *find_colon(const char *text)
{
	const char *first = strchr(text, ':');
	size_t n = strspn(text, DIGITS);
	const char *slash;

	if (!first || first == text)
		return NULL;
	if (n && text[n] == ':') {
		size_t inode = strspn(text + n + 1, DIGITS);

		return inode && text[n + 1 + inode] == ':' ? text + n + 1 + inode : text + n;
	}
	if (*text == '.' || memchr(text, '/', (size_t)(first - text))) {
		for (; first; first = strchr(first + 1, ':'))
			if (is_namespace_file(text, (size_t)(first - text)))
				return first;
		return NULL;
	}
	slash = strstr(text, ":/");
	if (slash)
		return slash;
	return text[strlen(text) - 1] == ':' ? text + strlen(text) - 1 : NULL;
}

void cp_parse_arg(const char *text, struct cp_arg *ret)
{
	const char *colon = find_colon(text);

	*ret = (struct cp_arg){ .text = text, .path = text, .dash = !strcmp(text, "-") };
	if (!colon)
		return;
	ret->spec = strndup(text, (size_t)(colon - text));
	if (!ret->spec)
		cli_no_memory();
	ret->path = colon[1] ? colon + 1 : "/";
}
