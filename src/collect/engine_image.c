/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine_image.c - images in the stores of engines. A digest or an ID that becomes part of a path
 * is hexadecimal; lists of all images and layers are read within bounds, and only what is of this
 * container gets into the package.
 */
#include "collect/engine_image.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define LIST_MAX   ((size_t)16 << 20)
#define LAYERS_MAX 512
#define HEX	   64
#define CONTENT	   "/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256"

/* The 64 digits behind "sha256:", or NULL. */
static const char *digits_of(const char *digest)
{
	if (!digest || strncmp(digest, "sha256:", 7) != 0 || strlen(digest) != 7 + HEX ||
	    strspn(digest + 7, "0123456789abcdef") != HEX)
		return NULL;
	return digest + 7;
}

static bool cut(char *path, unsigned n)
{
	for (; n > 0; n--) {
		char *slash = strrchr(path, '/');

		if (!slash || slash == path)
			return false;
		*slash = '\0';
	}
	return true;
}

/* ---- Docker: <root>/image/DRIVER/imagedb/content/sha256/DIGEST ---- */

int nsv_engine_docker_image(struct nsv_engine *e, int dir)
{
	static const char *const drivers[] = { "overlay2", "fuse-overlayfs", "vfs", "btrfs",
					       "zfs",	   "overlay" };
	nsv_autofree char *root = strdup(e->dir), *digest = NULL;
	struct nsv_engine_json config;
	const char *digits;
	int r = 0;

	nsv_engine_read(e, dir, "config.v2.json", NSV_ENGINE_JSON, &config);
	digest = nsv_engine_text(config.value, "Image");
	free(config.text);
	digits = digits_of(digest);
	/* <root>/containers/ID */
	if (!digits || !root || !cut(root, 2))
		return 0;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(drivers) && r == 0; i++) {
		nsv_autofree char *path = NULL;
		nsv_autofd int images = NSV_FD_NONE;

		if (asprintf(&path, "%s/image/%s/imagedb/content/sha256", root, drivers[i]) < 0)
			break;
		images = nsv_engine_open(path);
		if (images < 0)
			continue;
		r = nsv_engine_take(e, images, path, digits, "engine/image.json");
		break;
	}
	return r;
}

/* ---- containers/storage ---- */

struct store {
	struct nsv_engine *e;
	char *root;   /* /var/lib/containers/storage */
	char *driver; /* "overlay" */
};

/* The folder <root>/<driver>-@what@below. */
static int open_store(const struct store *s, const char *what, const char *below, char **ret_path)
{
	*ret_path = NULL;
	if (asprintf(ret_path, "%s/%s-%s%s", s->root, s->driver, what, below) < 0)
		return -ENOMEM;
	return nsv_engine_open(*ret_path);
}

static struct nsv_json find(struct nsv_json list, const char *id)
{
	struct nsv_json_walk w = nsv_json_walk(list);
	struct nsv_json key, value;

	while (!w.object && nsv_json_next(&w, &key, &value)) {
		struct nsv_json_member m = { "id", { 0 } };

		nsv_json_members(value, &m, 1);
		if (nsv_json_is(m.value, id))
			return value;
	}
	return (struct nsv_json){ 0 };
}

static int put_part(struct store *s, const char *where, const char *name, const char *member,
		    struct nsv_json part)
{
	struct nsv_text text = NSV_TEXT_INIT;
	int r;

	nsv_text_put(&text, part.at, part.len);
	nsv_text_puts(&text, "\n");
	r = nsv_engine_take_part(s->e, where, name, member, &text);
	nsv_text_free(&text);
	return r;
}

/* The entry of a list, as a member. *ret_image, *ret_layer: its texts of these names, malloc'd. */
static int take_entry(struct store *s, const char *what, const char *name, const char *id,
		      const char *member, char **ret_image, char **ret_layer)
{
	nsv_autofree char *path = NULL;
	nsv_autofd int dir = open_store(s, what, "", &path);
	struct nsv_engine_json list = { 0 };
	struct nsv_json entry;
	int r = 0;

	if (dir < 0 || !id)
		return 0;
	nsv_engine_read(s->e, dir, name, LIST_MAX, &list);
	entry = find(list.value, id);
	if (entry.at) {
		*ret_image = nsv_engine_text(entry, "image");
		*ret_layer = nsv_engine_text(entry, "layer");
		r = put_part(s, path, name, member, entry);
	}
	free(list.text);
	return r;
}

