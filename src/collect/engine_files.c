/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine_files.c - takes files of an engine's.
 *
 * The engine may be an ordinary user's, who is no friend: a folder is walked to without following a
 * link, and only files of the owner of the container's own folder are taken, opened as what they
 * are. With --no-env-values JSON is written anew, masked; what can't be parsed is left out then.
 */
#include "collect/engine_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "collect/engine_mask.h"
#include "collect/listings.h"
#include "copy/data.h"
#include "copy/sorted.h"
#include "copy/source.h"

#define FILES_MAX 256

int nsv_engine_open(const char *path)
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

static void told(struct nsv_engine *e, const char *where, const char *name, const char *member,
		 const char *why)
{
	nsv_autofree char *path = NULL;

	nsv_outcome(e->c, "engine", member, why ? NSV_SKIPPED : NSV_TAKEN, why);
	if (asprintf(&path, "%s/%s", where, name) < 0)
		return;
	nsv_jout_begin(&e->sources, NULL, '{');
	nsv_jout_text(&e->sources, "member", why ? NULL : member);
	nsv_jout_text(&e->sources, "host_path", path);
	nsv_jout_text(&e->sources, "reason", why);
	nsv_jout_end(&e->sources, '{');
}

/* ---- JSON ---- */

static void read_json(int fd, uint64_t size, size_t max, struct nsv_engine_json *ret)
{
	ssize_t n;

	*ret = (struct nsv_engine_json){ .text = size <= max ? malloc((size_t)size + 1) : NULL };
	n = ret->text ? pread(fd, ret->text, (size_t)size, 0) : -1;
	if (n < 0 || !nsv_json_whole(ret->text, (size_t)n, &ret->value))
		ret->value = (struct nsv_json){ 0 };
}

void nsv_engine_read(const struct nsv_engine *e, int dir, const char *name, size_t max,
		     struct nsv_engine_json *ret)
{
	struct stat st;
	nsv_autofd int fd = nsv_open_file_at(dir, name, &st, NULL);

	*ret = (struct nsv_engine_json){ 0 };
	if (fd >= 0 && st.st_uid == e->owner.st_uid)
		read_json(fd, (uint64_t)st.st_size, max, ret);
}

char *nsv_engine_text(struct nsv_json o, const char *key)
{
	struct nsv_json_member m = { key, { 0 } };
	char *text;

	nsv_json_members(o, &m, 1);
	text = m.value.at ? malloc(m.value.len + 1) : NULL;
	if (text && nsv_json_string(m.value, text, m.value.len + 1) < 0)
		nsv_free_p(&text);
	return text;
}

static int put_masked(struct nsv_collection *c, const char *member, struct nsv_json value)
{
	struct nsv_text text = NSV_TEXT_INIT;
	int r;

	nsv_engine_mask(value, &text);
	r = nsv_wrote(c, nsv_package_text(c->package, member, &text));
	nsv_text_free(&text);
	return r;
}

/* ---- files ---- */

static bool is_json(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".json") == 0;
}

static int put_json(struct nsv_collection *c, const char *member, int fd, uint64_t size,
		    const char **ret_why)
{
	struct nsv_engine_json json;
	int r = 0;

	read_json(fd, size, NSV_ENGINE_JSON, &json);
	if (json.value.at)
		r = put_masked(c, member, json.value);
	else
		*ret_why = "its environment can't be masked";
	free(json.text);
	return r;
}

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

int nsv_engine_take(struct nsv_engine *e, int dir, const char *where, const char *name,
		    const char *member)
{
	nsv_autofd int fd = NSV_FD_NONE;
	const char *why = NULL;
	struct stat st;
	int r = 0;

	fd = nsv_open_file_at(dir, name, &st, NULL);
	if (fd < 0 || st.st_uid != e->owner.st_uid)
		why = fd < 0 ? "no regular file" : "it is another user's";
	else if (nsv_wants(e->c, NSV_COLLECT_NO_ENV) && is_json(member))
		r = put_json(e->c, member, fd, (uint64_t)st.st_size, &why);
	else
		r = put_file(e->c, member, fd, &st, &why);
	if (fd >= 0)
		told(e, where, name, member, why);
	return r;
}

int nsv_engine_take_part(struct nsv_engine *e, const char *where, const char *name,
			 const char *member, struct nsv_text *part)
{
	int r = nsv_wrote(e->c, nsv_package_text(e->c->package, member, part));

	told(e, where, name, member, NULL);
	return r;
}

static void list(int dir, struct nsv_sorted *names)
{
	nsv_autofd int fd = nsv_open_dir_at(dir, ".");
	char buf[8192] __attribute__((aligned(8)));
	ssize_t n;

	while (fd >= 0 && names->n < FILES_MAX && (n = getdents64(fd, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *d = (const void *)(buf + at);

			at += d->d_reclen;
			if (d->d_type == DT_REG || d->d_type == DT_UNKNOWN)
				(void)nsv_sorted_add(names, d->d_name, d->d_type);
		}
	nsv_sorted_sort(names);
}

int nsv_engine_take_all(struct nsv_engine *e, int dir, const char *where, const char *prefix)
{
	struct nsv_sorted names = { 0 };
	int r = 0;

	list(dir, &names);
	for (size_t i = 0; i < names.n && r == 0 && !nsv_stop(e->c); i++) {
		unsigned type;
		const char *name = nsv_sorted_get(&names, i, &type);
		nsv_autofree char *member = NULL;

		if (asprintf(&member, "%s%s", prefix, name) < 0)
			r = -ENOMEM;
		else
			r = nsv_engine_take(e, dir, where, name, member);
	}
	nsv_sorted_free(&names);
	return r;
}
