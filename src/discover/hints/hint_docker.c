/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint_docker.c - reads Docker's <data-root>/containers/<id>/config.v2.json. The search for data
 * roots goes from cheap to costly: the usual places, then the source of the container's
 * /etc/hostname mount, then the options of running daemons (which reads a file of every process). A
 * file counts only if its State.Pid is a process of the container. No locks: one thread.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "discover/hints/hints.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define DATA_ROOT   "/var/lib/docker"
#define CONFIG_FILE "/etc/docker/daemon.json"

/* Adds a folder "containers", unless the list has it already. */
static void add_containers(struct nsv_hints *h, int fd_take, bool strict)
{
	nsv_autofd int fd = fd_take;
	struct stat st, other;

	if (fd < 0 || h->n_docker == NSV_ARRAY_SIZE(h->docker))
		return;
	for (size_t i = 0; i < h->n_docker && fstat(fd, &st) == 0; i++) {
		if (fstat(h->docker[i].fd, &other) == 0 && st.st_dev == other.st_dev &&
		    st.st_ino == other.st_ino)
			return;
	}
	h->docker[h->n_docker++] = (struct nsv_docker_root){ nsv_steal_fd(&fd), strict };
}

static void add_root(struct nsv_hints *h, int data_root, bool strict)
{
	if (data_root >= 0)
		add_containers(h, nsv_hint_step(h, data_root, "containers", strict, 0), strict);
}

void nsv_hint_docker_done(struct nsv_hints *h)
{
	for (size_t i = 0; i < h->n_docker; i++)
		nsv_close(h->docker[i].fd);
	h->n_docker = 0;
}

/* Adds a path from this program or from root's configuration. Root made any link in it. */
static void add_trusted(struct nsv_hints *h, const char *path)
{
	nsv_autofd int fd = NSV_FD_NONE;

	if (!path || *path != '/' || !path[1])
		return;
	fd = openat(h->files, path + 1, O_PATH | O_DIRECTORY | O_CLOEXEC);
	add_root(h, fd, false);
}

static void add_configured(struct nsv_hints *h, const char *file)
{
	struct nsv_json_member roots[] = { { "data-root", { 0 } }, { "graph", { 0 } } };
	nsv_autofd int dir = NSV_FD_NONE;
	char path[4096];
	char *slash;

	if (*file != '/' || strlen(file) >= sizeof(path))
		return;
	memcpy(path, file, strlen(file) + 1);
	slash = strrchr(path, '/');
	*slash = '\0';
	dir = nsv_hint_walk(h, *path ? path : "/", 0);
	if (dir < 0 || !nsv_hint_is_component(slash + 1))
		return;
	nsv_hint_members(h, nsv_hint_read_json(h, dir, slash + 1, true, 0), roots,
			 NSV_ARRAY_SIZE(roots));
	for (size_t i = 0; i < NSV_ARRAY_SIZE(roots); i++)
		add_trusted(h, nsv_hint_text(h, roots[i].value));
}

/* Adds the data root of a daemon that runs as root in our mount namespace. Its options are in
 * h->args, @len bytes. */
static void add_daemon(struct nsv_hints *h, size_t len)
{
	const char *root = nsv_hint_option(h, len, "-g", "--data-root");
	const char *config = nsv_hint_option(h, len, NULL, "--config-file");
	nsv_autofd int fd = NSV_FD_NONE;

	if (!root)
		root = nsv_hint_option(h, len, NULL, "--graph");
	if (root) {
		fd = nsv_hint_walk(h, root, 0);
		add_root(h, fd, true);
	}
	if (config)
		add_configured(h, config);
}

static void look_at_process(struct nsv_hints *h, const char *name)
{
	char path[300], comm[32];
	uint64_t pid, mntns;
	uint32_t uid;
	ssize_t n;

	if (nsv_parse_u64(name, INT32_MAX, &pid))
		return;
	(void)snprintf(path, sizeof(path), "%s/comm", name);
	if (nsv_read_text(h->scan->procfs, path, comm, sizeof(comm)) <= 0 ||
	    strcmp(comm, "dockerd\n") != 0)
		return;
	if (nsv_process_ns(h->scan->procfs, name, "mnt", &mntns) < 0 || mntns != h->scan->mntns ||
	    !nsv_hint_uid(h, (pid_t)pid, &uid) || uid != 0)
		return;
	(void)snprintf(path, sizeof(path), "%s/cmdline", name);
	n = h->args ? nsv_read_text(h->scan->procfs, path, h->args, NSV_HINT_ARGS_MAX) : -1;
	if (n > 0)
		add_daemon(h, (size_t)n);
}

static void find_daemons(struct nsv_hints *h)
{
	int fd = openat(h->scan->procfs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		nsv_close(fd);
		return;
	}
	if (!h->args)
		h->args = malloc(NSV_HINT_ARGS_MAX);
	while ((entry = readdir(dir)))
		look_at_process(h, entry->d_name);
	(void)closedir(dir);
}

