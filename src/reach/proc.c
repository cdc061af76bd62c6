/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proc.c - reads stat, status and namespaces of processes.
 *
 * Defends against: names that look like fields (a process chooses its name: fields of stat count
 * from the last ')', status has the name escaped), and processes in up to 65,536 groups, whose long
 * line in status stands before the lines that matter. No locks.
 */
#include "proc.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "procfs.h"
#include "util.h"

#define PF_KTHREAD 0x00200000U
#define TEXT_MAX   ((size_t)1 << 20)

/* After SLOW_MAX statuses of SLOW_LENGTH bytes, IDs come from pidfds instead. */
#define SLOW_MAX    16
#define SLOW_LENGTH 16384

uint64_t nsv_ns_inode(int dirfd, const char *name)
{
	uint64_t inode;
	char link[64], *open, *close;
	ssize_t n = readlinkat(dirfd, name, link, sizeof(link) - 1);

	/* "mnt:[4026531841]", without sscanf(3): every process of the machine is asked. */
	if (n < 0)
		return 0;
	link[n] = '\0';
	open = strchr(link, '[');
	close = open ? strchr(open, ']') : NULL;
	if (close)
		*close = '\0';
	if (!close || nsv_parse_u64(open + 1, UINT64_MAX, &inode) < 0) {
		errno = EBADMSG;
		return 0;
	}
	return inode;
}

