/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * users.c - passwd(5) of a container: 1 MiB of it, NSV_USERS_MAX lines, NSV_HOMES_MAX homes that
 * exist. It may be a link, a device, a FIFO or endless: only a regular file is opened, within the
 * container.
 */
#include "collect/artifacts/users.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "reach/util.h"

#define PASSWD_MAX ((size_t)1 << 20)

char *nsv_pattern_escape(const char *text)
{
	char *out = malloc(2 * strlen(text) + 1), *p = out;

	for (; out && *text; text++) {
		if (strchr("*?[]\\", *text))
			*p++ = '\\';
		*p++ = *text;
	}
	if (out)
		*p = '\0';
	return out;
}

static struct nsv_user *more(struct nsv_artifact_users *u)
{
	struct nsv_user *list = reallocarray(u->list, u->n + 1, sizeof(*list));

	if (!list)
		return NULL;
	u->list = list;
	list[u->n] = (struct nsv_user){ 0 };
	return &list[u->n++];
}

/* Whether the home is there, and is the first of its kind. */
static int look_at_home(struct nsv_artifact_users *u, struct nsv_root *root, struct nsv_user *user,
			const char *home)
{
	nsv_autofree char *canonical = NULL;
	nsv_autofd int fd = NSV_FD_NONE;

	if (root) {
		fd = nsv_root_open_path(root, home, 0, NULL);
		if (fd < 0 || nsv_root_canonical(root, home, 0, &canonical, NULL) < 0)
			return 0;
		home = canonical;
	}
	/* "/" is not doubled before what follows. */
	user->home = nsv_pattern_escape(strcmp(home, "/") == 0 ? "" : home);
	if (!user->home)
		return -ENOMEM;
	user->first = true;
	for (size_t i = 0; i + 1 < u->n && user->first; i++)
		user->first = !u->list[i].home || strcmp(u->list[i].home, user->home) != 0;
	u->n_homes += user->first;
	return 0;
}

/* name:password:uid:gid:gecos:home:shell; false: it is no such line. */
static bool split(char *line, char *fields[6])
{
	for (size_t i = 0; i < 6; i++) {
		fields[i] = line ? strsep(&line, ":") : NULL;
		if (!fields[i])
			return false;
	}
	return *fields[0] && fields[5][0] == '/' &&
	       fields[2][strspn(fields[2], "0123456789")] == '\0';
}

static int take_line(struct nsv_artifact_users *u, struct nsv_root *root, char *line)
{
	char *fields[6];
	struct nsv_user *user;

	if (!split(line, fields))
		return 0;
	if (u->n == NSV_USERS_MAX || u->n_homes == NSV_HOMES_MAX) {
		u->trouble = "/etc/passwd has too many users";
		return 0;
	}
	user = more(u);
	if (!user)
		return -ENOMEM;
	user->name = nsv_pattern_escape(fields[0]);
	user->uid = strdup(fields[2]);
	if (!user->name || !user->uid)
		return -ENOMEM;
	return look_at_home(u, root, user, fields[5]);
}

int nsv_users_parse(struct nsv_artifact_users *u, struct nsv_root *root, char *text)
{
	char *rest = text, *line;
	int r = 0;

	while (r == 0 && (line = strsep(&rest, "\n")))
		r = take_line(u, root, line);
	return r;
}

static int guess(struct nsv_artifact_users *u)
{
	static const char *const homes[] = { "/root", "/home/*" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(homes); i++) {
		struct nsv_user *user = more(u);

		if (!user)
			return -ENOMEM;
		user->name = strdup(i ? "*" : "root");
		user->uid = strdup(i ? "*" : "0");
		user->home = strdup(homes[i]);
		user->first = true;
		if (!user->name || !user->uid || !user->home)
			return -ENOMEM;
	}
	return 0;
}

int nsv_artifact_users_read(struct nsv_artifact_users *u, struct nsv_root *root)
{
	nsv_autofree char *text = malloc(PASSWD_MAX + 1);
	nsv_autofd int fd = nsv_root_open_file(root, "/etc/passwd", 0, NULL, NULL);
	size_t len = 0;
	ssize_t n = 1;
	int r;

	if (!text)
		return -ENOMEM;
	while (fd >= 0 && len < PASSWD_MAX && n > 0) {
		n = read(fd, text + len, PASSWD_MAX - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (fd < 0 || n < 0)
		u->trouble = "/etc/passwd can't be read";
	else if (len == PASSWD_MAX)
		u->trouble = "/etc/passwd is larger than 1 MiB";
	/* A NUL ends what is read, as it does for the C library. */
	text[len] = '\0';
	r = nsv_users_parse(u, root, text);
	if (r == 0 && u->n == 0 && !u->trouble)
		u->trouble = "/etc/passwd has no user";
	return r == 0 && u->trouble ? guess(u) : r;
}

void nsv_artifact_users_free(struct nsv_artifact_users *u)
{
	for (size_t i = 0; i < u->n; i++) {
		free(u->list[i].name);
		free(u->list[i].uid);
		free(u->list[i].home);
	}
	free(u->list);
	*u = (struct nsv_artifact_users){ 0 };
}
