/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * storage.c - see storage.h.
 *
 *	Docker             ROOT/containers/ID           ROOT/overlay2/LAYER/diff
 *	Podman, CRI-O      ROOT/overlay-containers/ID/userdata, ROOT/overlay/LAYER/diff
 *	containerd         /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/N/fs
 *
 * Beside LAYER/diff both have LAYER/lower, a list "l/NAME:l/NAME", and l/NAME, a link to
 * ../LAYER/diff. Everything is an engine's or a user's to write: texts are bounded, links are read
 * and not followed.
 */
#include "changes/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <nsview/root.h>

#include "discover/hints/json_walk.h"
#include "reach/util.h"

#define TEXT_MAX ((size_t)64 * 1024)
#define LIST_MAX ((size_t)16 << 20)

static const char *const drivers[] = { "overlay2", "overlay", "fuse-overlayfs" };

/* Cuts "/A/ID/B" off: the part before it, if @path ends so. */
static char *without(const char *path, const char *a, const char *id, const char *b)
{
	nsv_autofree char *end = NULL;
	size_t len = strlen(path), cut;

	if (!id || asprintf(&end, "/%s/%s%s", a, id, b) < 0)
		return NULL;
	cut = strlen(end);
	return len > cut && strcmp(path + len - cut, end) == 0 ? strndup(path, len - cut) : NULL;
}

char *nsv_storage_root(const struct nsv_changes_options *o)
{
	char *root;

	if (!o->engine || !o->engine_dir)
		return NULL;
	root = without(o->engine_dir, "containers", o->id, "");
	if (!root)
		root = without(o->engine_dir, "overlay-containers", o->id, "/userdata");
	if (!root && strcmp(o->engine, "containerd") == 0)
		root = strdup("/var/lib/containerd");
	return root;
}

/* A name of containers/storage or Docker: a component of plain letters. */
static bool is_plain(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!(name[i] >= 'a' && name[i] <= 'z') && !(name[i] >= 'A' && name[i] <= 'Z') &&
		    !(name[i] >= '0' && name[i] <= '9') && name[i] != '-' && name[i] != '_')
			return false;
	return len > 0 && len < 256;
}

/* What HOME/l/NAME stands for, as a path: malloc'd, or NULL. */
static char *long_name(struct nsv_host *h, const char *home, const char *name, size_t checked)
{
	nsv_autofree char *dir = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	char text[300], *path;
	ssize_t n;

	if (!is_plain(name, strlen(name)) || asprintf(&dir, "%s/l", home) < 0)
		return NULL;
	fd = nsv_host_open(h, dir, checked);
	n = fd < 0 ? -1 : readlinkat(fd, name, text, sizeof(text) - 1);
	if (n < 9)
		return NULL;
	text[n] = '\0';
	if (strncmp(text, "../", 3) != 0 || strcmp(text + n - 5, "/diff") != 0 ||
	    !is_plain(text + 3, (size_t)n - 8))
		return NULL;
	return asprintf(&path, "%s%s", home, text + 2) < 0 ? NULL : path;
}

/* Where @path has ".../l/NAME" at its end: the beginning's length; else 0. */
static size_t short_name(const char *path)
{
	const char *name = strrchr(path, '/');

	return name && name - path > 2 && strncmp(name - 2, "/l/", 3) == 0
		   ? (size_t)(name - 2 - path)
		   : 0;
}

/* Docker and Podman mount with names relative to their driver's folder where a line would be too
 * long. */
static char *absolute(struct nsv_host *h, const char *root, const char *path)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(drivers); i++) {
		nsv_autofd int fd = NSV_FD_NONE;
		nsv_autofree char *home = NULL;
		char *whole;

		if (asprintf(&home, "%s/%s", root, drivers[i]) < 0)
			return NULL;
		fd = nsv_host_open(h, home, strlen(root));
		if (fd >= 0)
			return asprintf(&whole, "%s/%s", home, path) < 0 ? NULL : whole;
	}
	return strdup(path);
}

int nsv_storage_open(struct nsv_host *h, const char *root, const char *path)
{
	nsv_autofree char *whole = *path == '/' ? strdup(path) : absolute(h, root, path);
	nsv_autofree char *resolved = NULL;
	size_t len = strlen(root), home;

	if (!whole)
		return -ENOMEM;
	if (strncmp(whole, root, len) != 0 || whole[len] != '/')
		return -EXDEV;
	home = short_name(whole);
	if (!home)
		return nsv_host_open(h, whole, len);
	whole[home] = '\0';
	resolved = long_name(h, whole, whole + home + 3, len);
	return resolved ? nsv_host_open(h, resolved, len) : -EXDEV;
}

