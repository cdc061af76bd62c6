/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscp_owner.c - the numbers for --chown. Names are those of the destination: of a container's own
 * /etc/passwd and /etc/group, or of the host's users. A container wrote the former: only regular
 * files are opened, within its root, and at most 1 MiB of each is read.
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/nscp.h"

#define FILE_MAX  ((size_t)1 << 20)
#define NUMBER_AT 2 /* name:password:number in both files */
#define GROUP_AT  3 /* of a user in passwd */

/* Parses an ID; -1 itself means "as it is" to the kernel. */
static bool is_number(const char *text, uint32_t *ret)
{
	char *end;
	unsigned long long n;

	if (*text < '0' || *text > '9')
		return false;
	n = strtoull(text, &end, 10);
	if (*end || n >= UINT32_MAX)
		return false;
	*ret = (uint32_t)n;
	return true;
}

/* Reads a file of the container; NULL: there is none, or it can't be read. */
static char *read_inside(struct nsv_root *root, const char *path)
{
	nsv_autofd int fd = nsv_root_open_file(root, path, 0, NULL, NULL);
	char *text = fd < 0 ? NULL : malloc(FILE_MAX + 1);
	size_t at = 0;
	ssize_t n;

	if (!text)
		return NULL;
	while (at < FILE_MAX && (n = read(fd, text + at, FILE_MAX - at)) > 0)
		at += (size_t)n;
	text[at] = '\0';
	/* What the limit has cut off is no line. */
	if (at == FILE_MAX)
		*(strrchr(text, '\n') ? strrchr(text, '\n') : text) = '\0';
	return text;
}

/* Finds the line of @name in a file like passwd(5), and the number in its field @at. */
static bool look_inside(struct nsv_root *root, const char *path, const char *name, int at,
			uint32_t *ret)
{
	nsv_autofree char *text = read_inside(root, path);
	char *rest = text, *line;

	while (rest && (line = strsep(&rest, "\n"))) {
		char *field = strsep(&line, ":");

		if (strcmp(field, name) != 0)
			continue;
		for (int i = 0; i < at && field; i++)
			field = line ? strsep(&line, ":") : NULL;
		return field && is_number(field, ret);
	}
	return false;
}

static bool find_user(struct nsv_root *root, const char *name, uint32_t *ret)
{
	const struct passwd *user;

	if (is_number(name, ret))
		return true;
	if (root)
		return look_inside(root, "/etc/passwd", name, NUMBER_AT, ret);
	user = getpwnam(name);
	if (user)
		*ret = user->pw_uid;
	return user;
}

static bool find_group(struct nsv_root *root, const char *name, uint32_t *ret)
{
	const struct group *group;

	if (is_number(name, ret))
		return true;
	if (root)
		return look_inside(root, "/etc/group", name, NUMBER_AT, ret);
	group = getgrnam(name);
	if (group)
		*ret = group->gr_gid;
	return group;
}

/* "USER:" is the user's own group. */
static bool find_own_group(struct nsv_root *root, const char *name, uint32_t *ret)
{
	const struct passwd *user;

	if (root)
		return look_inside(root, "/etc/passwd", name, GROUP_AT, ret);
	user = getpwnam(name);
	if (user)
		*ret = user->pw_gid;
	return user;
}

bool cp_owner(const struct cp_options *o, const struct cli_spec_path *dest, struct nsv_root *root,
	      struct nsv_copy_options *copy)
{
	nsv_autofree char *user = o->chown ? strdup(o->chown) : NULL;
	const char *where = dest->spec ? "the container" : "the host";
	char *group;

	if (!o->chown)
		return true;
	if (!user)
		cli_no_memory();
	group = strchr(user, ':');
	if (group)
		*group++ = '\0';
	if (*user && !find_user(root, user, &copy->uid)) {
		cli_error("--chown: %s has no user '%s'", where, user);
		return false;
	}
	if (group && *group && !find_group(root, group, &copy->gid)) {
		cli_error("--chown: %s has no group '%s'", where, group);
		return false;
	}
	if (group && !*group && !find_own_group(root, user, &copy->gid)) {
		cli_error("--chown: %s has no user '%s', whose group that would be", where, user);
		return false;
	}
	copy->flags |= (*user ? NSV_COPY_GIVE_UID : 0U) | (group ? NSV_COPY_GIVE_GID : 0U);
	return true;
}
