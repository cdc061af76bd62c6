/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bundle.c - finds a container's OCI bundle and reads its config.json. containerd (Docker, CRI,
 * ctr): the working directory of its shim, or the usual folders below /run; Podman and CRI-O:
 * conmon's option; runc and crun alone: their state files, which name the bundle.
 *
 * Defends against: forged monitors, state files and bundles, as hints.h says. No locks: one thread.
 */
#include "discover/hints/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "discover/hints/hints.h"
#include "reach/util.h"

#define FOLDERS_MAX 64

/* Folders of containerd whose entries are its namespaces, and in these are bundles. */
static const char *const tasks[] = {
	"/run/containerd/io.containerd.runtime.v2.task",
	"/run/docker/containerd/daemon/io.containerd.runtime.v2.task",
};

/* Folders of containers/storage. */
static const char *const storages[] = {
	"/var/lib/containers/storage/overlay-containers",
	"/run/containers/storage/overlay-containers",
};

/* Takes config.json from the bundle open at @dir. */
static int take(struct nsv_hints *h, int dir, uint32_t owner, struct nsv_bundle *ret)
{
	char link[32];
	ssize_t n = nsv_hint_read(h, dir, "config.json", NSV_HINT_FILE_MAX, true, owner);
	ssize_t len;

	if (n <= 0)
		return -ENOENT;
	ret->text = malloc((size_t)n + 1);
	if (!ret->text)
		return -ENOMEM;
	memcpy(ret->text, h->file, (size_t)n + 1);
	ret->len = (size_t)n;
	ret->owner = owner;
	(void)snprintf(link, sizeof(link), "self/fd/%d", dir);
	len = readlinkat(h->procfs, link, ret->path, sizeof(ret->path) - 1);
	ret->path[len > 0 ? len : 0] = '\0';
	return 0;
}

/* The bundle of containerd @id below the folder of a namespace, which its init.pid proves. */
static int try_task(struct nsv_hints *h, const struct nsv_container *c, int space, uint32_t owner,
		    struct nsv_bundle *ret)
{
	nsv_autofd int dir = nsv_hint_step(h, space, c->id, true, owner);

	if (dir < 0 || !nsv_hint_has_pid(h, c, nsv_hint_read_pid(h, dir, "init.pid", true, owner)))
		return -ENOENT;
	return take(h, dir, owner, ret);
}

/* The shim's working directory is the bundle of its first container, and others lie beside. */
static int try_shim(struct nsv_hints *h, const struct nsv_container *c, const struct nsv_monitor *m,
		    struct nsv_bundle *ret)
{
	nsv_autofd int space = NSV_FD_NONE;
	char link[32], path[4096];
	char *slash;
	ssize_t n;

	(void)snprintf(link, sizeof(link), "%d/cwd", m->pid);
	n = readlinkat(h->scan->procfs, link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return -ENOENT;
	*slash = '\0';
	space = nsv_hint_walk(h, path, h->owner);
	return space < 0 ? -ENOENT : try_task(h, c, space, h->owner, ret);
}

static int try_conmon(struct nsv_hints *h, const struct nsv_container *c,
		      const struct nsv_monitor *m, struct nsv_bundle *ret)
{
	const char *id = nsv_hint_option(h, m->args_len, "-c", "--cid");
	const char *path = nsv_hint_option(h, m->args_len, "-b", "--bundle");
	nsv_autofd int dir = NSV_FD_NONE;

	if (!id || !path || strcmp(id, c->id) != 0)
		return -ENOENT;
	dir = nsv_hint_walk(h, path, h->owner);
	return dir < 0 ? -ENOENT : take(h, dir, h->owner, ret);
}

static int try_tasks(struct nsv_hints *h, const struct nsv_container *c, const char *folder,
		     struct nsv_bundle *ret)
{
	nsv_autofd int top = nsv_hint_walk(h, folder, 0);
	int fd = top < 0 ? top : openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int r = -ENOENT, seen = 0;

	if (!dir) {
		nsv_close(fd);
		return -ENOENT;
	}
	while (r == -ENOENT && (entry = readdir(dir)) && seen++ < FOLDERS_MAX) {
		nsv_autofd int space = NSV_FD_NONE;

		if (!nsv_hint_is_component(entry->d_name))
			continue;
		space = nsv_hint_step(h, top, entry->d_name, true, 0);
		if (space >= 0)
			r = try_task(h, c, space, 0, ret);
	}
	(void)closedir(dir);
	return r;
}

static int try_storage(struct nsv_hints *h, const struct nsv_container *c, const char *folder,
		       struct nsv_bundle *ret)
{
	nsv_autofd int top = nsv_hint_walk(h, folder, 0);
	nsv_autofd int one = top < 0 ? NSV_FD_NONE : nsv_hint_step(h, top, c->id, true, 0);
	nsv_autofd int dir = one < 0 ? NSV_FD_NONE : nsv_hint_step(h, one, "userdata", true, 0);

