/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * layer.c - see layer.h. The marks are the kernel's or an engine's, and so is what may stand in
 * them; a privileged container could set them itself. All is read bounded.
 */
#include "changes/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#define MAX_RETRIES 64 /* openat2(2) answers EAGAIN while anything is renamed */

int nsv_layer_open(int dirfd, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (uint64_t)(unsigned)flags | O_CLOEXEC | O_NOFOLLOW,
		.resolve =
		    RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
	};

	for (unsigned i = 0;; i++) {
		long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EINTR && (errno != EAGAIN || i >= MAX_RETRIES))
			return -errno;
	}
}

int nsv_layer_open_dir(int fd)
{
	int dir = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_NOATIME | O_CLOEXEC);

	if (dir < 0 && errno == EPERM)
		dir = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -errno : dir;
}

/* O_PATH fds have attributes by their names in procfs only. */
static void name_of(int fd, char name[static 32])
{
	(void)snprintf(name, 32, "/proc/self/fd/%d", fd);
}

ssize_t nsv_attributes_list(int fd, char *buf, size_t size)
{
	char name[32];
	ssize_t n;

	name_of(fd, name);
	n = listxattr(name, buf, size);
	return n < 0 ? -errno : n;
}

ssize_t nsv_attribute_get(int fd, const char *attribute, char *buf, size_t size)
{
	char name[32];
	ssize_t n;

	name_of(fd, name);
	n = getxattr(name, attribute, buf, size);
	return n < 0 ? -errno : n;
}

/* The value of overlayfs's mark @name, in any of the forms that count: its length or -errno. */
static ssize_t get_mark(const struct nsv_layers *l, int fd, const char *name, char *buf,
			size_t size)
{
	static const char *const prefixes[] = { "trusted.overlay.", "user.overlay.",
						"user.fuseoverlayfs." };
	ssize_t n = -ENODATA;
	char whole[64];

	for (size_t i = 0; i < NSV_ARRAY_SIZE(prefixes) && n < 0; i++) {
		bool counts = l->marks == NSV_MARKS_FUSE ||
			      (l->marks == NSV_MARKS_TRUSTED && i == 0) ||
			      (l->marks == NSV_MARKS_USER && i == 1);

		(void)snprintf(whole, sizeof(whole), "%s%s", prefixes[i], name);
		if (counts)
			n = nsv_attribute_get(fd, whole, buf, size);
	}
	return n;
}

static bool has_mark(const struct nsv_layers *l, int fd, const char *name)
{
	char value[256];
	ssize_t n = get_mark(l, fd, name, value, sizeof(value));

	return n >= 0 || n == -ERANGE;
}

bool nsv_is_whiteout(const struct nsv_layers *l, int fd, const struct statx *st)
{
	if (l->marks == NSV_MARKS_NONE)
		return false;
	if (S_ISCHR(st->stx_mode))
		return st->stx_rdev_major == 0 && st->stx_rdev_minor == 0;
	return S_ISREG(st->stx_mode) && st->stx_size == 0 && has_mark(l, fd, "whiteout");
}

bool nsv_is_whited_out(const struct nsv_layers *l, int dirfd, const char *name)
{
	nsv_autofd int fd = NSV_FD_NONE;
	char mark[260];

	if (l->marks != NSV_MARKS_FUSE || strlen(name) > 251)
		return false;
	(void)snprintf(mark, sizeof(mark), ".wh.%s", name);
	fd = nsv_layer_open(dirfd, mark, O_PATH);
	return fd >= 0;
}

bool nsv_is_mark(const struct nsv_layers *l, const char *name)
{
	return l->marks == NSV_MARKS_FUSE && strncmp(name, ".wh.", 4) == 0;
}

bool nsv_is_opaque(const struct nsv_layers *l, int fd)
{
	nsv_autofd int mark = NSV_FD_NONE;
	char value[8];

	if (l->marks == NSV_MARKS_NONE)
		return false;
	if (get_mark(l, fd, "opaque", value, sizeof(value)) >= 1 && value[0] == 'y')
		return true;
	if (l->marks == NSV_MARKS_FUSE)
		mark = nsv_layer_open(fd, ".wh..wh..opq", O_PATH);
	return mark >= 0;
}

/* "/a/b" of which no component is "..", or one name. */
static bool is_good_redirect(const char *path)
{
	if (*path != '/')
		return *path && !strchr(path, '/') && strcmp(path, ".") != 0 &&
		       strcmp(path, "..") != 0;
	while (*path) {
		size_t len = strcspn(++path, "/");

		if (len == 0 || (len == 1 && *path == '.') ||
		    (len == 2 && strncmp(path, "..", 2) == 0))
			return false;
		path += len;
	}
	return true;
}

int nsv_redirect(const struct nsv_layers *l, int fd, char *buf)
{
	ssize_t n;

	if (l->marks != NSV_MARKS_TRUSTED || l->no_redirect)
		return 0;
	n = get_mark(l, fd, "redirect", buf, NSV_REDIRECT_MAX);
	if (n < 0)
		return n == -ERANGE ? -EBADMSG : 0;
	buf[n] = '\0';
	return strlen(buf) == (size_t)n && is_good_redirect(buf) ? 1 : -EBADMSG;
}

bool nsv_is_metacopy(const struct nsv_layers *l, int fd)
{
	return l->marks == NSV_MARKS_TRUSTED && has_mark(l, fd, "metacopy");
}

bool nsv_is_mark_xattr(const struct nsv_layers *l, const char *name)
{
	if (l->marks == NSV_MARKS_NONE)
		return false;
	if (strncmp(name, "trusted.overlay.", 16) == 0)
		return l->marks != NSV_MARKS_USER;
	if (strncmp(name, "user.overlay.", 13) == 0)
		return l->marks != NSV_MARKS_TRUSTED;
	return l->marks == NSV_MARKS_FUSE && (strncmp(name, "user.fuseoverlayfs.", 19) == 0 ||
					      strcmp(name, "user.containers.override_stat") == 0);
}

bool nsv_is_its(const struct nsv_layers *l, const struct statx *st)
{
	return !l->ids || nsv_target_id_inside(l->ids, NSV_ID_USER, st->stx_uid) != NSV_ID_UNMAPPED;
}
