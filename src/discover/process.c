/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * process.c - see process.h. A process chooses its own name only, so the fields of stat
 * are counted from the last ')'.
 */
#include "discover/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reach/procfs.h"
#include "reach/util.h"

#define PF_KTHREAD 0x00200000U
#define TEXT_MAX   (1U << 20)

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

/*
 * The beginning of DIR/NAME, terminated, in one read(2): these files are made in one go, so less
 * than was asked for is all there is. Returns @size where there may be more.
 */
static ssize_t read_once(int procfs, const char *dir, const char *name, char *buf, size_t size)
{
	nsv_autofd int fd = NSV_FD_NONE;
	char path[NSV_PROCESS_DIR + 16];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = openat(procfs, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	do
		n = read(fd, buf, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	buf[nsv_min((size_t)n, size - 1)] = '\0';
	return n;
}

ssize_t nsv_process_text(int procfs, const char *dir, const char *name, char *small, size_t size,
			 const char **ret_text, char **ret_heap)
{
	ssize_t n = read_once(procfs, dir, name, small, size);
	char path[NSV_PROCESS_DIR + 16];
	nsv_autofree char *heap = NULL;

	*ret_text = small;
	if (n < (ssize_t)size)
		return n;
	heap = malloc(TEXT_MAX);
	if (!heap)
		return -ENOMEM;
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	n = nsv_read_text(procfs, path, heap, TEXT_MAX);
	if (n < 0)
		return n;
	*ret_text = *ret_heap = nsv_steal_ptr(heap);
	return n;
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

static int parse_ids(const char *text, struct nsv_process_ids *ret)
{
	const char *uids = status_value(text, "Uid"), *pids = status_value(text, "NSpid");
	const char *tgid = status_value(text, "Tgid");
	struct nsv_process_ids ids = { 0 };

	if (tgid)
		ids.tgid = (pid_t)strtol(tgid, NULL, 10);
	if (!uids || !pids || sscanf(uids, "%*u %u", &ids.uid) != 1)
		return -EBADMSG;
	while (*pids && *pids != '\n') {
		char *end;
		long pid = strtol(pids, &end, 10);

		if (end == pids)
			break;
		ids.inside = (pid_t)pid;
		ids.levels++;
		pids = end + strspn(end, " \t");
	}
	if (ids.levels == 0)
		return -EBADMSG;
	*ret = ids;
	return 0;
}

int nsv_process_ids(int procfs, const char *dir, struct nsv_process_ids *ret)
{
	nsv_autofree char *heap = NULL;
	const char *text;
	char small[4096];
	ssize_t n = nsv_process_text(procfs, dir, "status", small, sizeof(small), &text, &heap);

	return n < 0 ? (int)n : parse_ids(text, ret);
}
