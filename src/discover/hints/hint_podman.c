/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint_podman.c - reads the state of Podman and CRI-O: conmon's options, and the lists of
 * containers/storage, <storage>/overlay-containers/{,volatile-}containers.json. A conmon that is
 * the lead's parent is proof. Where conmon was killed, the pidfile in the run root (the source of
 * the /etc/hostname mount) must be a process of the container. Podman keeps labels in its database
 * only, so they stay empty. No locks: one thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Takes name and image from the storage: the container may have been renamed since conmon's start.
 */
static void take_storage(struct nsv_hints *h, struct nsv_container *c, const char *containers,
			 uint32_t owner)
{
	struct nsv_json_member wanted[] = { { "names", { 0 } }, { "metadata", { 0 } } };
	struct nsv_json_member image = { "image-name", { 0 } };
	nsv_autofd int dir = nsv_hint_walk(h, containers, owner);
	char metadata[NSV_HINT_TEXT_MAX + 1];
	struct nsv_json entry, key, name;
	struct nsv_json_walk names;
	const char *text;

	if (dir < 0)
		return;
	entry = nsv_hint_find_in_list(h, dir, "containers.json", c->id, owner);
	if (!entry.at)
		entry = nsv_hint_find_in_list(h, dir, "volatile-containers.json", c->id, owner);
	nsv_hint_members(h, entry, wanted, NSV_ARRAY_SIZE(wanted));
	names = nsv_json_walk(wanted[0].value);
	if (!names.object && nsv_json_next(&names, &key, &name)) {
		text = nsv_hint_text(h, name);
		if (text)
			c->engine_name = nsv_hint_keep(h, text);
	}
	nsv_hint_members(h, nsv_hint_inner(h, wanted[1].value, metadata), &image, 1);
	text = nsv_hint_text(h, image.value);
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
	uint32_t owner = h->owner;
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

static struct nsv_json either(struct nsv_json first, struct nsv_json second)
{
	return first.len > 2 && *first.at == '"' ? first : second;
}

static void take_annotations(struct nsv_hints *h, struct nsv_container *c, struct nsv_json a)
{
	enum { TYPE, SPACE, SPACE2, POD, POD2, CONTAINER, CONTAINER2, NAME, IMAGE, IMAGE2, LABELS };
	struct nsv_json_member m[] = {
		[TYPE] = { "io.kubernetes.cri-o.ContainerType", { 0 } },
		[SPACE] = { "io.kubernetes.pod.namespace", { 0 } },
		[SPACE2] = { "io.kubernetes.cri-o.Namespace", { 0 } },
		[POD] = { "io.kubernetes.pod.name", { 0 } },
		[POD2] = { "io.kubernetes.cri-o.KubeName", { 0 } },
		[CONTAINER] = { "io.kubernetes.container.name", { 0 } },
		[CONTAINER2] = { "io.kubernetes.cri-o.ContainerName", { 0 } },
		[NAME] = { "io.kubernetes.cri-o.Name", { 0 } },
		[IMAGE] = { "io.kubernetes.cri-o.ImageName", { 0 } },
		[IMAGE2] = { "io.kubernetes.cri-o.Image", { 0 } },
		[LABELS] = { "io.kubernetes.cri-o.Labels", { 0 } },
	};
	char labels[NSV_HINT_TEXT_MAX + 1];

	nsv_hint_members(h, a, m, NSV_ARRAY_SIZE(m));
	c->pod_namespace = nsv_hint_keep_json(h, either(m[SPACE].value, m[SPACE2].value));
	c->pod_name = nsv_hint_keep_json(h, either(m[POD].value, m[POD2].value));
	if (nsv_json_is(m[TYPE].value, "sandbox"))
		c->pod_container = "POD";
	else
		c->pod_container =
		    nsv_hint_keep_json(h, either(m[CONTAINER].value, m[CONTAINER2].value));
	c->engine_name = nsv_hint_keep_json(h, m[NAME].value);
	c->image = nsv_hint_keep_json(h, either(m[IMAGE].value, m[IMAGE2].value));
	nsv_hint_labels(h, c, nsv_hint_inner(h, m[LABELS].value, labels));
}

/* Reads a bundle of CRI-O, <root>/overlay-containers/<id>/userdata. @proven: conmon's options name
 * it, so no PID is checked. */
static bool take_bundle(struct nsv_hints *h, struct nsv_container *c, const char *bundle,
			bool proven, uint32_t owner)
{
	struct nsv_json_member pid = { "pid", { 0 } }, annotations = { "annotations", { 0 } };
	nsv_autofd int dir = nsv_hint_walk(h, bundle, owner);

	if (dir < 0)
		return false;
	if (!proven && !nsv_hint_has_pid(h, c, nsv_hint_read_pid(h, dir, "pidfile", true, owner))) {
		nsv_hint_members(h, nsv_hint_read_json(h, dir, "state.json", true, owner), &pid, 1);
		if (!nsv_hint_has_pid(h, c, nsv_json_number(pid.value)))
			return false;
	}
	nsv_hint_members(h, nsv_hint_read_json(h, dir, "config.json", true, owner), &annotations,
			 1);
	if (!nsv_json_walk(annotations.value).object)
		return false;
	take_annotations(h, c, annotations.value);
	nsv_hint_keep_dir(h, c, dir);
	return true;
}

void nsv_hint_crio(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m)
{
	static const char *const roots[] = { "/run/containers/storage",
					     "/var/lib/containers/storage" };
	uint32_t owner = h->owner;
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
