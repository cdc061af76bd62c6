/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source.c - opens sources, and finds the ones that a copy leaves out. No state, no locks. */
#include "source.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

/* Not in linux/magic.h. */
#define MQUEUE_MAGIC	 0x19800202
#define CONFIGFS_MAGIC	 0x62656570
#define FUSECTL_MAGIC	 0x65735543
#define RPC_PIPEFS_MAGIC 0x67596969
#define NFSD_MAGIC	 0x6e667364

static bool is_on(int fd, uint32_t magic)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (uint32_t)fs.f_type == magic;
}

/* Opens a file of procfs as the container reads it: a copy in memory if that differs (root.h). */
static int open_below(struct nsv_root *root, const char *path, unsigned flags, struct nsv_error *e)
{
	nsv_autofd int fd = nsv_root_open_path(root, path, flags, e);
	nsv_autofd int file = NSV_FD_NONE;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !is_on(fd, PROC_SUPER_MAGIC))
		return nsv_steal_fd(&fd);
	file = nsv_root_open_file(root, path, flags, NULL, e);
	return file < 0 || !is_on(file, PROC_SUPER_MAGIC) ? nsv_steal_fd(&file) : nsv_steal_fd(&fd);
}

int nsv_source_open(struct nsv_root *root, const char *path, bool follow, struct nsv_error *e)
{
	int fd;

	if (root)
		return open_below(root, path, follow ? 0 : NSV_ROOT_NOFOLLOW, e);
	fd = open(path, O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
	return fd < 0 ? nsv_err(e, errno, NSV_STAGE_PATH) : fd;
}

int nsv_source_follow(const struct nsv_dir *dir, const char *name, struct nsv_error *e)
{
	const struct nsv_source *s = dir->s;
	nsv_autofree char *path = NULL;
	int fd;

	if (!s->root) {
		fd = openat(dir->src, name, O_PATH | O_CLOEXEC);
		return fd < 0 ? nsv_err(e, errno, NSV_STAGE_PATH) : fd;
	}
	path = nsv_dir_path(dir, s->canon, name);
	if (!path)
		return nsv_err(e, ENOMEM, NSV_STAGE_PATH);
	return nsv_root_open_path(s->root, path, 0, e);
}

int nsv_open_dir_at(int dirfd, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dirfd, name, flags | O_NOATIME);

	if (fd < 0 && errno == EPERM)
		fd = openat(dirfd, name, flags);
	return fd < 0 ? -errno : fd;
}

/*
 * File systems that show the kernel's state. tmpfs, ramfs, hugetlbfs and overlayfs hold real files.
 */
bool nsv_on_kernel_fs(int fd, bool *ret_autofs)
{
	static const uint32_t magics[] = {
		PROC_SUPER_MAGIC,     SYSFS_MAGIC,	  CGROUP_SUPER_MAGIC,  CGROUP2_SUPER_MAGIC,
		RDTGROUP_SUPER_MAGIC, DEVPTS_SUPER_MAGIC, MQUEUE_MAGIC,	       DEBUGFS_MAGIC,
		TRACEFS_MAGIC,	      SECURITYFS_MAGIC,	  BPF_FS_MAGIC,	       CONFIGFS_MAGIC,
		PSTOREFS_MAGIC,	      FUSECTL_MAGIC,	  EFIVARFS_MAGIC,      BINFMTFS_MAGIC,
		BINDERFS_SUPER_MAGIC, NSFS_MAGIC,	  SELINUX_MAGIC,       SMACK_MAGIC,
		AAFS_MAGIC,	      AUTOFS_SUPER_MAGIC, RPC_PIPEFS_MAGIC,    NFSD_MAGIC,
		OPENPROM_SUPER_MAGIC, XENFS_SUPER_MAGIC,  ANON_INODE_FS_MAGIC,
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	if (ret_autofs)
		*ret_autofs = (uint32_t)fs.f_type == AUTOFS_SUPER_MAGIC;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(magics); i++)
		if ((uint32_t)fs.f_type == magics[i])
			return true;
	return false;
}

uint64_t nsv_mount_id(int dirfd, const char *name, int flags)
{
	struct statx stx;

	if (statx(dirfd, name, flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, &stx) <
	    0)
		return 0;
	return stx.stx_mask & STATX_MNT_ID ? stx.stx_mnt_id : 0;
}

static bool matches(const char *glob, const char *name, const char *path)
{
	if (!strchr(glob, '/'))
		return fnmatch(glob, name, 0) == 0;
	return path && fnmatch(glob + (*glob == '/'), path, FNM_PATHNAME) == 0;
}

bool nsv_excluded(const struct nsv_dir *dir, const char *name)
{
	const struct nsv_copy_options *o = &dir->s->c->o;
	nsv_autofree char *path = NULL;

	for (size_t i = 0; i < o->n_exclude; i++) {
		if (!path && strchr(o->exclude[i], '/'))
			path = nsv_dir_path(dir, "", name);
		if (matches(o->exclude[i], name, path))
			return true;
	}
	return false;
}

bool nsv_excluded_path(const struct nsv_copy *c, const char *path)
{
	nsv_autofree char *part = c->o.n_exclude ? strdup(path) : NULL;
	char *name = part;

	while (name) {
		char *slash = strchr(name, '/');

		if (slash)
			*slash = '\0';
		for (size_t i = 0; i < c->o.n_exclude; i++)
			if (matches(c->o.exclude[i], name, part))
				return true;
		if (slash)
			*slash++ = '/';
		name = slash;
	}
	return false;
}

char *nsv_source_name(const char *path)
{
	size_t end = strlen(path), start;

	while (end > 0 && path[end - 1] == '/')
		end--;
	start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	/* "." and ".." name no entry: their content is copied. */
	if ((end - start == 1 && path[start] == '.') ||
	    (end - start == 2 && !memcmp(path + start, "..", 2)))
		start = end;
	return strndup(path + start, end - start);
}
