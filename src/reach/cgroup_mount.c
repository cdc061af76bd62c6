/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup_mount.c - paths of cgroups, and mounts that have them. See cgroup_mount.h. */
#include "reach/cgroup_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/vfs.h>

#include "reach/mountinfo.h"
#include "reach/util.h"

static bool has_word(const char *list, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (const char *end = list + len; list < end; list += strcspn(list, ",:") + 1)
		if (strncmp(list, word, n) == 0 && strchr(",:", list[n]))
			return true;
	return false;
}

char *nsv_cgroup_find_path(const char *text, unsigned version, const char *controller)
{
	for (; *text; text += *text == '\n') {
		const char *end = strchrnul(text, '\n');
		const char *list = strchr(text, ':');
		const char *path = list && list < end ? strchr(list + 1, ':') : NULL;

		if (path && path < end &&
		    (version == 2 ? strncmp(text, "0::", 3) == 0
				  : has_word(list + 1, (size_t)(path - list - 1), controller)))
			return strndup(path + 1, (size_t)(end - path - 1));
		text = end;
	}
	return NULL;
}

bool nsv_cgroup_climbs(const char *path)
{
	size_t len = strlen(path);

	return strstr(path, "/../") || (len >= 3 && strcmp(path + len - 3, "/..") == 0);
}

bool nsv_is_cgroup(int fd, unsigned version)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 &&
	       fs.f_type == (version == 2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC);
}

/* How much of @path the mount's root takes; negative: the path is not below it. */
static ssize_t prefix_of(const char *root, const char *path)
{
	size_t len = strlen(root);

	if (strcmp(root, "/") == 0)
		return 0;
	return strncmp(root, path, len) == 0 && (path[len] == '/' || !path[len]) ? (ssize_t)len
										 : -1;
}

int nsv_cgroup_open_mount(int procfs, unsigned version, const char *controller, const char *path,
			  size_t *ret_prefix)
{
	nsv_automountinfo struct nsv_mountinfo table;
	struct nsv_mount_line line;
	int r = nsv_mountinfo_open(&table, procfs, "self", NSV_MOUNTINFO_MAX);

	while (r == 0 && (r = nsv_mountinfo_next(&table, &line)) > 0) {
		nsv_autofd int fd = NSV_FD_NONE;
		ssize_t prefix;

		r = 0;
		if (version == 2 ? strcmp(line.type, "cgroup2") != 0
				 : strcmp(line.type, "cgroup") != 0 ||
				       !has_word(line.super, strlen(line.super), controller))
			continue;
		prefix = prefix_of(line.root, path);
		if (prefix < 0)
			continue;
		fd = open(line.point, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || !nsv_is_cgroup(fd, version))
			continue; /* something else was mounted over it */
		*ret_prefix = (size_t)prefix;
		return nsv_steal_fd(&fd);
	}
	return r < 0 ? r : -ENOENT;
}
