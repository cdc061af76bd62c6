/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * process.c - see process.h. A process chooses its own name only, so the fields of stat
 * are counted from the last ')'.
 */
#include "discover/scan/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "reach/procfs.h"
#include "reach/util.h"

#define PF_KTHREAD 0x00200000U
#define TEXT_MAX   ((size_t)1 << 20)

/* So many statuses of such a length are read in one go. */
#define SLOW_MAX    16
#define SLOW_LENGTH 16384

int nsv_process_ns(int procfs, const char *dir, const char *kind, uint64_t *ret)
{
	char path[NSV_PROCESS_DIR + 16], link[64], *end;
	unsigned long long inode;
	const char *open;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/ns/%s", dir, kind);
	n = readlinkat(procfs, path, link, sizeof(link) - 1);
	if (n < 0)
		return -errno;
	link[n] = '\0';
	open = strchr(link, '[');
	if (!open)
		return -EBADMSG;
	inode = strtoull(open + 1, &end, 10);
	if (*end != ']' || inode == 0)
		return -EBADMSG;
	*ret = inode;
	return 0;
}

static int live_thread(int procfs, pid_t pid, char dir[NSV_PROCESS_DIR], uint64_t *ret)
{
	nsv_autofd int fd = NSV_FD_NONE;
	int r = -ENOENT;
	DIR *tasks;

	(void)snprintf(dir, NSV_PROCESS_DIR, "%d/task", (int)pid);
	fd = openat(procfs, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	tasks = fdopendir(fd);
	if (!tasks)
		return -errno;
	(void)nsv_steal_fd(&fd);
	for (struct dirent *d; r < 0 && (d = readdir(tasks));) {
		uint64_t tid;

		if (nsv_parse_u64(d->d_name, INT32_MAX, &tid) < 0)
			continue;
		(void)snprintf(dir, NSV_PROCESS_DIR, "%d/task/%d", (int)pid, (int)tid);
		r = nsv_process_ns(procfs, dir, "mnt", ret);
	}
	(void)closedir(tasks);
	return r;
}

int nsv_process_mntns(int procfs, pid_t pid, char dir[NSV_PROCESS_DIR], uint64_t *ret)
{
	int r;

	(void)snprintf(dir, NSV_PROCESS_DIR, "%d", (int)pid);
	r = nsv_process_ns(procfs, dir, "mnt", ret);
	if (r == -ENOENT) /* a zombie, or a main thread that has ended before the others */
		r = live_thread(procfs, pid, dir, ret);
	return r;
}

static int open_text(int procfs, const char *dir, const char *name)
{
	char path[NSV_PROCESS_DIR + 24];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = openat(procfs, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static ssize_t read_some(int fd, char *buf, size_t size)
{
	ssize_t n;

	do
		n = read(fd, buf, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/*
 * The beginning of DIR/NAME, terminated, in one read(2): these files are made in one go, so less
 * than was asked for is all there is. Returns @size where there may be more.
 */
static ssize_t read_once(int procfs, const char *dir, const char *name, char *buf, size_t size)
{
	nsv_autofd int fd = open_text(procfs, dir, name);
	ssize_t n = fd < 0 ? fd : read_some(fd, buf, size);

	if (n >= 0)
		buf[nsv_min((size_t)n, size - 1)] = '\0';
	return n;
}

ssize_t nsv_process_text(int procfs, const char *dir, const char *name, char *small, size_t size,
			 const char **ret_text, char **ret_heap)
{
	nsv_autofd int fd = open_text(procfs, dir, name);
	nsv_autofree char *heap = NULL;
	ssize_t n = fd < 0 ? fd : read_some(fd, small, size);
	size_t used = n > 0 ? (size_t)n : 0;

	*ret_text = small;
	if (n < (ssize_t)size) {
		small[used] = '\0';
		return n;
	}
	/* From the same fd: the kernel has made all of it, which may have taken long. */
	heap = malloc(TEXT_MAX);
	if (!heap)
		return -ENOMEM;
	memcpy(heap, small, used);
	while ((n = read_some(fd, heap + used, TEXT_MAX - used)) > 0)
		if ((used += (size_t)n) == TEXT_MAX)
			return -E2BIG;
	if (n < 0)
		return n;
	heap[used] = '\0';
	*ret_text = *ret_heap = nsv_steal_ptr(heap);
	return (ssize_t)used;
}

int nsv_process_stat(int procfs, const char *dir, struct nsv_process_stat *ret)
{
	struct nsv_process_stat s = { 0 };
	unsigned long long start;
	const char *open, *close;
	char text[1024]; /* more than comes up to the field wanted */
	unsigned flags;
	ssize_t n;
	int ppid;

	n = read_once(procfs, dir, "stat", text, sizeof(text));
	if (n < 0)
		return (int)n;
	open = strchr(text, '(');
	close = strrchr(text, ')');
	/* After the name: state ppid pgrp session tty tpgid flags, twelve more, starttime. */
	if (!open || !close || close < open ||
	    sscanf(close + 1,
		   " %*c %d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
		   " %*d %*d %llu",
		   &ppid, &flags, &start) != 3)
		return -EBADMSG;
	s.ppid = ppid;
	s.start = start;
	s.kthread = flags & PF_KTHREAD;
	(void)snprintf(s.comm, sizeof(s.comm), "%.*s", (int)(close - open - 1), open + 1);
	*ret = s;
	return 0;
}

/* The value of "Key:" in status text, or NULL. Newlines in a process's name are escaped there. */
static const char *status_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (strncmp(line, key, len) == 0 && line[len] == ':')
			return line + len + 1;
	}
	return NULL;
}

/* The numbers of "NSpid:". */
static void parse_levels(const char *text, struct nsv_process_ids *ids)
{
	while (*text && *text != '\n') {
		char *end;
		long pid = strtol(text, &end, 10);

		if (end == text)
			break;
		ids->inside = (pid_t)pid;
		ids->levels++;
		text = end + strspn(end, " \t");
	}
}

static int parse_ids(const char *text, struct nsv_process_ids *ret)
{
	const char *uids = status_value(text, "Uid"), *pids = status_value(text, "NSpid");
	const char *tgid = status_value(text, "Tgid");
	struct nsv_process_ids ids = { 0 };

	if (tgid)
		ids.tgid = (pid_t)strtol(tgid, NULL, 10);
	if (!uids || !pids || sscanf(uids, "%*u %u", &ids.uid) != 1)
		return -EBADMSG;
	parse_levels(pids, &ids);
	if (ids.levels == 0)
		return -EBADMSG;
	*ret = ids;
	return 0;
}

int nsv_process_euid(int procfs, const char *dir, uint32_t *ret)
{
	struct stat st;

	/* It owns its directory, dumpable or not, but no file in it. */
	if (fstatat(procfs, dir, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	*ret = st.st_uid;
	return 0;
}

/* What a pidfd tells is short. Of processes only; where the procfs is of another PID namespace than
 * ours, the numbers do not fit. */
static int ids_by_pidfd(int procfs, const char *dir, struct nsv_process_ids *ret)
{
	struct nsv_process_ids ids = { 0 };
	nsv_autofd int pidfd = NSV_FD_NONE;
	char name[32], text[1024];
	const char *pids;
	uint64_t pid;
	ssize_t n;
	int r = nsv_parse_u64(dir, INT32_MAX, &pid);

	if (r < 0)
		return r;
	pidfd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	if (pidfd < 0)
		return -errno;
	(void)snprintf(name, sizeof(name), "fdinfo/%d", pidfd);
	n = read_once(procfs, "self", name, text, sizeof(text));
	if (n < 0)
		return (int)n;
	pids = status_value(text, "NSpid");
	if (!pids || strtoull(pids, NULL, 10) != pid)
		return -EBADMSG;
	parse_levels(pids, &ids);
	ids.tgid = (pid_t)pid;
	r = nsv_process_euid(procfs, dir, &ids.uid);
	if (r == 0)
		*ret = ids;
	return r;
}

int nsv_process_ids(int procfs, const char *dir, unsigned *slow, struct nsv_process_ids *ret)
{
	nsv_autofree char *heap = NULL;
	const char *text;
	char small[4096];
	ssize_t n;

	if (slow && *slow >= SLOW_MAX && ids_by_pidfd(procfs, dir, ret) == 0)
		return 0;
	n = nsv_process_text(procfs, dir, "status", small, sizeof(small), &text, &heap);
	if (slow && n >= SLOW_LENGTH)
		++*slow;
	return n < 0 ? (int)n : parse_ids(text, ret);
}
