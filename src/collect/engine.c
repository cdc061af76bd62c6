/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine.c - the engine's own files of this container: its configuration, what its processes wrote
 * to standard output, the description of its image; and engine/sources.json, where each lay.
 *
 * The folder was found by a state file that proved to be of this container (discover/hints). It may
 * be an ordinary user's, who is no friend: so it is walked to without following a link, and only
 * files of the folder's own owner are taken, opened as what they are. With --no-env-values a JSON
 * file is written anew with its environment masked, and what can't be parsed is left out.
 */
#include "collect/engine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "collect/listings.h"
#include "copy/data.h"
#include "copy/sorted.h"
#include "copy/source.h"

#define JSON_MAX  ((size_t)4 << 20)
#define FILES_MAX 256

/* O_PATH of a folder of the host's, no link on the way. */
static int open_folder(const char *path)
{
	nsv_autofree char *copy = strdup(path);
	nsv_autofd int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *rest = copy, *name;

	if (!copy || dir < 0 || *path != '/')
		return -EINVAL;
	while ((name = strsep(&rest, "/"))) {
		int next;

		if (!*name)
			continue;
		next = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		nsv_close(dir);
		dir = next;
	}
	return nsv_steal_fd(&dir);
}

/* ---- masking ---- */

static void mask_list(struct json_object *list)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		nsv_autofree char *shown = NULL;
		const char *text;

		if (!json_object_is_type(item, json_type_string))
			continue;
		text = json_object_get_string(item);
		if (asprintf(&shown, "%.*s=***", (int)strcspn(text, "="), text) < 0)
			shown = NULL;
		(void)json_object_array_put_idx(list, i,
						json_object_new_string(shown ? shown : "***"));
	}
}

/* json-c parses no deeper than 32. */
static void mask(struct json_object *o)
{
	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			mask(json_object_array_get_idx(o, i));
	} else if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, value)
		{
			if (!strcasecmp(key, "env") && json_object_is_type(value, json_type_array))
				mask_list(value);
			else
				mask(value);
		}
	}
}

static int put_masked(struct nsv_collection *c, const char *member, int fd, uint64_t size,
		      const char **ret_why)
{
	nsv_autofree char *text = size <= JSON_MAX ? malloc(size + 1) : NULL;
	struct json_object *o = NULL;
	ssize_t n = text ? pread(fd, text, size, 0) : -1;
	int r;

	*ret_why = "its environment can't be masked";
	if (n >= 0) {
		text[n] = '\0';
		o = json_tokener_parse(text);
	}
	if (!o)
		return 0;
	mask(o);
	*ret_why = NULL;
	const char *shown = json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE);

	r = shown ? nsv_package_buffer(c->package, member, shown, strlen(shown)) : -ENOMEM;
	(void)json_object_put(o);
	return nsv_wrote(c, r);
}

/* ---- files ---- */

struct engine {
	struct nsv_collection *c;
	struct nsv_jout sources;
	const char *dir;
	struct stat owner;
};

static int put_file(struct nsv_collection *c, const char *member, int fd, const struct stat *st,
		    const char **ret_why)
{
	struct nsv_entity m;
	struct nsv_taken t;
	int r;

	nsv_member_own(&m, member, (uint64_t)st->st_size, st->st_mtim.tv_sec);
	m.own = false; /* a log may be long: a full disk takes it out again */
	m.host_uid = m.uid = st->st_uid;
	m.host_gid = m.gid = st->st_gid;
	m.mtime = st->st_mtim;
	m.atime = st->st_atim;
	m.ctime = st->st_ctim;
	m.ino = st->st_ino;
	m.nlink = st->st_nlink;
	r = nsv_take_body(c, &m, fd, &t);
	if (r == 0 && t.in_package) {
		char hex[NSV_SHA_HEX];

		nsv_hex(t.sums.data, NSV_SHA_LEN, hex);
		nsv_list_member(c, &m, t.sums.whole ? hex : NULL, &t);
	}
	/* A log goes on while it is read. */
	*ret_why = t.outcome == NSV_FAILED || t.outcome == NSV_TRUNCATED
		       ? "it could not be read whole"
		       : NULL;
	return r;
}

