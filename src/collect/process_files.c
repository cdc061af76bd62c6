/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * process_files.c - what a process has open, mapped and runs. Each is opened by its magic link in
 * /proc with O_PATH, which leads to the very file and asks no file system anything; then it is
 * looked at, and taken where it has no name any more.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/processes.h"
#include "reach/procfs.h"

#define MAPS_MAX ((size_t)8 << 20)
#define DELETED	 " (deleted)"

/* The member of a content without a name, or why there is none. */
static void put_content(struct nsv_looked *l, int pathfd, const struct statx *s, const char *name)
{
	const char *why = NULL, *member;
	char path[96];

	if (!nsv_wants(l->c, NSV_COLLECT_OPEN))
		return;
	(void)snprintf(path, sizeof(path), "open/%s/%s", l->dir, name);
	member = nsv_opened_take(l->c, pathfd, s, path, &why);
	nsv_jout_text(l->j, "content", member);
	if (!member)
		nsv_jout_text(l->j, "content_missing", why);
}

static void put_identity(struct nsv_jout *j, const struct statx *s)
{
	nsv_text_printf(j->t, ",\"device\":\"%u:%u\"", s->stx_dev_major, s->stx_dev_minor);
	nsv_jout_u64(j, "inode", s->stx_ino);
}

/*
 * Whether the path that a link shows leads to another file by now, or to none. Negative: something
 * on the way does not answer.
 */
static int is_elsewhere(struct nsv_looked *l, const char *text, const struct statx *s)
{
	struct statx other;
	int r = nsv_proc_look(l->reader, text, &other);

	if (r < 0)
		return r == -ETIMEDOUT ? r : 1;
	return other.stx_ino != s->stx_ino || other.stx_dev_major != s->stx_dev_major ||
	       other.stx_dev_minor != s->stx_dev_minor;
}

/*
 * The path that a link shows, as the container's root has it. NULL: it is of another mount
 * namespace, which means another tree, or outside of a root that chroot(2) made.
 */
static const char *within_root(const struct nsv_looked *l, const char *text)
{
	char path[32], root[4096];
	ssize_t n;

	if (l->p->mntns != l->c->target->mntns_ino || *text != '/')
		return NULL;
	(void)snprintf(path, sizeof(path), "%d/root", (int)l->c->target->pid);
	n = readlinkat(l->procfs, path, root, sizeof(root));
	if (n <= 1)
		return text;
	return strncmp(text, root, (size_t)n) == 0 && text[n] == '/' ? text + n : NULL;
}

/*
 * Without a name: no link is left, or the kernel says so. An overlay counts the links of the lower
 * layer, which nobody takes away; and a name may end like that.
 */
static bool is_deleted(struct nsv_looked *l, const char *text, const struct statx *s)
{
	size_t len = strlen(text), end = sizeof(DELETED) - 1;

	if (!S_ISREG(s->stx_mode))
		return false;
	if (s->stx_nlink == 0)
		return true;
	if (len <= end || strcmp(text + len - end, DELETED) != 0)
		return false;
	text = within_root(l, text);
	return !text || is_elsewhere(l, text, s) != 0;
}

/* ---- exe ---- */

void nsv_process_exe(struct nsv_looked *l)
{
	char path[48], text[4096 + 16];
	const char *why = NULL, *hash, *within;
	nsv_autofd int fd = NSV_FD_NONE;
	struct statx s;
	bool replaced, deleted;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/exe", l->dir);
	n = readlinkat(l->procfs, path, text, sizeof(text) - 1);
	fd = n < 0 ? NSV_FD_NONE : nsv_proc_open(l->reader, path);
	if (fd < 0 || nsv_opened_look(fd, &s) < 0) {
		nsv_jout_null(l->j, "exe");
		return;
	}
	text[n] = '\0';
	deleted = is_deleted(l, text, &s);
	within = within_root(l, text);
	replaced = !deleted && within && is_elsewhere(l, within, &s) > 0;
	nsv_jout_begin(l->j, "exe", '{');
	nsv_jout_bytes(l->j, "path", text, (size_t)n);
	put_identity(l->j, &s);
	nsv_jout_u64(l->j, "size", s.stx_size);
	hash = nsv_opened_hash(l->c, fd, &s, &why);
	nsv_jout_text(l->j, "sha256", hash);
	if (!hash)
		nsv_jout_text(l->j, "sha256_missing", why);
	nsv_jout_bool(l->j, "deleted", deleted);
	nsv_jout_bool(l->j, "replaced", replaced);
	if (deleted || replaced)
		put_content(l, fd, &s, "exe");
	nsv_jout_end(l->j, '{');
}