/* ---- layers without mountinfo ---- */

static ssize_t read_at(struct nsv_host *h, const char *dir, const char *name, size_t checked,
		       size_t max, char **ret)
{
	nsv_autofd int fd = nsv_host_open(h, dir, checked);
	nsv_autofd int file = fd < 0 ? fd : nsv_open_file_at(fd, name, NULL, NULL);
	nsv_autofree char *text = file < 0 ? NULL : malloc(max + 1);
	size_t used = 0;
	ssize_t n;

	if (file < 0)
		return file;
	if (!text)
		return -ENOMEM;
	while ((n = read(file, text + used, max + 1 - used)) > 0 || (n < 0 && errno == EINTR)) {
		used += n > 0 ? (size_t)n : 0;
		if (used > max)
			return -E2BIG;
	}
	if (n < 0)
		return -errno;
	text[used] = '\0';
	*ret = nsv_steal_ptr(text);
	return (ssize_t)used;
}

/* The member "layer" of the container @id in Podman's list, malloc'd. */
static char *podman_layer(struct nsv_host *h, const char *root, const char *id)
{
	nsv_autofree char *dir = NULL, *text = NULL;
	struct nsv_json list, key, one;
	struct nsv_json_walk at;

	if (asprintf(&dir, "%s/overlay-containers", root) < 0)
		return NULL;
	if (read_at(h, dir, "containers.json", strlen(root), LIST_MAX, &text) <= 0 ||
	    !nsv_json_whole(text, strlen(text), &list))
		return NULL;
	at = nsv_json_walk(list);
	while (nsv_json_next(&at, &key, &one)) {
		struct nsv_json_member m[] = { { "id", { 0 } }, { "layer", { 0 } } };
		char layer[256];

		nsv_json_members(one, m, NSV_ARRAY_SIZE(m));
		if (nsv_json_is(m[0].value, id) &&
		    nsv_json_string(m[1].value, layer, sizeof(layer)) > 0)
			return strdup(layer);
	}
	return NULL;
}

/* Docker's name for the layer of the container @id, malloc'd. */
static char *docker_layer(struct nsv_host *h, const char *root, const char *driver, const char *id)
{
	nsv_autofree char *dir = NULL;
	char *text = NULL;

	if (asprintf(&dir, "%s/image/%s/layerdb/mounts/%s", root, driver, id) < 0 ||
	    read_at(h, dir, "mount-id", strlen(root), 256, &text) <= 0)
		return NULL;
	return text;
}

/* HOME/LAYER/lower: "l/NAME:l/NAME". */
static int take_lower(struct nsv_host *h, const char *root, const char *home, const char *layer,
		      struct nsv_layer_options *o)
{
	nsv_autofree char *dir = NULL, *text = NULL;
	char *rest, *name;
	ssize_t n;

	if (asprintf(&dir, "%s/%s", home, layer) < 0)
		return -ENOMEM;
	n = read_at(h, dir, "lower", strlen(root), TEXT_MAX, &text);
	if (n < 0)
		return (int)n;
	rest = text;
	while ((name = strsep(&rest, ":"))) {
		if (o->n == NSV_LAYERS_MAX)
			return -E2BIG;
		if (asprintf(&o->lower[o->n], "%s/%s", home, name) < 0)
			return -ENOMEM;
		o->n++;
	}
	return asprintf(&o->upper, "%s/%s/diff", home, layer) < 0 ? -ENOMEM : 0;
}

int nsv_storage_layers(struct nsv_host *h, const char *root, const struct nsv_changes_options *c,
		       struct nsv_layer_options *ret)
{
	bool docker = strcmp(c->engine, "docker") == 0;
	const char *driver = docker ? "fuse-overlayfs" : "overlay";
	struct nsv_layer_options o = { .lower = calloc(NSV_LAYERS_MAX, sizeof(*o.lower)) };
	nsv_autofree char *home = NULL, *layer = NULL;
	int r = -ENOENT;

	if (c->id)
		layer =
		    docker ? docker_layer(h, root, driver, c->id) : podman_layer(h, root, c->id);
	if (!o.lower || asprintf(&home, "%s/%s", root, driver) < 0)
		r = -ENOMEM;
	else if (layer && is_plain(layer, strlen(layer)))
		r = take_lower(h, root, home, layer, &o);
	if (r < 0)
		nsv_layer_options_free(&o);
	else
		*ret = o;
	return r;
}
