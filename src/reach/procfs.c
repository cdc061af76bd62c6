/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * procfs.c - bounded readers of the host's /proc. The parsers take what the kernel
 * prints, in which a process chooses only its own name: the fields of stat are
 * therefore counted from the last ')' (proc_pid_stat(5)). No state, no locks.
 */
#include "procfs.h"

#include <ctype.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "util.h"

#define PF_KTHREAD 0x00200000U
#define STATUS_MAX (1U << 20)

int nsv_procfs_open(struct nsv_error *e)
{
	nsv_autofd int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return nsv_error_set(e, errno, NSV_STAGE_TARGET, "/proc can't be opened");
	if (!nsv_is_procfs_root(fd))
		return nsv_error_set(e, ENOTDIR, NSV_STAGE_TARGET,
				     "/proc is not a procfs: mount one there");
	return nsv_steal_fd(&fd);
}

bool nsv_is_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

bool nsv_is_procfs_root(int fd)
{
	struct stat st;

	return nsv_is_procfs(fd) && fstat(fd, &st) == 0 && st.st_ino == NSV_PROC_ROOT_INO;
}

bool nsv_is_procfs_file(int dirfd, const char *name)
{
	nsv_autofd int fd = openat(dirfd, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && nsv_is_procfs(fd);
}

ssize_t nsv_read_text(int dirfd, const char *name, char *buf, size_t size)
{
	nsv_autofd int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	size_t used = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n = read(fd, buf + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
		if (used == size)
			return -E2BIG;
	}
	buf[used] = '\0';
	return (ssize_t)used;
}

/* The value of "Key:" in status text, or NULL. Values are never the process's own text. */
static const char *status_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (strncmp(line, key, len) == 0 && line[len] == ':')
			return line + len + 1;
	}
	return NULL;
}

static unsigned parse_pids(const char *value, pid_t *ret)
{
	unsigned n = 0;

	while (value && *value && *value != '\n' && n < NSV_PID_LEVELS) {
		char *end;
		long pid = strtol(value, &end, 10);

		if (end == value)
			break;
		ret[n++] = (pid_t)pid;
		value = end;
		while (*value == ' ' || *value == '\t')
			value++;
	}
	return n;
}

static int parse_stat(const char *text, struct nsv_proc *p)
{
	const char *field = strrchr(text, ')');
	unsigned flags;
	unsigned long long start;

	/* After the name: state ppid pgrp session tty tpgid flags, twelve more, starttime. */
	if (!field || sscanf(field + 1,
			     " %c %*d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
			     " %*d %*d %llu",
			     &p->state, &flags, &start) != 3)
		return -EBADMSG;
	p->kthread = flags & PF_KTHREAD;
	p->start = start;
	return 0;
}

/*
 * A process may have 65,536 groups (NGROUPS_MAX), of up to eleven bytes, in its status before
 * the lines that matter; it must not hide by them.
 */
static int read_status(int dirfd, const char *path, char *small, size_t size, struct nsv_proc *p)
{
	nsv_autofree char *large = NULL;
	const char *text = small;
	ssize_t n = nsv_read_text(dirfd, path, small, size);

	if (n == -E2BIG) {
		large = malloc(STATUS_MAX);
		if (!large)
			return -ENOMEM;
		text = large;
		n = nsv_read_text(dirfd, path, large, STATUS_MAX);
	}
	if (n < 0)
		return (int)n;
	p->levels = parse_pids(status_value(text, "NStgid"), p->tgids);
	if (p->levels == 0 || parse_pids(status_value(text, "NSpid"), p->tids) != p->levels)
		return -EBADMSG;
	return 0;
}

int nsv_proc_read(int dirfd, const char *name, struct nsv_proc *ret)
{
	struct nsv_proc p = { 0 };
	char path[64];
	char text[8192];
	ssize_t n;
	int r;

	(void)snprintf(path, sizeof(path), "%s/stat", name);
	n = nsv_read_text(dirfd, path, text, sizeof(text));
	if (n < 0)
		return (int)n;
	r = parse_stat(text, &p);
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "%s/status", name);
	r = read_status(dirfd, path, text, sizeof(text), &p);
	if (r < 0)
		return r;
	*ret = p;
	return 0;
}

uint64_t nsv_ns_inode(int procdir, const char *name)
{
	struct stat st;

	return fstatat(procdir, name, &st, 0) == 0 ? st.st_ino : 0;
}

int nsv_parse_u64(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		unsigned digit = (unsigned)(*s - '0');

		if (!isdigit((unsigned char)*s))
			return -EINVAL;
		if (v > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		v = v * 10 + digit;
		if (v > max)
			return -ERANGE;
	}
	*ret = v;
	return 0;
}
