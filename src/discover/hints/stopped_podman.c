/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stopped_podman.c - looks for a name in the lists of containers/storage: those of the usual
 * places, of storage.conf, of root's mounts of a storage, of the engine folders of containers that
 * run, and for root those of every user. Defends against users' files by a bound for the number of
 * lists and for each list's size, and by the checks of all readers of hints. No locks: one thread.
 */
#include "discover/hints/stopped_podman.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "discover/hints/hints.h"
#include "discover/names/name_match.h"
#include "reach/mountinfo.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define SHORT_ID   12 /* digits of an ID, as engines print it */
#define LISTS_MAX  256
#define CONFIG_MAX ((size_t)64 << 10)
#define PASSWD_MAX ((size_t)1 << 20)
#define MOUNTS_MAX ((size_t)8 << 20)

struct search {
	struct nsv_hints *h;
	const struct nsv_name *name;
	const char *tried[LISTS_MAX]; /* malloc'd */
	size_t n_tried;
	uint32_t owner;
	bool found;
};

bool nsv_stopped_is_id(const struct nsv_name *name, const char *id)
{
	size_t len = strlen(name->text);

	return len >= SHORT_ID && strncmp(id, name->text, len) == 0;
}

static bool is_entry(struct nsv_hints *h, struct nsv_json entry, const struct nsv_name *name)
{
	struct nsv_json_member m[] = { { "id", { 0 } }, { "names", { 0 } } };
	struct nsv_json_walk names;
	struct nsv_json key, text;
	const char *id;

	nsv_hint_members(h, entry, m, NSV_ARRAY_SIZE(m));
	id = nsv_hint_text(h, m[0].value);
	if (id && nsv_stopped_is_id(name, id))
		return true;
	names = nsv_json_walk(m[1].value);
	while (!names.object && nsv_json_next(&names, &key, &text))
		if (nsv_json_is(text, name->text))
			return true;
	return false;
}

/* Whether @storage was not looked at yet; takes note of it. */
static bool is_new(struct search *s, const char *storage)
{
	for (size_t i = 0; i < s->n_tried; i++)
		if (strcmp(s->tried[i], storage) == 0)
			return false;
	if (s->n_tried == LISTS_MAX)
		return false;
	s->tried[s->n_tried] = strdup(storage);
	return s->tried[s->n_tried] && ++s->n_tried;
}

/* The list of a storage; Buildah's containers are in it, too. */
static void look_in(struct search *s, const char *storage)
{
	nsv_autofree char *path = NULL;
	nsv_autofd int dir = NSV_FD_NONE;
	struct nsv_json_walk w;
	struct nsv_json list, key, value;
	ssize_t len;

	if (s->found || !is_new(s, storage) ||
	    asprintf(&path, "%s/overlay-containers", storage) < 0)
		return;
	s->h->owner = s->owner;
	dir = nsv_hint_walk(s->h, path, s->owner);
	len = dir < 0
		  ? dir
		  : nsv_hint_read(s->h, dir, "containers.json", NSV_HINT_LIST_MAX, true, s->owner);
	if (len <= 0 || !nsv_json_whole(s->h->file, (size_t)len, &list))
		return;
	w = nsv_json_walk(list);
	while (!w.object && !s->found && nsv_json_next(&w, &key, &value))
		s->found = is_entry(s->h, value, s->name);
}

/* The value of a line `graphroot = "/path"`, cut out of @text; NULL: there is none. */
static char *graphroot(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n"))) {
		line += strspn(line, " \t");
		if (strncmp(line, "graphroot", 9) != 0)
			continue;
		line += 9 + strspn(line + 9, " \t");
		if (*line++ != '=')
			continue;
		line += strspn(line, " \t");
		if (*line++ != '"' || *line != '/')
			continue;
		line[strcspn(line, "\"")] = '\0';
		return line;
	}
	return NULL;
}

