/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root_proc.c - notices that a path led to procfs, looks up what the file depends on
 * (proc_reader.c), and has a helper (read_in.c) read it. A path without a file here may have one in
 * the container: a network interface has a folder of its own in /proc/sys/net.
 *
 * Defends against the host's values in place of the container's, and endless content. The mount,
 * not the name, shows whether a container mounted another file over one of procfs. No state, no
 * locks.
 */
#include "root_proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "pinned.h"
#include "proc_reader.h"
#include "read_in.h"
#include "util.h"

#define SECONDS 60
#define UP_AT_MOST \
	6 /* folders that are missing here: /proc/sys/net has no more below one another */

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U /* Linux 6.3 */
#endif

/* ---- where ---- */

/* The name at @at, which ends at a slash or the end. */
static bool is_dots(const char *at)
{
	size_t len = strcspn(at, "/");

	return len == 0 || (len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.');
}

/*
 * The folder, O_PATH, in which @path goes on to what is not there, or not here; its canonical path,
 * and the rest of @path.
 */
static int find_folder(struct nsv_root *root, const char *path, char **ret_canonical,
		       char **ret_rest)
{
	nsv_autofree char *copy = NULL;
	size_t at;

	if (asprintf(&copy, "/%s", path) < 0) {
		copy = NULL;
		return -ENOMEM;
	}
	at = strlen(copy);
	for (unsigned i = 0; i < UP_AT_MOST && at > 1; i++) {
		nsv_autofree char *folder = NULL;
		int fd;

		while (at > 1 && copy[at - 1] == '/')
			at--;
		while (copy[at - 1] != '/')
			at--;
		if (is_dots(copy + at))
			return -ENOENT;
		folder = strndup(copy, at);
		fd = folder ? nsv_root_call(root, NSV_OP_CANONICAL, folder, 0, ret_canonical, NULL)
			    : -ENOMEM;
		if (fd == -ENOENT)
			continue;
		if (fd >= 0)
			*ret_rest = strdup(copy + at);
		return fd;
	}
	return -ENOENT;
}

/* From the canonical path. "?" is a name that procfs does not have: the mount is not known. */
static int to_procfs(const struct nsv_target *t, int fd, const char *canonical, char **ret)
{
	int r;

	if (t->pid == 0) {
		*ret = strdup(strncmp(canonical, "/proc/", 6) == 0 ? canonical + 6 : "?");
		return *ret ? 0 : -ENOMEM;
	}
	r = nsv_proc_path(t->procdir, fd, canonical, ret);
	if (r != -ENOENT)
		return r;
	*ret = strdup("?");
	return *ret ? 0 : -ENOMEM;
}

/* The path within procfs. -ENOENT: @path does not lead there. */
static int path_within(struct nsv_root *root, const char *path, unsigned flags, char **ret)
{
	nsv_autofree char *canonical = NULL;
	nsv_autofree char *rest = NULL;
	nsv_autofree char *folder = NULL;
	nsv_autofd int fd = nsv_root_call(root, NSV_OP_CANONICAL, path, flags, &canonical, NULL);
	int r;

	if (fd < 0)
		fd = find_folder(root, path, &canonical, &rest);
	if (fd < 0 || !nsv_is_procfs(fd))
		return -ENOENT;
	r = to_procfs(nsv_root_target(root), fd, canonical, &folder);
	if (r < 0 || !rest) {
		*ret = nsv_steal_ptr(folder);
		return r;
	}
	r = asprintf(ret, "%s%s%s", folder, *folder ? "/" : "", rest);
	return r < 0 ? -ENOMEM : 0;
}

/* ---- as what ---- */

/* Bytes and attributes in memory. */
static int keep(const char *text, size_t len, const struct stat *st, struct nsv_error *e)
{
	const struct timespec times[] = { st->st_atim, st->st_mtim };
	nsv_autofd int fd = memfd_create("procfs", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("procfs", MFD_CLOEXEC);
	if (fd < 0)
		return nsv_error_set(e, errno, NSV_STAGE_READ, "no memory to read it into");
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return nsv_error_set(e, errno, NSV_STAGE_READ, "no memory to read it into");
		text += n;
		len -= (size_t)n;
	}
	/* An owner that this process can't give stays its own. */
	if (fchown(fd, st->st_uid, st->st_gid) < 0 && errno != EPERM && errno != EINVAL)
		return nsv_error_set(e, errno, NSV_STAGE_READ, "%s", strerror(errno));
	if (fchmod(fd, st->st_mode & 0666) < 0 || futimens(fd, times) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_READ, "%s", strerror(errno));
	return nsv_steal_fd(&fd);
}

static int read_there(const struct nsv_in *in, const char *path, struct nsv_error *e)
{
	nsv_autofree char *text = NULL;
	struct stat st;
	size_t len;
	int r = nsv_read_in(in, path, NSV_READ_IN_MAX, &text, &len, &st, e);

	return r < 0 ? r : keep(text, len, &st, e);
}

/* What of this process is not as the container's; 0 where nothing matters. */
static unsigned differs(const struct nsv_target *t, enum nsv_op op, const char *path)
{
	unsigned depends =
	    op == NSV_OP_FILE ? nsv_proc_reader(path) : nsv_proc_reader_of_name(path);

	if (t->pid != 0)
		depends = nsv_proc_differs(t->procfs, t->procdir, depends);
	return t->is_host ? depends & ~(unsigned)NSV_READER_SELF : depends;
}

int nsv_root_proc(struct nsv_root *root, enum nsv_op op, const char *path, unsigned flags,
		  int fd_take, struct nsv_error *e)
{
	const struct nsv_target *t = nsv_root_target(root);
	struct nsv_in in = { .target = t, .root = nsv_root_fd(root), .seconds = SECONDS };
	nsv_autofd int fd = fd_take;
	nsv_autofree char *within = NULL;
	int r;

	if (fd >= 0 ? !nsv_is_procfs(fd) : fd != -ENOENT && fd != -EACCES && fd != -EPERM)
		return nsv_steal_fd(&fd);
	r = path_within(root, path, flags, &within);
	if (r < 0 && r != -ENOENT)
		return nsv_error_set(e, -r, NSV_STAGE_PATH, "%s", strerror(-r));
	in.depends = r == 0 ? differs(t, op, within) : 0;
	if (!in.depends)
		return nsv_steal_fd(&fd);
	if (in.depends & (NSV_READER_PID | NSV_READER_SELF) || t->pid == 0)
		return nsv_error_set(e, EOPNOTSUPP, NSV_STAGE_READ, "%s",
				     t->pid ? nsv_proc_reader_why(in.depends)
					    : "depends on namespaces of its reader that a mount "
					      "namespace file does not name");
	*e = (struct nsv_error)NSV_ERROR_INIT;
	return op == NSV_OP_FILE ? read_there(&in, path, e) : nsv_look_in(&in, op, path, flags, e);
}
