/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsview_doctor_engines.c - checks of engines and their state files, the freezer, and the disk. No
 * engine is asked. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/cli.h"
#include "cli/nsview_doctor.h"
#include "reach/mountinfo.h"

/* Where names, images and labels come from; "~" and "$" are the user's home and runtime folder. */
static const struct {
	const char *engine, *path;
} states[] = {
	{ "docker", "/var/lib/docker/containers" },
	{ "podman", "/run/containers/storage/overlay-containers" },
	{ "podman", "/var/lib/containers/storage/overlay-containers" },
	{ "podman", "~/.local/share/containers/storage/overlay-containers" },
	{ "containerd", "/run/containerd/io.containerd.runtime.v2.task" },
	{ "cri-o", "/run/crio" },
	{ "kubernetes", "/var/log/pods" },
	{ "runc", "/run/runc" },
	{ "crun", "/run/crun" },
	{ "lxc", "/var/lib/lxc" },
	{ "systemd-nspawn", "/run/systemd/machines" },
};

static const struct {
	const char *comm, *engine;
} daemons[] = {
	{ "dockerd", "docker" }, { "containerd", "containerd" },
	{ "crio", "cri-o" },	 { "podman", "podman" },
	{ "lxd", "lxd" },	 { "incusd", "incus" },
	{ "k3s", "k3s" },	 { "systemd-nspawn", "systemd-nspawn" },
};

/* Adds @word to the comma-separated @list unless it is there. */
static void add_word(char *list, size_t size, const char *word)
{
	size_t len = strlen(list), n = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += n)
		if ((at == list || at[-1] == ' ') && (at[n] == '\0' || at[n] == ','))
			return;
	if (len + n + 3 < size)
		(void)snprintf(list + len, size - len, "%s%s", len ? ", " : "", word);
}

static void find_running(char *list, size_t size)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	char path[300], comm[32];

	while (proc && (entry = readdir(proc))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		if (doctor_read(path, comm, sizeof(comm)) <= 0)
			continue;
		for (size_t i = 0; i < NSV_ARRAY_SIZE(daemons); i++)
			if (strcmp(comm, daemons[i].comm) == 0)
				add_word(list, size, daemons[i].engine);
	}
	if (proc)
		(void)closedir(proc);
}

void doctor_engines(struct doctor_result *r)
{
	char running[200] = "", kept[200] = "", closed[200] = "", path[300];
	const char *home = getenv("HOME");

	find_running(running, sizeof(running));
	for (size_t i = 0; i < NSV_ARRAY_SIZE(states); i++) {
		bool at_home = states[i].path[0] == '~';
		DIR *dir;

		(void)snprintf(path, sizeof(path), "%s%s", at_home && home ? home : "",
			       states[i].path + at_home);
		dir = opendir(path);
		if (dir) {
			add_word(kept, sizeof(kept), states[i].engine);
			(void)closedir(dir);
		} else if (errno != ENOENT && errno != ENOTDIR) {
			add_word(closed, sizeof(closed), states[i].engine);
		}
	}
	if (*closed)
		doctor_warn(r, "names, images and labels of their containers", "sudo nsview ...",
			    "state files of %s can't be read; running: %s; readable: %s", closed,
			    *running ? running : "none", *kept ? kept : "none");
	else
		doctor_ok(r, "running: %s; state files: %s", *running ? running : "none",
			  *kept ? kept : "none");
}

/* ---- the freezer ---- */

/* A cgroup below @mount that has the file @knob which can be opened for writing. 1, 0: none has
 * the file, or -errno of opening one. Nothing is written. */
static int find_knob(const char *mount, const char *knob)
{
	DIR *dir = opendir(mount);
	const struct dirent *entry;
	char path[600];
	int r = 0;

	if (!dir)
		return -errno;
	while (r <= 0 && (entry = readdir(dir))) {
		int fd;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s/%s", mount, entry->d_name, knob);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			r = 1;
		else if (errno != ENOENT && errno != ENOTDIR)
			r = -errno;
		nsv_close(fd);
	}
	(void)closedir(dir);
	return r;
}

void doctor_freezer(struct doctor_result *r)
{
	static const char lost[] = "nscollect --freeze";
	nsv_automountinfo struct nsv_mountinfo table;
	struct nsv_mount_line line;
	int version = 0, found = 0;

	if (nsv_mountinfo_open(&table, AT_FDCWD, "/proc/self", NSV_MOUNTINFO_MAX) < 0) {
		doctor_warn(r, lost, "see proc", "the table of mounts can't be read");
		return;
	}
	/* Of two hierarchies that have groups the first one counts, for root and for all others. */
	while (found == 0 && nsv_mountinfo_next(&table, &line) > 0) {
		int v = strcmp(line.type, "cgroup2") == 0				    ? 2
			: strcmp(line.type, "cgroup") == 0 && strstr(line.super, "freezer") ? 1
											    : 0;

		if (!v)
			continue;
		found = find_knob(line.point, v == 2 ? "cgroup.freeze" : "freezer.state");
		if (found != 0 || !version)
			version = v;
	}
	if (found > 0)
		doctor_ok(r, "cgroups of version %d can be frozen", version);
	else if (!version)
		doctor_warn(r, lost, "mount -t cgroup2 cgroup2 /sys/fs/cgroup",
			    "no cgroup file system is mounted");
	else if (found < 0)
		doctor_warn(r, lost,
			    geteuid() == 0 ? "a cgroup mount that is not read-only"
					   : "sudo nsview ...",
			    "cgroups of version %d can't be frozen: %s", version, strerror(-found));
	else
		doctor_ok(r, "cgroups of version %d; no group to try is there now", version);
}

/* ---- the disk ---- */

#define ROOM_WANTED ((uint64_t)1 << 30)

void doctor_space(struct doctor_result *r)
{
	nsv_autofree char *here = getcwd(NULL, 0);
	char size[CLI_SIZE_BUF];
	struct statvfs fs;
	uint64_t room;

	if (!here || statvfs(".", &fs) < 0) {
		doctor_warn(r, "packages can't be written here", "another folder, or -o",
			    "this folder: %s", strerror(errno));
		return;
	}
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	(void)cli_human_size(room, size);
	if (access(".", W_OK) < 0)
		doctor_warn(r, "packages can't be written here", "another folder, or -o",
			    "%s, where nscollect would write: %s", here, strerror(errno));
	else if (room < ROOM_WANTED)
		doctor_warn(r, "packages with --full may not fit", "another folder, or -o",
			    "%s free in %s, where nscollect would write", size, here);
	else
		doctor_ok(r, "%s free in %s, where nscollect would write", size, here);
}