static int take(struct engine *e, int dir, const char *name, const char *member)
{
	struct nsv_collection *c = e->c;
	nsv_autofd int fd = NSV_FD_NONE;
	nsv_autofree char *path = NULL;
	const char *why = NULL;
	struct stat st;
	size_t len = strlen(name);
	int r = 0;

	fd = nsv_open_file_at(dir, name, &st, NULL);
	if (fd < 0 || st.st_uid != e->owner.st_uid)
		why = fd < 0 ? "no regular file" : "it is another user's";
	else if (nsv_wants(c, NSV_COLLECT_NO_ENV) && len > 5 && !strcmp(name + len - 5, ".json") &&
		 !strstr(name, "-json"))
		r = put_masked(c, member, fd, (uint64_t)st.st_size, &why);
	else
		r = put_file(c, member, fd, &st, &why);
	if (fd < 0 || asprintf(&path, "%s/%s", e->dir, name) < 0)
		return 0;
	nsv_outcome(c, "engine", member, why ? NSV_SKIPPED : NSV_TAKEN, why);
	nsv_jout_begin(&e->sources, NULL, '{');
	nsv_jout_text(&e->sources, "member", why ? NULL : member);
	nsv_jout_text(&e->sources, "host_path", path);
	nsv_jout_text(&e->sources, "reason", why);
	nsv_jout_end(&e->sources, '{');
	return r;
}

static int take_folder(struct engine *e, int dir)
{
	struct nsv_sorted names = { 0 };
	nsv_autofd int list = nsv_open_dir_at(dir, ".");
	char buf[8192] __attribute__((aligned(8)));
	ssize_t n;
	int r = 0;

	while (list >= 0 && names.n < FILES_MAX && (n = getdents64(list, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *d = (const void *)(buf + at);

			at += d->d_reclen;
			if (d->d_type == DT_REG || d->d_type == DT_UNKNOWN)
				(void)nsv_sorted_add(&names, d->d_name, d->d_type);
		}
	nsv_sorted_sort(&names);
	for (size_t i = 0; i < names.n && r == 0 && !nsv_stop(e->c); i++) {
		unsigned type;
		const char *name = nsv_sorted_get(&names, i, &type);
		nsv_autofree char *member = NULL;

		if (asprintf(&member, "engine/%s", name) < 0)
			return -ENOMEM;
		r = take(e, dir, name, member);
	}
	nsv_sorted_free(&names);
	return r;
}

/* Docker's description of the image, in which its layers' digests are: <root>/image/DRIVER/... */
static int take_image(struct engine *e, int dir)
{
	static const char *const drivers[] = { "overlay2", "fuse-overlayfs", "vfs", "btrfs",
					       "zfs",	   "overlay" };
	nsv_autofree char *text = malloc(JSON_MAX + 1);
	nsv_autofree char *root = strdup(e->dir);
	struct json_object *config, *image = NULL;
	struct stat st;
	nsv_autofd int fd = nsv_open_file_at(dir, "config.v2.json", &st, NULL);
	ssize_t n = fd >= 0 && text ? pread(fd, text, JSON_MAX, 0) : -1;
	const char *digest;
	int r = 0;

	if (n <= 0 || !root)
		return 0;
	text[n] = '\0';
	config = json_tokener_parse(text);
	(void)json_object_object_get_ex(config, "Image", &image);
	digest = image ? json_object_get_string(image) : "";
	/* <root>/containers/ID */
	for (int up = 0; up < 2 && strrchr(root, '/'); up++)
		*strrchr(root, '/') = '\0';
	for (size_t i = 0; i < NSV_ARRAY_SIZE(drivers) && !strncmp(digest, "sha256:", 7) &&
			   strspn(digest + 7, "0123456789abcdef") == 64;
	     i++) {
		nsv_autofree char *path = NULL;
		nsv_autofd int images = NSV_FD_NONE;

		if (asprintf(&path, "%s/image/%s/imagedb/content/sha256", root, drivers[i]) < 0)
			break;
		images = open_folder(path);
		if (images < 0)
			continue;
		e->dir = path;
		r = take(e, images, digest + 7, "engine/image.json");
		break;
	}
	(void)json_object_put(config);
	return r;
}

int nsv_collect_engine(struct nsv_collection *c)
{
	struct nsv_text text = NSV_TEXT_INIT;
	struct engine e = { .c = c,
			    .dir = c->o->engine_dir,
			    .sources = { .t = &text, .lines = 1 } };
	nsv_autofd int dir = NSV_FD_NONE;
	int r = 0;

	if (!e.dir)
		return 0;
	nsv_progress(c, "engine", NULL);
	dir = open_folder(e.dir);
	if (dir < 0 || fstat(dir, &e.owner) < 0) {
		nsv_outcome(c, "engine", e.dir, NSV_MISSING, strerror(dir < 0 ? -dir : errno));
		return 0;
	}
	nsv_jout_begin(&e.sources, NULL, '[');
	r = take_folder(&e, dir);
	if (r == 0)
		r = take_image(&e, dir);
	nsv_jout_end(&e.sources, '[');
	nsv_jout_line(&e.sources);
	nsv_log(c, "engine", "files of %s", c->o->engine ? c->o->engine : "the engine");
	if (r == 0)
		r = nsv_wrote(c, nsv_package_text(c->package, "engine/sources.json", &text));
	nsv_text_free(&text);
	return r;
}