/* The layers from @id down to the first, each an entry of the list. */
static int take_layers(struct store *s, const char *id)
{
	nsv_autofree char *path = NULL, *next = id ? strdup(id) : NULL;
	nsv_autofd int dir = open_store(s, "layers", "", &path);
	struct nsv_engine_json list = { 0 };
	struct nsv_text text = NSV_TEXT_INIT;
	unsigned n = 0;
	int r = 0;

	if (dir >= 0 && next)
		nsv_engine_read(s->e, dir, "layers.json", LIST_MAX, &list);
	nsv_text_puts(&text, "[");
	while (next && n < LAYERS_MAX) {
		struct nsv_json entry = find(list.value, next);

		nsv_free_p(&next);
		if (!entry.at)
			break;
		nsv_text_puts(&text, n++ ? ",\n" : "\n");
		nsv_text_put(&text, entry.at, entry.len);
		next = nsv_engine_text(entry, "parent");
	}
	nsv_text_puts(&text, "\n]\n");
	if (n)
		r = nsv_engine_take_part(s->e, path, "layers.json", "engine/storage-layers.json",
					 &text);
	nsv_text_free(&text);
	free(list.text);
	return r;
}

/* Large things of an image lie in its folder: one named "manifest", others "=" and base64. */
static int take_image_files(struct store *s, const char *image)
{
	nsv_autofree char *path = NULL, *below = NULL;
	nsv_autofd int dir = NSV_FD_NONE;
	char digest[7 + HEX + 1], name[1 + 4 * (7 + HEX) / 3 + 8] = "=";
	int r;

	if (strlen(image) != HEX || strspn(image, "0123456789abcdef") != HEX ||
	    asprintf(&below, "/%s", image) < 0)
		return 0;
	dir = open_store(s, "images", below, &path);
	if (dir < 0)
		return 0;
	r = nsv_engine_take(s->e, dir, path, "manifest", "engine/image-manifest.json");
	(void)snprintf(digest, sizeof(digest), "sha256:%s", image);
	(void)EVP_EncodeBlock((unsigned char *)name + 1, (const unsigned char *)digest,
			      (int)strlen(digest));
	return r < 0 ? r : nsv_engine_take(s->e, dir, path, name, "engine/image.json");
}

static int take_store(struct store *s, const char *id)
{
	nsv_autofree char *image = NULL, *layer = NULL, *none = NULL, *top = NULL;
	int r = take_entry(s, "containers", "containers.json", id, "engine/storage-container.json",
			   &image, &layer);

	if (r == 0 && !image)
		r = take_entry(s, "containers", "volatile-containers.json", id,
			       "engine/storage-container.json", &image, &layer);
	if (r < 0 || !image)
		return r;
	r = take_entry(s, "images", "images.json", image, "engine/storage-image.json", &none, &top);
	if (r == 0)
		r = take_layers(s, top);
	return r < 0 ? r : take_image_files(s, image);
}

int nsv_engine_storage_image(struct nsv_engine *e)
{
	/* CRI-O keeps a container's folder with its state, apart from the store. */
	static const char root_store[] = "/var/lib/containers/storage";
	nsv_autofree char *root = strdup(e->dir), *driver = NULL, *id = NULL;
	struct store s = { .e = e };
	char *end;
	int r;

	/* <root>/<driver>-containers/<id>/userdata */
	if (!root || !cut(root, 1) || !strrchr(root, '/'))
		return 0;
	id = strdup(strrchr(root, '/') + 1);
	if (!id || !cut(root, 1) || !strrchr(root, '/'))
		return 0;
	driver = strdup(strrchr(root, '/') + 1);
	end = driver ? strstr(driver, "-containers") : NULL;
	if (!end || strcmp(end, "-containers") != 0 || !cut(root, 1))
		return 0;
	*end = '\0';
	s.driver = driver;
	s.root = root;
	r = take_store(&s, id);
	if (r < 0 || e->owner.st_uid != 0 || strcmp(root, root_store) == 0)
		return r;
	s.root = (char *)root_store;
	return take_store(&s, id);
}

/* ---- containerd ---- */

static int take_config(struct nsv_engine *e, int blobs, const char *manifest)
{
	struct nsv_json_member config = { "config", { 0 } };
	nsv_autofree char *digest = NULL;
	struct nsv_engine_json json;

	nsv_engine_read(e, blobs, manifest, NSV_ENGINE_JSON, &json);
	nsv_json_members(json.value, &config, 1);
	digest = nsv_engine_text(config.value, "digest");
	free(json.text);
	return digits_of(digest)
		   ? nsv_engine_take(e, blobs, CONTENT, digits_of(digest), "engine/image.json")
		   : 0;
}

int nsv_engine_containerd_image(struct nsv_engine *e)
{
	const char *image = e->c->o->image, *at = image ? strrchr(image, '@') : NULL;
	const char *digits = digits_of(at ? at + 1 : NULL);
	nsv_autofd int blobs = NSV_FD_NONE;
	int r;

	if (!digits || e->owner.st_uid != 0)
		return 0;
	blobs = nsv_engine_open(CONTENT);
	if (blobs < 0)
		return 0;
	r = nsv_engine_take(e, blobs, CONTENT, digits, "engine/image-manifest.json");
	return r < 0 ? r : take_config(e, blobs, digits);
}