	if (dir < 0 || !nsv_hint_has_pid(h, c, nsv_hint_read_pid(h, dir, "pidfile", true, 0)))
		return -ENOENT;
	return take(h, dir, 0, ret);
}

/* The state file of runc (@list: an array of "KEY=VALUE") or crun. */
static int try_runtime(struct nsv_hints *h, const struct nsv_container *c, const char *folder,
		       const char *file, const char *pid_key, const char *list,
		       struct nsv_bundle *ret)
{
	nsv_autofd int top = nsv_hint_walk(h, folder, 0);
	nsv_autofd int one = top < 0 ? NSV_FD_NONE : nsv_hint_step(h, top, c->id, true, 0);
	nsv_autofd int dir = NSV_FD_NONE;
	struct nsv_json_member m[] = { { pid_key, { 0 } },
				       { "bundle", { 0 } },
				       { "config", { 0 } } };
	struct nsv_json_member labels = { "labels", { 0 } };
	struct nsv_json_walk walk;
	struct nsv_json key, value;
	const char *path = NULL;

	if (one < 0)
		return -ENOENT;
	nsv_hint_members(h, nsv_hint_read_json(h, one, file, true, 0), m, NSV_ARRAY_SIZE(m));
	if (!nsv_hint_has_pid(h, c, nsv_json_number(m[0].value)))
		return -ENOENT;
	if (!list) {
		path = nsv_hint_text(h, m[1].value);
	} else {
		nsv_hint_members(h, m[2].value, &labels, 1);
		walk = nsv_json_walk(labels.value);
		while (!path && !walk.object && nsv_json_next(&walk, &key, &value)) {
			const char *text = nsv_hint_text(h, value);

			if (text && strncmp(text, list, strlen(list)) == 0)
				path = text + strlen(list);
		}
	}
	dir = path ? nsv_hint_walk(h, path, 0) : NSV_FD_NONE;
	return dir < 0 ? -ENOENT : take(h, dir, 0, ret);
}

/* Without a monitor, at the usual places, which are root's. */
static int try_places(struct nsv_hints *h, const struct nsv_container *c, struct nsv_bundle *ret)
{
	int r = -ENOENT;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(tasks) && r == -ENOENT; i++)
		r = try_tasks(h, c, tasks[i], ret);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(storages) && r == -ENOENT; i++)
		r = try_storage(h, c, storages[i], ret);
	if (r == -ENOENT)
		r = try_runtime(h, c, "/run/runc", "state.json", "init_process_pid",
				"bundle=", ret);
	if (r == -ENOENT)
		r = try_runtime(h, c, "/run/crun", "status", "pid", NULL, ret);
	return r;
}

static int find(struct nsv_hints *h, const struct nsv_container *c, struct nsv_bundle *ret)
{
	struct nsv_monitor m;
	int r = -ENOENT;

	nsv_hint_find_owner(h, c);
	if (!c->id || !nsv_hint_is_component(c->id))
		return -ENOENT;
	if (nsv_hint_find_monitor(h, c, &m)) {
		if (strncmp(m.comm, "conmon", 6) == 0)
			r = try_conmon(h, c, &m, ret);
		else if (strstr(m.comm, "containerd-shim"))
			r = try_shim(h, c, &m, ret);
	}
	return r == -ENOENT ? try_places(h, c, ret) : r;
}

int nsv_bundle_read(struct nsv_scan *scan, const struct nsv_container *c, struct nsv_bundle *ret)
{
	nsv_autofd int files = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct nsv_hints h = {
		.scan = scan,
		.files = files,
		.procfs = scan->procfs,
		.cmdlines = NSV_CMDLINES_INIT(scan->procfs),
	};
	int r;

	*ret = (struct nsv_bundle){ 0 };
	if (files < 0 || scan->recorded)
		return -ENOENT;
	r = find(&h, c, ret);
	nsv_cmdlines_done(&h.cmdlines);
	nsv_hint_lists_done(&h);
	free(h.args);
	free(h.file);
	free(h.mounts);
	return r;
}
