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

#include "fuse/containers/container.h"
#include "reach/proc.h"
#include "reach/procfs.h"
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

int process_group_add(struct process_group *g, pid_t pid, pid_t tid)
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

static int find_line(int procfs, const char *dir, struct line *line)
{
	char path[PATH_SIZE];
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/ns/pid", dir);
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
static int line_of(int procfs, const char *dir, struct lines *lines, const struct line **ret_line)
{
	struct line *line;
	uint64_t ino;
	int r;

	*ret_line = NULL;
	if (nsv_process_ns(procfs, dir, "pid", &ino) < 0)
		return 0;
	for (size_t i = 0; i < lines->n; i++)
		if (lines->lines[i].inos[0] == ino) {
			*ret_line = &lines->lines[i];
			return 0;
		}
	line = grown(lines->lines, lines->n, &lines->room, sizeof(*line));
	if (!line)
		return -ENOMEM;
	lines->lines = line;
	line += lines->n;
	*line = (struct line){ 0 };
	r = find_line(procfs, dir, line);
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
	const uint64_t own_mnt = nsv_ns_inode(procfs, "self/ns/mnt");
	const uint64_t own_pid = nsv_ns_inode(procfs, "self/ns/pid");
	const struct dirent *entry;
	DIR *all = open_list(procfs, ".");
	int r = all ? 0 : -errno;

	for (struct process_group *g = first; g; g = g->next) {
		char path[PATH_SIZE];

		(void)snprintf(path, sizeof(path), "%d/ns/pid", g->pid);
		g->pidns = nsv_ns_inode(procfs, path);
		if (g->pidns == own_pid)
			g->pidns = 0;
	}
	while (r == 0 && (entry = readdir(all)) != NULL) {
		char dir[NSV_PROCESS_DIR];
		const struct line *line;
		uint64_t pid, mntns;

		if (nsv_parse_u64(entry->d_name, INT32_MAX, &pid) < 0)
			continue;
		r = nsv_process_mntns(procfs, (pid_t)pid, dir, &mntns);
		if (r < 0 || mntns == own_mnt) {
			r = is_short(-r) ? r : 0;
			continue;
		}
		r = line_of(procfs, dir, &lines, &line);
		for (struct process_group *g = first; r == 0 && g; g = g->next)
			if (mntns == g->mntns || is_below(line, g->pidns))
				r = process_group_add(g, (pid_t)pid, nsv_process_tid(dir));
	}
	if (all)
		(void)closedir(all);
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
	return file_set_add(set, container_dev(&st), st.stx_ino, max);
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