int nsv_process_ns(int procfs, const char *dir, const char *kind, uint64_t *ret)
{
	char path[NSV_PROCESS_DIR + 24];
	uint64_t inode;

	(void)snprintf(path, sizeof(path), "%s/ns/%s", dir, kind);
	inode = nsv_ns_inode(procfs, path);
	if (inode == 0)
		return -errno;
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

/*
 * Whether the main thread is the only one: procfs counts threads as links of the folder "task", in
 * which no other needs to be looked for then. Machines may have thousands of zombies.
 */
static bool is_alone(int procfs, pid_t pid)
{
	char path[NSV_PROCESS_DIR];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%d/task", (int)pid);
	return fstatat(procfs, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_nlink == 3;
}

int nsv_process_mntns(int procfs, pid_t pid, char dir[NSV_PROCESS_DIR], uint64_t *ret)
{
	int r;

	(void)snprintf(dir, NSV_PROCESS_DIR, "%d", (int)pid);
	r = nsv_process_ns(procfs, dir, "mnt", ret);
	/* A zombie, or an ended main thread of living others. */
	if (r == -ENOENT && !is_alone(procfs, pid))
		r = live_thread(procfs, pid, dir, ret);
	return r;
}

pid_t nsv_process_tid(const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return (pid_t)strtol(slash ? slash + 1 : dir, NULL, 10);
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
	/* Go on with the same fd: the kernel has formatted the whole text, at some cost. */
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

int nsv_stat_parse(const char *text, struct nsv_process_stat *ret)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	struct nsv_process_stat s = { 0 };
	unsigned long long start;
	unsigned flags;

	/* After the name: state ppid pgrp session tty tpgid flags, twelve more, starttime. */
	if (!open || !close || close < open ||
	    sscanf(close + 1,
		   " %c %d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
		   " %*d %*d %llu",
		   &s.state, &s.ppid, &flags, &start) != 4)
		return -EBADMSG;
	s.start = start;
	s.kthread = flags & PF_KTHREAD;
	(void)snprintf(s.comm, sizeof(s.comm), "%.*s", (int)(close - open - 1), open + 1);
	*ret = s;
	return 0;
}

int nsv_process_stat(int procfs, const char *dir, struct nsv_process_stat *ret)
{
	nsv_autofree char *heap = NULL;
	const char *text;
	char small[1024]; /* longer than any stat */
	ssize_t n = nsv_process_text(procfs, dir, "stat", small, sizeof(small), &text, &heap);

	return n < 0 ? (int)n : nsv_stat_parse(text, ret);
}

/* Reads the number at *at and moves *at behind it; false if there is none. */
static bool next_number(const char **at, int base, uint64_t *ret)
{
	char *end;

	*at += strspn(*at, " \t");
	if (!isxdigit((unsigned char)**at))
		return false;
	*ret = strtoull(*at, &end, base);
	if (end == *at)
		return false;
	*at = end;
	return true;
}

static unsigned numbers(const char *value, uint32_t *ret, unsigned max)
{
	uint64_t number;
	unsigned n = 0;

	while (n < max && next_number(&value, 10, &number))
		ret[n++] = (uint32_t)number;
	return n;
}

static uint64_t number(const char *value, int base)
{
	uint64_t n = 0;

	return next_number(&value, base, &n) ? n : 0;
}

/* The value of "Key:", or NULL. */
static inline const char *value_of(const char *line, const char *key)
{
	size_t len;

	if (*line != *key)
		return NULL;
	len = strlen(key);
	return strncmp(line, key, len) == 0 && line[len] == ':' ? line + len + 1 : NULL;
}

static void take_line(const char *line, struct nsv_status *s)
{
	static const char *const caps[] = { "CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb" };
	const char *value;
	uint32_t gids[4];

	if (!strchr("CGNPSTU", *line))
		return;
	for (size_t n = 0; n < NSV_ARRAY_SIZE(caps); n++)
		if ((value = value_of(line, caps[n])))
			s->caps[n] = number(value, 16);
	if ((value = value_of(line, "PPid")))
		s->ppid = (pid_t)number(value, 10);
	else if ((value = value_of(line, "Tgid")))
		s->tgid = (pid_t)number(value, 10);
	else if ((value = value_of(line, "Uid")))
		s->n_uids = numbers(value, s->uids, 4);
	else if ((value = value_of(line, "Gid")))
		s->gid = numbers(value, gids, 4) >= 2 ? gids[1] : 0;
	else if ((value = value_of(line, "NStgid")))
		s->n_tgids = numbers(value, (uint32_t *)s->tgids, NSV_PID_LEVELS);
	else if ((value = value_of(line, "NSpid")))
		s->levels = numbers(value, (uint32_t *)s->tids, NSV_PID_LEVELS);
	else if ((value = value_of(line, "Seccomp")))
		s->seccomp = (int)number(value, 10);
	else if ((value = value_of(line, "Seccomp_filters")))
		s->seccomp_filters = (unsigned)number(value, 10);
	else if ((value = value_of(line, "NoNewPrivs")))
		s->no_new_privs = number(value, 10) != 0;
}

void nsv_status_parse(const char *text, struct nsv_status *ret)
{
	struct nsv_status s = { .seccomp = -1 };

	for (; *text; text += *text == '\n') {
		take_line(text, &s);
		text = strchrnul(text, '\n');
	}
	s.inside = s.levels ? s.tids[s.levels - 1] : 0;
	s.uid = s.n_uids >= 2 ? s.uids[1] : 0;
	*ret = s;
}

/* Returns the length of the text, or -errno. */
static ssize_t read_status(int procfs, const char *dir, const char *name, struct nsv_status *ret)
{
	nsv_autofree char *heap = NULL;
	const char *text;
	char small[4096];
	ssize_t n = nsv_process_text(procfs, dir, name, small, sizeof(small), &text, &heap);

	if (n >= 0)
		nsv_status_parse(text, ret);
	return n;
}

int nsv_status_read(int procfs, const char *dir, struct nsv_status *ret)
{
	ssize_t n = read_status(procfs, dir, "status", ret);

	return n < 0 ? (int)n : 0;
}

int nsv_process_euid(int procfs, const char *dir, uint32_t *ret)
{
	struct stat st;

	/* The effective user owns the directory of /proc/PID even if the process is undumpable. */
	if (fstatat(procfs, dir, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	*ret = st.st_uid;
	return 0;
}

/*
 * A pidfd's fdinfo has the IDs without the groups. For thread groups only, and only if @procfs is
 * of our own PID namespace: else the numbers differ (-EBADMSG).
 */
static int ids_by_pidfd(int procfs, const char *dir, struct nsv_process_ids *ret)
{
	nsv_autofd int pidfd = NSV_FD_NONE;
	struct nsv_status s;
	uint32_t uid;
	char name[32];
	uint64_t pid;
	ssize_t n;
	int r = nsv_parse_u64(dir, INT32_MAX, &pid);

	if (r < 0)
		return r;
	pidfd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	if (pidfd < 0)
		return -errno;
	(void)snprintf(name, sizeof(name), "fdinfo/%d", pidfd);
	n = read_status(procfs, "self", name, &s);
	if (n < 0)
		return (int)n;
	if (s.levels == 0 || s.tids[0] != (pid_t)pid)
		return -EBADMSG;
	r = nsv_process_euid(procfs, dir, &uid);
	if (r == 0)
		*ret = (struct nsv_process_ids){ (pid_t)pid, s.levels, s.inside, uid, s.ppid };
	return r;
}

int nsv_process_ids(int procfs, const char *dir, unsigned *slow, struct nsv_process_ids *ret)
{
	struct nsv_status s;
	ssize_t n;

	if (slow && *slow >= SLOW_MAX && ids_by_pidfd(procfs, dir, ret) == 0)
		return 0;
	n = read_status(procfs, dir, "status", &s);
	if (slow && n >= SLOW_LENGTH)
		++*slow;
	if (n < 0)
		return (int)n;
	if (s.n_uids < 2 || s.levels == 0)
		return -EBADMSG;
	*ret = (struct nsv_process_ids){ s.tgid, s.levels, s.inside, s.uid, s.ppid };
	return 0;
}

int nsv_proc_read(int procfs, const char *dir, struct nsv_proc *ret)
{
	struct nsv_process_stat stat;
	struct nsv_status status;
	int r = nsv_process_stat(procfs, dir, &stat);

	if (r == 0)
		r = nsv_status_read(procfs, dir, &status);
	if (r < 0)
		return r;
	if (status.n_tgids == 0 || status.levels != status.n_tgids)
		return -EBADMSG;
	*ret = (struct nsv_proc){ .state = stat.state,
				  .kthread = stat.kthread,
				  .start = stat.start,
				  .levels = status.levels };
	memcpy(ret->tgids, status.tgids, sizeof(ret->tgids));
	memcpy(ret->tids, status.tids, sizeof(ret->tids));
	return 0;
}