/* ---- fds ---- */

static const char *kind_of(const char *text, const struct statx *s)
{
	if (strncmp(text, "anon_inode:", 11) == 0)
		return "anon_inode";
	if (strncmp(text, "/memfd:", 7) == 0)
		return "memfd";
	switch (s->stx_mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFIFO:
		return *text == '/' ? "fifo" : "pipe";
	case S_IFSOCK:
		return "socket";
	case S_IFCHR:
		return "char";
	case S_IFBLK:
		return "block";
	case S_IFLNK:
		return "link";
	default:
		return "other";
	}
}

static void put_fdinfo(struct nsv_looked *l, const char *number)
{
	char path[64], text[2048];
	uint64_t pos = 0, flags = 0, mount = 0;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/fdinfo/%s", l->dir, number);
	/* The first lines are all files'; what follows may be long. */
	fd = openat(l->procfs, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	nsv_close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	if (sscanf(text, "pos: %" SCNu64 " flags: %" SCNo64 " mnt_id: %" SCNu64, &pos, &flags,
		   &mount) < 2)
		return;
	nsv_jout_u64(l->j, "offset", pos);
	nsv_text_printf(l->j->t, ",\"flags\":\"0%" PRIo64 "\"", flags);
	nsv_jout_text(l->j, "access",
		      flags & O_PATH			? "path"
		      : (flags & O_ACCMODE) == O_RDWR	? "read-write"
		      : (flags & O_ACCMODE) == O_WRONLY ? "write"
							: "read");
	nsv_jout_u64(l->j, "mount_id", mount);
}

static void put_fd(struct nsv_looked *l, int dir, const char *number)
{
	char text[4096 + 16], name[32];
	ssize_t n = readlinkat(dir, number, text, sizeof(text) - 1);
	nsv_autofd int fd = NSV_FD_NONE;
	uint64_t inode;
	struct statx s;
	bool deleted;

	if (n < 0)
		return;
	text[n] = '\0';
	fd = openat(dir, number, O_PATH | O_CLOEXEC);
	if (fd < 0 || nsv_opened_look(fd, &s) < 0)
		return;
	deleted = is_deleted(l, text, &s);
	nsv_jout_begin(l->j, NULL, '{');
	nsv_jout_i64(l->j, "fd", strtol(number, NULL, 10));
	nsv_jout_text(l->j, "kind", kind_of(text, &s));
	nsv_jout_bytes(l->j, "target", text, (size_t)n);
	put_fdinfo(l, number);
	put_identity(l->j, &s);
	if (S_ISREG(s.stx_mode)) {
		nsv_jout_u64(l->j, "size", s.stx_size);
		nsv_jout_bool(l->j, "deleted", deleted);
	}
	(void)snprintf(name, sizeof(name), "fd-%.16s", number);
	if (deleted)
		put_content(l, fd, &s, name);
	nsv_jout_end(l->j, '{');
	if (sscanf(text, "socket:[%" SCNu64 "]", &inode) == 1)
		nsv_sockets_add(l->c->sockets, inode, l->p->pid, (int)strtol(number, NULL, 10));
}

void nsv_process_fds(struct nsv_looked *l)
{
	char path[48];
	struct dirent *entry;
	DIR *dir;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/fd", l->dir);
	fd = openat(l->procfs, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	nsv_jout_begin(l->j, "fds", '[');
	while (dir && (entry = readdir(dir)) && !nsv_stop(l->c))
		if (isdigit((unsigned char)entry->d_name[0]))
			put_fd(l, dirfd(dir), entry->d_name);
	nsv_jout_end(l->j, '[');
	if (!dir) {
		nsv_jout_text(l->j, "fds_missing", strerror(errno));
		nsv_close(fd);
	} else {
		(void)closedir(dir);
	}
}

/* ---- maps ---- */

struct map {
	char range[40], perms[8];
	uint64_t offset, inode;
	unsigned major, minor;
	const char *path;
};

static bool parse_map(char *line, struct map *ret)
{
	int at = 0;

	*ret = (struct map){ .path = "" };
	if (sscanf(line, "%39s %7s %" SCNx64 " %x:%x %" SCNu64 " %n", ret->range, ret->perms,
		   &ret->offset, &ret->major, &ret->minor, &ret->inode, &at) < 6)
		return false;
	if (at > 0)
		ret->path = line + at;
	return true;
}

/* Memory that has the form of a file only: shared between processes, or with the kernel. */
static bool is_file(const struct map *m)
{
	size_t len = strlen(m->path), end = sizeof(DELETED) - 1;

	return m->inode && len > end && !strcmp(m->path + len - end, DELETED) &&
	       strncmp(m->path, "/SYSV", 5) != 0 && strncmp(m->path, "/dev/zero", 9) != 0 &&
	       strncmp(m->path, "/[aio]", 6) != 0;
}

/* Code that no file on a disk holds, or that can be rewritten; NULL: neither. */
static const char *finding_of(const struct map *m)
{
	if (m->perms[2] != 'x')
		return NULL;
	if (strncmp(m->path, "/memfd:", 7) == 0)
		return "executable-memfd";
	if (m->inode == 0)
		return *m->path == '\0' || strncmp(m->path, "[anon:", 6) == 0 ||
			       strcmp(m->path, "[heap]") == 0 || strcmp(m->path, "[stack]") == 0
			   ? "executable-anonymous"
			   : NULL;
	if (strncmp(m->path, "/SYSV", 5) == 0 || strncmp(m->path, "/dev/zero", 9) == 0 ||
	    strncmp(m->path, "/dev/shm/", 9) == 0)
		return "executable-shared";
	return m->perms[1] == 'w' ? "executable-writable" : NULL;
}

static void put_mapped(struct nsv_looked *l, const struct map *m)
{
	char path[96], name[48];
	nsv_autofd int fd = NSV_FD_NONE;
	struct statx s;

	(void)snprintf(path, sizeof(path), "%s/map_files/%s", l->dir, m->range);
	fd = nsv_proc_open(l->reader, path);
	if (fd < 0) {
		nsv_jout_text(l->j, "content_missing", strerror(-fd));
		return;
	}
	(void)snprintf(name, sizeof(name), "map-%s", m->range);
	if (nsv_opened_look(fd, &s) == 0 && is_deleted(l, m->path, &s))
		put_content(l, fd, &s, name);
}

void nsv_process_maps(struct nsv_looked *l)
{
	nsv_autofree char *text = NULL;
	char path[48];
	size_t len = 0;
	char *rest, *line;
	int r;

	(void)snprintf(path, sizeof(path), "%s/maps", l->dir);
	r = nsv_proc_slurp(l->reader, path, MAPS_MAX, &text, &len);
	rest = text;
	nsv_jout_begin(l->j, "maps", '[');
	while (rest && (line = strsep(&rest, "\n")) && !nsv_stop(l->c)) {
		struct map m;

		if (!parse_map(line, &m))
			continue;
		nsv_jout_begin(l->j, NULL, '{');
		nsv_jout_text(l->j, "range", m.range);
		nsv_jout_text(l->j, "permissions", m.perms);
		nsv_jout_u64(l->j, "offset", m.offset);
		nsv_text_printf(l->j->t, ",\"device\":\"%u:%u\"", m.major, m.minor);
		nsv_jout_u64(l->j, "inode", m.inode);
		nsv_jout_text(l->j, "path", m.path);
		if (finding_of(&m))
			nsv_jout_text(l->j, "finding", finding_of(&m));
		if (is_file(&m))
			put_mapped(l, &m);
		nsv_jout_end(l->j, '{');
	}
	nsv_jout_end(l->j, '[');
	if (r)
		nsv_jout_text(l->j, "maps_missing",
			      r == -ETIMEDOUT ? "no answer: the process keeps its memory locked"
			      : r < 0	      ? strerror(-r)
					      : "cut: it is longer than 8 MiB");
}
