/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint_containerd.c - reads containerd's state: ctr, nerdctl, and Kubernetes over CRI. A bundle is
 * the folder <state>/io.containerd.runtime.v2.task/<namespace>/<id>. Its config.json has the
 * annotations of CRI and nerdctl; its init.pid must be a process of the container. A shim's working
 * directory is the bundle of its first container. No locks: one thread.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "discover/hints/hints.h"
#include "reach/util.h"

#define TASKS	       "/run/containerd/io.containerd.runtime.v2.task"
#define NAMESPACES_MAX 64

#define CRI "io.kubernetes.cri."

static void take(struct nsv_hints *h, struct nsv_container *c, struct nsv_json a)
{
	enum { TYPE, NAME, SPACE, POD, IMAGE, NERD, NERD_SPACE };
	struct nsv_json_member m[] = {
		[TYPE] = { CRI "container-type", { 0 } },
		[NAME] = { CRI "container-name", { 0 } },
		[SPACE] = { CRI "sandbox-namespace", { 0 } },
		[POD] = { CRI "sandbox-name", { 0 } },
		[IMAGE] = { CRI "image-name", { 0 } },
		[NERD] = { "nerdctl/name", { 0 } },
		[NERD_SPACE] = { "nerdctl/namespace", { 0 } },
	};

	nsv_hint_members(h, a, m, NSV_ARRAY_SIZE(m));
	c->pod_namespace = nsv_hint_keep_json(h, m[SPACE].value);
	c->pod_name = nsv_hint_keep_json(h, m[POD].value);
	c->image = nsv_hint_keep_json(h, m[IMAGE].value);
	if (nsv_json_is(m[TYPE].value, "sandbox")) {
		c->pod_container = "POD";
		c->engine_name = c->pod_name;
	} else {
		c->pod_container = nsv_hint_keep_json(h, m[NAME].value);
		c->engine_name = c->pod_container;
	}
	if (!c->engine_name)
		c->engine_name = nsv_hint_keep_json(h, m[NERD].value);
	/* nerdctl puts the labels among the annotations. */
	if (nsv_hint_text(h, m[NERD_SPACE].value))
		nsv_hint_labels(h, c, a);
}

/* @space: folder of one of containerd's namespaces. */
static bool try_namespace(struct nsv_hints *h, struct nsv_container *c, int space, uint32_t owner)
{
	struct nsv_json_member annotations = { "annotations", { 0 } };
	nsv_autofd int bundle = nsv_hint_step(h, space, c->id, true, owner);

	if (bundle < 0 ||
	    !nsv_hint_has_pid(h, c, nsv_hint_read_pid(h, bundle, "init.pid", true, owner)))
		return false;
	nsv_hint_members(h, nsv_hint_read_json(h, bundle, "config.json", true, owner), &annotations,
			 1);
	if (nsv_json_walk(annotations.value).object)
		take(h, c, annotations.value);
	nsv_hint_keep_dir(h, c, bundle);
	/* An ID that is not hexadecimal is a name which the user of ctr chose. */
	if (!c->engine_name && !nsv_hint_is_hex_id(c->id))
		c->engine_name = c->id;
	return true;
}

static bool try_shim(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m,
		     uint32_t owner)
{
	nsv_autofd int space = NSV_FD_NONE;
	char link[32], path[4096];
	char *slash;
	ssize_t n;

	if (!m->pid || strncmp(m->comm, "containerd-shim", 15) != 0)
		return false;
	(void)snprintf(link, sizeof(link), "%d/cwd", m->pid);
	n = readlinkat(h->scan->procfs, link, path, sizeof(path) - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return false;
	*slash = '\0';
	space = nsv_hint_walk(h, path, owner);
	return space >= 0 && try_namespace(h, c, space, owner);
}

/* Tries every namespace at the usual place, where the shim has ended or can't be read. */
static void try_all(struct nsv_hints *h, struct nsv_container *c)
{
	nsv_autofd int tasks = nsv_hint_walk(h, TASKS, 0);
	struct dirent *entry;
	int fd, seen = 0;
	DIR *dir;

	fd = tasks < 0 ? tasks : openat(tasks, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		nsv_close(fd);
		return;
	}
	while ((entry = readdir(dir)) && seen++ < NAMESPACES_MAX) {
		nsv_autofd int space = NSV_FD_NONE;

		if (!nsv_hint_is_component(entry->d_name))
			continue;
		space = nsv_hint_step(h, tasks, entry->d_name, true, 0);
		if (space >= 0 && try_namespace(h, c, space, 0))
			break;
	}
	(void)closedir(dir);
}

void nsv_hint_containerd(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m)
{
	if (!try_shim(h, c, m, h->owner))
		try_all(h, c);
}