static void take_config(struct nsv_hints *h, struct nsv_container *c, struct nsv_json config)
{
	struct nsv_json_member m[] = { { "Image", { 0 } }, { "Labels", { 0 } } };
	/* cri-dockerd sets these labels; its sandboxes have the container name POD. */
	struct nsv_json_member pod[] = {
		{ "io.kubernetes.pod.namespace", { 0 } },
		{ "io.kubernetes.pod.name", { 0 } },
		{ "io.kubernetes.container.name", { 0 } },
	};

	nsv_hint_members(h, config, m, NSV_ARRAY_SIZE(m));
	c->image = nsv_hint_keep_json(h, m[0].value);
	nsv_hint_labels(h, c, m[1].value);
	nsv_hint_members(h, m[1].value, pod, NSV_ARRAY_SIZE(pod));
	c->pod_namespace = nsv_hint_keep_json(h, pod[0].value);
	c->pod_name = nsv_hint_keep_json(h, pod[1].value);
	c->pod_container = nsv_hint_keep_json(h, pod[2].value);
}

/* Reads the file below a folder "containers"; false if there is none for this container. */
static bool try_root(struct nsv_hints *h, struct nsv_container *c, int containers, bool strict,
		     uint32_t owner)
{
	enum { ID, STATE, NAME, CONFIG };
	struct nsv_json_member m[] = {
		[ID] = { "ID", { 0 } },
		[STATE] = { "State", { 0 } },
		[NAME] = { "Name", { 0 } },
		[CONFIG] = { "Config", { 0 } },
	};
	struct nsv_json_member pid = { "Pid", { 0 } };
	nsv_autofd int dir = nsv_hint_step(h, containers, c->id, strict, owner);
	const char *name;

	if (dir < 0)
		return false;
	nsv_hint_members(h, nsv_hint_read_json(h, dir, "config.v2.json", strict, owner), m,
			 NSV_ARRAY_SIZE(m));
	nsv_hint_members(h, m[STATE].value, &pid, 1);
	if (!nsv_json_is(m[ID].value, c->id) || !nsv_hint_has_pid(h, c, nsv_json_number(pid.value)))
		return false;
	name = nsv_hint_text(h, m[NAME].value);
	if (name)
		c->engine_name = nsv_hint_keep(h, name + (*name == '/'));
	take_config(h, c, m[CONFIG].value);
	nsv_hint_keep_dir(h, c, dir);
	return true;
}

static bool try_roots(struct nsv_hints *h, struct nsv_container *c, size_t from)
{
	for (size_t i = from; i < h->n_docker; i++) {
		if (try_root(h, c, h->docker[i].fd, h->docker[i].strict, 0))
			return true;
	}
	return false;
}

/* Docker mounts <data-root>/containers/<id>/hostname on /etc/hostname. */
static bool try_mounts(struct nsv_hints *h, struct nsv_container *c)
{
	static const char *const targets[] = { "/etc/hostname", "/etc/hosts", "/etc/resolv.conf" };
	uint32_t owner = h->owner;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(targets); i++) {
		nsv_autofree char *path = nsv_hint_mounted_from(h, c, targets[i]);
		nsv_autofd int dir = NSV_FD_NONE;
		char *slash;

		for (int up = 0; path && up < 2; up++) {
			slash = strrchr(path, '/');
			if (!slash || (up == 1 && strcmp(slash + 1, c->id) != 0))
				break;
			*slash = '\0';
			if (up == 1)
				dir = nsv_hint_walk(h, path, owner);
		}
		if (dir < 0 || !try_root(h, c, dir, true, owner))
			continue;
		if (owner == 0) /* the daemon's other containers are in the same folder */
			add_containers(h, nsv_steal_fd(&dir), true);
		return true;
	}
	return false;
}

static void search_defaults(struct nsv_hints *h)
{
	if (h->docker_defaults_done)
		return;
	h->docker_defaults_done = true;
	add_trusted(h, DATA_ROOT);
	add_configured(h, CONFIG_FILE);
}

static void search_daemons(struct nsv_hints *h)
{
	if (h->docker_daemons_done)
		return;
	h->docker_daemons_done = true;
	find_daemons(h);
}

void nsv_hint_docker_search(struct nsv_hints *h)
{
	search_defaults(h);
	search_daemons(h);
}

void nsv_hint_docker(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m)
{
	size_t known;

	(void)m;
	if (!nsv_hint_is_hex_id(c->id))
		return;
	search_defaults(h);
	if (try_roots(h, c, 0))
		return;
	if (try_mounts(h, c) || h->docker_daemons_done)
		return;
	known = h->n_docker;
	search_daemons(h);
	(void)try_roots(h, c, known);
}
