/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint_podman.c - reads the state of Podman and CRI-O: conmon's options, and the lists of
 * containers/storage, <storage>/overlay-containers/{,volatile-}containers.json. A conmon that is
 * the lead's parent is proof. Where conmon was killed, the pidfile in the run root (the source of
 * the /etc/hostname mount) must be a process of the container. Podman keeps labels in its database
 * only, so they stay empty. No locks: one thread.
 */
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "discover/hints/hints.h"
#include "reach/util.h"

/* Cuts off the last component; false where there is none. */
static bool cut(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	*slash = '\0';
	return true;
}

/* Returns a cached list, or reads it and replaces the oldest. */
static struct json_object *read_list(struct nsv_hints *h, int dir, const char *name,
				     const struct stat *st, uint32_t owner)
{
	struct nsv_hint_list *l;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(h->lists); i++) {
		l = &h->lists[i];
		if (l->ino == st->st_ino && l->dev == st->st_dev)
			return l->json;
	}
	l = &h->lists[h->next_list++ % NSV_ARRAY_SIZE(h->lists)];
	nsv_json_done(&l->json);
	l->dev = st->st_dev;
	l->ino = st->st_ino;
	l->json = nsv_hint_read_json(h, dir, name, true, owner);
	return l->json;
}

/* The entry of @id in a list of containers/storage. */
static struct json_object *find_in_list(struct nsv_hints *h, int dir, const char *name,
					const char *id, uint32_t owner)
{
	struct json_object *list;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return NULL;
	list = read_list(h, dir, name, &st, owner);
	if (!json_object_is_type(list, json_type_array))
		return NULL;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);
		const char *entry_id = nsv_json_text(entry, "id");

		if (entry_id && strcmp(entry_id, id) == 0)
			return entry;
	}
	return NULL;
}

/* Takes name and image from the storage: the container may have been renamed since conmon's start.
 */
static void take_storage(struct nsv_hints *h, struct nsv_container *c, const char *containers,
			 uint32_t owner)
{
	nsv_autojson struct json_object *metadata = NULL;
	nsv_autofd int dir = nsv_hint_walk(h, containers, owner);
	struct json_object *entry, *names;
	const char *text;

	if (dir < 0)
		return;
	entry = find_in_list(h, dir, "containers.json", c->id, owner);
	if (!entry)
		entry = find_in_list(h, dir, "volatile-containers.json", c->id, owner);
	names = nsv_json_array(entry, "names");
	if (names && json_object_array_length(names) > 0) {
		struct json_object *name = json_object_array_get_idx(names, 0);

		if (json_object_is_type(name, json_type_string) && *json_object_get_string(name))
			c->engine_name = nsv_hint_keep(h, json_object_get_string(name));
	}
	text = nsv_json_text(entry, "metadata");
	if (text)
		metadata = nsv_json_parse(text, strlen(text));
	text = nsv_json_text(metadata, "image-name");
	if (text)
		c->image = nsv_hint_keep(h, text);
}

/* Finds the run root and the storage through the container's mounts. */
static void fill_without_conmon(struct nsv_hints *h, struct nsv_container *c, uint32_t owner)
{
	nsv_autofree char *run = nsv_hint_mounted_from(h, c, "/run/.containerenv");
	nsv_autofree char *upper = NULL;
	nsv_autofree char *containers = NULL;
	nsv_autofd int dir = NSV_FD_NONE;

	if (!run)
		run = nsv_hint_mounted_from(h, c, "/etc/hostname");
	if (!run || !cut(run))
		return;
	dir = nsv_hint_walk(h, run, owner);
	if (dir < 0 || !strstr(run, c->id) ||
	    !nsv_hint_has_pid(h, c, nsv_hint_read_pid(h, dir, "pidfile", true, owner)))
		return;
	/* <storage>/overlay/<layer>/diff */
	upper = nsv_hint_upper(h, c);
	if (!upper || !cut(upper) || !cut(upper) ||
	    asprintf(&containers, "%s-containers", upper) < 0)
		return;
	take_storage(h, c, containers, owner);
}