/* A file as storage.conf(5) in @folder. */
static void look_in_configured(struct search *s, const char *folder)
{
	nsv_autofd int dir = nsv_hint_walk(s->h, folder, s->owner);
	nsv_autofree char *text = NULL;
	const char *root;

	if (s->found || dir < 0 ||
	    nsv_hint_read(s->h, dir, "storage.conf", CONFIG_MAX, true, s->owner) <= 0)
		return;
	text = strdup(s->h->file);
	root = text ? graphroot(text) : NULL;
	if (root)
		look_in(s, root);
}

/* A user's places below @home. */
static void look_in_home(struct search *s, const char *home)
{
	nsv_autofree char *storage = NULL, *config = NULL;

	if (*home != '/' || asprintf(&storage, "%s/.local/share/containers/storage", home) < 0 ||
	    asprintf(&config, "%s/.config/containers", home) < 0)
		return;
	look_in(s, storage);
	look_in_configured(s, config);
}

/* For root: every user's, by the host's passwd(5). */
static void look_in_homes(struct search *s)
{
	nsv_autofd int etc = nsv_hint_walk(s->h, "/etc", 0);
	nsv_autofree char *passwd = NULL;
	char *rest, *line;

	if (s->found || etc < 0 || nsv_hint_read(s->h, etc, "passwd", PASSWD_MAX, true, 0) <= 0)
		return;
	rest = passwd = strdup(s->h->file);
	while (rest && !s->found && (line = strsep(&rest, "\n"))) {
		char *field[6] = { NULL };
		uint64_t uid;

		for (size_t i = 0; i < NSV_ARRAY_SIZE(field); i++)
			field[i] = strsep(&line, ":");
		if (!field[5] || nsv_parse_u64(field[2], UINT32_MAX - 1, &uid) < 0)
			continue;
		/* Each user pays for what is read: none can use up another's quota. */
		s->owner = s->h->payer = (uint32_t)uid;
		look_in_home(s, field[5]);
	}
}

/* A storage that root used has a mount of its folder "overlay" on itself. */
static void look_in_mounted(struct search *s)
{
	nsv_automountinfo struct nsv_mountinfo table = { .fd = NSV_FD_NONE };
	struct nsv_mount_line m;

	if (s->found || nsv_mountinfo_open(&table, s->h->scan->procfs, "self", MOUNTS_MAX) < 0)
		return;
	while (!s->found && nsv_mountinfo_next(&table, &m) > 0) {
		size_t len = strlen(m.point);

		if (len <= 8 || strcmp(m.point + len - 8, "/overlay") != 0)
			continue;
		m.point[len - 8] = '\0';
		look_in(s, m.point);
	}
}

/* <storage>/overlay-containers/<id>/userdata of the containers that run. */
static void look_in_running(struct search *s)
{
	for (size_t i = 0; i < nsv_scan_count(s->h->scan) && !s->found; i++) {
		const struct nsv_container *c = nsv_scan_get(s->h->scan, i);
		const char *end =
		    c->engine_dir ? strstr(c->engine_dir, "/overlay-containers/") : NULL;
		nsv_autofree char *storage = NULL;

		if (!end)
			continue;
		storage = strndup(c->engine_dir, (size_t)(end - c->engine_dir));
		if (!storage)
			return;
		nsv_hint_find_owner(s->h, c);
		s->owner = s->h->owner;
		look_in(s, storage);
	}
}

bool nsv_stopped_podman(struct nsv_hints *h, const struct nsv_name *name)
{
	const char *home = getenv("HOME"), *data = getenv("XDG_DATA_HOME");
	struct search s = { .h = h, .name = name };

	h->payer = geteuid();
	look_in(&s, "/var/lib/containers/storage");
	look_in_configured(&s, "/etc/containers");
	look_in_mounted(&s);
	if (geteuid()) {
		nsv_autofree char *own = NULL;

		s.owner = geteuid();
		if (data && *data == '/' && asprintf(&own, "%s/containers/storage", data) >= 0)
			look_in(&s, own);
		if (home)
			look_in_home(&s, home);
	}
	/* Before the storages of containers that run: anybody may pretend very many of those. */
	if (geteuid() == 0)
		look_in_homes(&s);
	look_in_running(&s);
	for (size_t i = 0; i < s.n_tried; i++)
		free((char *)s.tried[i]);
	return s.found;
}
