/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapped_scan.c - reads maps, map_files and fd of processes.
 *
 * The device and inode number in maps are those of the file below an overlay, so they are only
 * taken where map_files can't be followed. A mapping that may not be written now counts too: it
 * becomes writable and back in between. Nothing is opened, and no server asked.
 *
 * Defends against: names in maps (what stands before them is read only), endless tables (bounded),
 * a first thread that has ended (another's view of the process is taken).
 */
#include "fuse/coherence/mapped_scan.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/nsfs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "fuse/containers/place.h"
#include "reach/util.h"

#define PATH_SIZE 96

/* A PID namespace and those around it, without the outermost that can be seen. */
struct line {
	uint64_t inos[NSV_PID_LEVELS];
	size_t n;
};

struct lines {
	struct line *lines;
	size_t n, room;
};

/* ---- arrays that grow ---- */

static void *grown(void *array, size_t n, size_t *room, size_t size)
{
	size_t wanted = *room ? *room * 2 : 64;
	void *p;

	if (n < *room)
		return array;
	p = reallocarray(array, wanted, size);
	if (p)
		*room = wanted;
	return p;
}

static int file_set_add(struct file_set *set, uint32_t dev, uint64_t ino, size_t max)
{
	struct file_id *ids;

	/* Mappings of one file lie side by side. */
	if (set->n && set->ids[set->n - 1].ino == ino && set->ids[set->n - 1].dev == dev)
		return 0;
	if (set->n >= max)
		return -EOVERFLOW;
	ids = grown(set->ids, set->n, &set->room, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	set->ids = ids;
	ids[set->n++] = (struct file_id){ .ino = ino, .dev = dev };
	return 0;
}

void file_set_clear(struct file_set *set)
{
	free(set->ids);
	*set = (struct file_set){ 0 };
}

static int group_add(struct process_group *g, pid_t pid, pid_t tid)
{
	struct process *p = grown(g->processes, g->n, &g->room, sizeof(*p));

	if (!p)
		return -ENOMEM;
	g->processes = p;
	p[g->n++] = (struct process){ .pid = pid, .tid = tid };
	return 0;
}

void process_group_clear(struct process_group *g)
{
	free(g->processes);
	g->processes = NULL;
	g->n = g->room = 0;
}

/* ---- which processes ---- */

static pid_t number_of(const char *name)
{
	char *end;
	long n = isdigit((unsigned char)*name) ? strtol(name, &end, 10) : 0;

	return n > 0 && !*end && n <= INT32_MAX ? (pid_t)n : 0;
}

/* 0 where it can't be read. */
static uint64_t ns_of(int procfs, pid_t pid, pid_t tid, const char *kind)
{
	char path[PATH_SIZE], text[64];
	const char *colon;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%d/task/%d/ns/%s", pid, tid, kind);
	n = readlinkat(procfs, path, text, sizeof(text) - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	colon = strchr(text, '[');
	return colon ? strtoull(colon + 1, NULL, 10) : 0;
}

static DIR *open_list(int procfs, const char *path)
{
	int fd = openat(procfs, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		nsv_close(fd);
	return dir;
}

/* Something could not be learnt for want of memory or fds: it may be anything. */
static bool is_short(int error)
{
	return error == ENOMEM || error == EMFILE || error == ENFILE;
}

/* By a thread other than the first, which has ended. */
static uint64_t mntns_of_others(int procfs, pid_t pid, pid_t *ret_tid)
{
	char path[PATH_SIZE];
	const struct dirent *entry;
	uint64_t mntns = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%d/task", pid);
	dir = open_list(procfs, path);
	while (dir && !mntns && (entry = readdir(dir)) != NULL) {
		pid_t tid = number_of(entry->d_name);

		if (tid && tid != pid && (mntns = ns_of(procfs, pid, tid, "mnt")) != 0)
			*ret_tid = tid;
	}
	if (dir)
		(void)closedir(dir);
	return mntns;
}

static int find_line(int procfs, pid_t pid, pid_t tid, struct line *line)
{
	char path[PATH_SIZE];
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;

	(void)snprintf(path, sizeof(path), "%d/task/%d/ns/pid", pid, tid);
	fd = openat(procfs, path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && line->n < NSV_PID_LEVELS && fstat(fd, &st) == 0) {
		int up = ioctl(fd, NS_GET_PARENT);

		line->inos[line->n++] = st.st_ino;
		nsv_close(fd);
		fd = up;
	}
	return fd < 0 && is_short(errno) ? -errno : 0;
}

/* *ret_line: NULL where there is none that can be seen. */
static int line_of(int procfs, pid_t pid, pid_t tid, struct lines *lines,
		   const struct line **ret_line)
{
	uint64_t ino = ns_of(procfs, pid, tid, "pid");
	struct line *line;
	int r;

	*ret_line = NULL;
	for (size_t i = 0; ino && i < lines->n; i++)
		if (lines->lines[i].inos[0] == ino) {
			*ret_line = &lines->lines[i];
			return 0;
		}
	if (!ino)
		return 0;
	line = grown(lines->lines, lines->n, &lines->room, sizeof(*line));
	if (!line)
		return -ENOMEM;
	lines->lines = line;
	line += lines->n;
	*line = (struct line){ 0 };
	r = find_line(procfs, pid, tid, line);
	if (r < 0)
		return r;
	line->inos[0] = ino;
	lines->n++;
	*ret_line = line;
	return 0;
}

static bool is_below(const struct line *line, uint64_t pidns)
{
	bool below = false;

	for (size_t i = 0; line && pidns && i < line->n && !below; i++)
		below = line->inos[i] == pidns;
	return below;
}

int mapped_find_processes(int procfs, struct process_group *first)
{
	struct lines lines = { 0 };
	const pid_t me = getpid();
	const uint64_t own_mnt = ns_of(procfs, me, me, "mnt");
	const uint64_t own_pid = ns_of(procfs, me, me, "pid");
	const struct dirent *entry;
	DIR *dir = open_list(procfs, ".");
	int r = dir ? 0 : -errno;

	for (struct process_group *g = first; g; g = g->next) {
		g->pidns = ns_of(procfs, g->pid, g->pid, "pid");
		if (g->pidns == own_pid)
			g->pidns = 0;
	}
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		pid_t pid = number_of(entry->d_name), tid = pid;
		uint64_t mntns = pid ? ns_of(procfs, pid, pid, "mnt") : own_mnt;
		const struct line *line;

		if (!mntns && errno == ENOENT)
			mntns = mntns_of_others(procfs, pid, &tid);
		if (!mntns && is_short(errno))
			r = -errno;
		if (!mntns || mntns == own_mnt)
			continue;
		r = line_of(procfs, pid, tid, &lines, &line);
		for (struct process_group *g = first; r == 0 && g; g = g->next)
			if (mntns == g->mntns || is_below(line, g->pidns))
				r = group_add(g, pid, tid);
	}
	if (dir)
		(void)closedir(dir);
	free(lines.lines);
	return r;
}

/* ---- which files ---- */

static int add_named(int dirfd, const char *name, struct file_set *set, size_t max)
{
	struct statx st;

	if (statx(dirfd, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO | STATX_TYPE, &st) <
	    0)
		return -errno;
	if (!S_ISREG(st.stx_mode))
		return 0;
	return file_set_add(set, place_dev(&st), st.stx_ino, max);
}

/* "start-end perm offset major:minor inode name" */
static int add_mapping(int map_files, const char *line, struct file_set *set, size_t max)
{
	char range[40], shared;
	uint64_t ino;
	int r;

	if (sscanf(line, "%39s %*3c%c %*x %*x:%*x %" SCNu64, range, &shared, &ino) != 3 ||
	    shared != 's' || ino == 0)
		return 0;
	r = map_files >= 0 ? add_named(map_files, range, set, max) : -ENOENT;
	if (r == 0 || r == -EOVERFLOW || r == -ENOMEM)
		return r;
	/* Not allowed, or cut in pieces just now. */
	return file_set_add(set, 0, ino, max);
}

static int ended(int r)
{
	return r == -ENOENT || r == -ESRCH ? 0 : r;
}

static int scan_maps(int task, struct file_set *set, size_t max)
{
	nsv_autofd int map_files = openat(task, "map_files", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(task, "maps", O_RDONLY | O_CLOEXEC);
	FILE *maps = fd < 0 ? NULL : fdopen(fd, "r");
	nsv_autofree char *line = NULL;
	size_t room = 0;
	int r = maps ? 0 : -errno;

	if (!maps) {
		nsv_close(fd);
		return ended(r);
	}
	errno = 0;
	while (r == 0 && getline(&line, &room, maps) > 0)
		r = add_mapping(map_files, line, set, max);
	if (r == 0 && ferror(maps))
		r = errno ? -errno : -EIO;
	(void)fclose(maps);
	return ended(r);
}

static int scan_fds(int task, struct file_set *set, size_t max)
{
	DIR *dir = open_list(task, "fd");
	const struct dirent *entry;
	int r = dir ? 0 : ended(-errno);

	while (dir && r == 0 && (entry = readdir(dir)) != NULL) {
		struct stat st;

		/* The link's own mode tells what the file is open for. */
		if (*entry->d_name == '.' ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !(st.st_mode & S_IWUSR))
			continue;
		r = ended(add_named(dirfd(dir), entry->d_name, set, max));
	}
	if (dir)
		(void)closedir(dir);
	return r;
}

int mapped_scan_process(int procfs, const struct process *process, struct file_set *set, size_t max)
{
	char path[PATH_SIZE];
	nsv_autofd int task = NSV_FD_NONE;
	int r;

	(void)snprintf(path, sizeof(path), "%d", process->pid);
	if (process->tid != process->pid)
		(void)snprintf(path, sizeof(path), "%d/task/%d", process->pid, process->tid);
	task = openat(procfs, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (task < 0)
		return ended(-errno);
	r = scan_maps(task, set, max);
	return r < 0 ? r : scan_fds(task, set, max);
}