void nsv_hint_podman(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m)
{
	uint32_t owner = nsv_hint_owner(h, c);
	nsv_autofd int userdata = NSV_FD_NONE;
	const char *id, *bundle;
	char *path;

	if (!nsv_hint_is_hex_id(c->id))
		return;
	if (!m->pid || strcmp(m->comm, "conmon") != 0) {
		fill_without_conmon(h, c, owner);
		return;
	}
	id = nsv_hint_option(h, m->args_len, "-c", "--cid");
	if (!id || strcmp(id, c->id) != 0)
		return;
	c->engine_name = nsv_hint_keep(h, nsv_hint_option(h, m->args_len, "-n", "--name"));
	/* <storage>/overlay-containers/<id>/userdata */
	bundle = nsv_hint_option(h, m->args_len, "-b", "--bundle");
	path = bundle ? strdup(bundle) : NULL;
	userdata = path ? nsv_hint_walk(h, path, owner) : NSV_FD_NONE;
	if (userdata >= 0)
		nsv_hint_keep_dir(h, c, userdata);
	if (path && cut(path) && cut(path))
		take_storage(h, c, path, owner);
	free(path);
}

static bool is_sandbox(struct json_object *a)
{
	const char *type = nsv_json_text(a, "io.kubernetes.cri-o.ContainerType");

	return type && strcmp(type, "sandbox") == 0;
}

static const char *either(struct json_object *a, const char *first, const char *second)
{
	const char *text = nsv_json_text(a, first);

	return text ? text : nsv_json_text(a, second);
}

static void take_annotations(struct nsv_hints *h, struct nsv_container *c, struct json_object *a)
{
	nsv_autojson struct json_object *labels = NULL;
	const char *text = nsv_json_text(a, "io.kubernetes.cri-o.Labels");
	const char *name =
	    either(a, "io.kubernetes.container.name", "io.kubernetes.cri-o.ContainerName");

	c->pod_namespace = nsv_hint_keep(h, either(a, "io.kubernetes.pod.namespace",
						   "io.kubernetes.cri-o.Namespace"));
	c->pod_name =
	    nsv_hint_keep(h, either(a, "io.kubernetes.pod.name", "io.kubernetes.cri-o.KubeName"));
	c->pod_container = is_sandbox(a) ? "POD" : nsv_hint_keep(h, name);
	c->engine_name = nsv_hint_keep(h, nsv_json_text(a, "io.kubernetes.cri-o.Name"));
	c->image = nsv_hint_keep(h, either(a, "io.kubernetes.cri-o.ImageName",
					   "io.kubernetes.cri-o.Image"));
	if (text)
		labels = nsv_json_parse(text, strlen(text));
	nsv_hint_labels(h, c, labels);
}

/* Reads a bundle of CRI-O, <root>/overlay-containers/<id>/userdata. @proven: conmon's options name
 * it, so no PID is checked. */
static bool take_bundle(struct nsv_hints *h, struct nsv_container *c, const char *bundle,
			bool proven, uint32_t owner)
{
	nsv_autojson struct json_object *config = NULL;
	nsv_autojson struct json_object *state = NULL;
	nsv_autofd int dir = nsv_hint_walk(h, bundle, owner);

	if (dir < 0)
		return false;
	if (!proven && !nsv_hint_has_pid(h, c, nsv_hint_read_pid(h, dir, "pidfile", true, owner))) {
		state = nsv_hint_read_json(h, dir, "state.json", true, owner);
		if (!nsv_hint_has_pid(h, c, nsv_json_number(state, "pid")))
			return false;
	}
	config = nsv_hint_read_json(h, dir, "config.json", true, owner);
	if (!nsv_json_object(config, "annotations"))
		return false;
	take_annotations(h, c, nsv_json_object(config, "annotations"));
	nsv_hint_keep_dir(h, c, dir);
	return true;
}

void nsv_hint_crio(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m)
{
	static const char *const roots[] = { "/run/containers/storage",
					     "/var/lib/containers/storage" };
	uint32_t owner = nsv_hint_owner(h, c);
	const char *id, *bundle;

	if (!nsv_hint_is_hex_id(c->id))
		return;
	id = m->pid ? nsv_hint_option(h, m->args_len, "-c", "--cid") : NULL;
	bundle = m->pid ? nsv_hint_option(h, m->args_len, "-b", "--bundle") : NULL;
	if (id && bundle && strcmp(id, c->id) == 0 && take_bundle(h, c, bundle, true, owner))
		return;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(roots); i++) {
		nsv_autofree char *path = NULL;

		if (asprintf(&path, "%s/overlay-containers/%s/userdata", roots[i], c->id) < 0)
			return;
		if (take_bundle(h, c, path, false, owner))
			return;
	}
}
