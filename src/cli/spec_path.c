/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec_path.c - parses SPEC:PATH for every command, by the grammar in spec_path.h. No state. */
#include "cli/spec_path.h"

#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include <nsview/discover.h>

#include "command/message.h"

#define DIGITS "0123456789"

static char *copy_of(const char *text, size_t len)
{
	char *copy = strndup(text, len);

	if (!copy)
		cli_no_memory();
	return copy;
}

static bool is_namespace_file(const char *text, size_t len)
{
	static const char end[] = "/ns/mnt";
	struct statfs fs;
	char *path;
	bool yes;

	if (len >= sizeof(end) - 1 && !memcmp(text + len - (sizeof(end) - 1), end, sizeof(end) - 1))
		return true;
	path = copy_of(text, len);
	yes = statfs(path, &fs) == 0 && fs.f_type == NSFS_MAGIC;
	free(path);
	return yes;
}

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static const char *behind_namespace_file(const char *text)
{
	for (const char *colon = strchr(text, ':'); colon; colon = strchr(colon + 1, ':'))
		if (is_namespace_file(text, (size_t)(colon - text)))
			return colon;
	return NULL;
}

static const char *behind_pid(const char *text, const char *first)
{
	size_t inode = strspn(first + 1, DIGITS);

	return inode && first[1 + inode] == ':' ? first + 1 + inode : first;
}

/* Of a text that begins with "host:", "pod:" or "ENGINE:" and has a name behind it. */
static const char *behind_qualified(const char *text, const char *first)
{
	const char *slash = starts(text, "host:") ? strstr(first + 1, ":/") : NULL;

	return slash ? slash : strchr(first + 1, ':');
}

/*
 * No engine has a name that begins with a slash: docker:/x is /x of a container called docker. A
 * hostname may be anything.
 */
static bool is_qualified(const char *text, const char *first)
{
	if (starts(text, "host:"))
		return true;
	if (!first[1] || first[1] == '/')
		return false;
	return starts(text, "pod:") || starts(text, "-:") ||
	       nsv_engine_is_known(text, (size_t)(first - text));
}

/* The colon that ends SPEC; NULL: there is none, *ret_where says what that means. */
static const char *find_end(const char *text, enum cli_where *ret_where)
{
	const char *first = strchr(text, ':'), *end;

	*ret_where = strcmp(text, "-") == 0 ? CLI_ARCHIVE : CLI_ON_HOST;
	if (!first)
		return NULL;
	if (*text == '/' || starts(text, "./") || starts(text, "../"))
		return behind_namespace_file(text);
	if (first != text && strspn(text, DIGITS) == (size_t)(first - text))
		return behind_pid(text, first);
	if (!is_qualified(text, first))
		return first;
	end = behind_qualified(text, first);
	if (!end)
		*ret_where = CLI_NO_PATH;
	return end;
}

void cli_spec_path_parse(const char *text, struct cli_spec_path *ret)
{
	const char *end;

	*ret = (struct cli_spec_path){ .text = text, .path = text };
	end = find_end(text, &ret->where);
	if (!end)
		return;
	ret->where = CLI_IN_CONTAINER;
	ret->spec = copy_of(text, (size_t)(end - text));
	ret->path = end[1] ? end + 1 : "/";
}

void cli_spec_path_free(struct cli_spec_path *list, size_t n)
{
	for (size_t i = 0; list && i < n; i++) {
		free(list[i].spec);
		free(list[i].found);
	}
	free(list);
}

/* PID:INODE is what the first operand has always been. */
static bool is_pid_inode(const char *text)
{
	size_t pid = strspn(text, DIGITS);

	return pid && text[pid] == ':' && text[pid + 1] &&
	       text[pid + 1 + strspn(text + pid + 1, DIGITS)] == '\0';
}

/* Where the others have no PATH, "host:a:b" is a hostname with a colon, as it has always been. */
static bool is_hostname(char **operands, int n)
{
	struct cli_spec_path second;
	bool yes;

	if (n < 2 || !starts(operands[0], "host:") || strstr(operands[0] + strlen("host:"), ":/"))
		return false;
	cli_spec_path_parse(operands[1], &second);
	yes = second.where != CLI_IN_CONTAINER;
	free(second.spec);
	return yes;
}

struct cli_spec_path *cli_spec_paths(char **operands, int n, size_t *ret_n, bool *ret_typed)
{
	struct cli_spec_path *list = calloc((size_t)n + 1, sizeof(*list));

	if (!list)
		cli_no_memory();
	cli_spec_path_parse(operands[0], &list[0]);
	*ret_typed = list[0].where == CLI_IN_CONTAINER && !is_pid_inode(operands[0]) &&
		     !is_hostname(operands, n);
	*ret_n = *ret_typed || n == 1 ? (size_t)n : (size_t)n - 1;
	for (size_t i = 1; *ret_typed && i < *ret_n; i++) {
		cli_spec_path_parse(operands[i], &list[i]);
		if (list[i].where != CLI_IN_CONTAINER)
			cli_usage_error("%s: no SPEC:PATH, but '%s' is one: the file '%s' of the "
					"container '%s'",
					operands[i], operands[0], list[0].path, list[0].spec);
	}
	if (*ret_typed)
		return list;
	free(list[0].spec);
	for (size_t i = 0; i < *ret_n; i++)
		list[i] = (struct cli_spec_path){
			.where = CLI_IN_CONTAINER,
			.text = operands[0],
			.spec = copy_of(operands[0], strlen(operands[0])),
			.path = n == 1 ? "/" : operands[i + 1],
		};
	return list;
}
