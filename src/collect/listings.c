/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listings.c - each file as a line of the formats that other tools read. A name may hold any byte:
 * every format has its own way to escape it, and docs/package-format.md says which.
 *
 * mtree(8) takes a name with *, ? or [ for a pattern that any entry may match, the first of those
 * that do: so the more the names of a path may stand for, the later its line, in parts of their
 * own.
 */
#include "collect/listings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *type_word(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "dir";
	case S_IFLNK:
		return "link";
	case S_IFCHR:
		return "char";
	case S_IFBLK:
		return "block";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	default:
		return "file";
	}
}

static void put_number(struct nsv_text *t, const char *before, uint64_t value)
{
	nsv_text_puts(t, before);
	nsv_text_number(t, value);
}

/* ---- manifest.mtree ---- */

static void put_octal(struct nsv_text *t, const char *s)
{
	for (const char *from = s;; s++) {
		unsigned char b = (unsigned char)*s;

		if (b > 0x20 && b < 0x7f && b != '\\' && b != '#' && b != '=')
			continue;
		nsv_text_put(t, from, (size_t)(s - from));
		if (!b)
			break;
		nsv_text_printf(t, "\\%03o", b);
		from = s + 1;
	}
}

/* How much a name may stand for besides itself. */
static unsigned pattern_rank(const char *name, size_t len)
{
	size_t literal = 0;
	bool star = false, any = false;

	for (size_t i = 0; i < len; i++) {
		bool magic = name[i] == '*' || name[i] == '?' || name[i] == '[';

		star = star || name[i] == '*';
		any = any || magic;
		literal += !magic;
	}
	return !any ? 0 : !star ? 1 : literal ? 2 : 3;
}

static unsigned part_of(const char *path)
{
	unsigned n = 0;

	while (*path) {
		size_t len = strcspn(path, "/");

		n += pattern_rank(path, len);
		path += len + (path[len] == '/');
	}
	return nsv_min(n, (unsigned)NSV_MTREE_PARTS - 1);
}

/* @path: below the root, "" for the root itself. */
static void list_mtree(struct nsv_collection *c, const struct nsv_entity *m, const char *path,
		       const char *hex)
{
	struct nsv_text *t = &c->mtree[part_of(path)];

	nsv_text_puts(t, *path ? "./" : ".");
	put_octal(t, path);
	nsv_text_puts(t, " type=");
	nsv_text_puts(t, type_word(m->mode));
	put_number(t, " uid=", m->uid);
	put_number(t, " gid=", m->gid);
	nsv_text_puts(t, " mode=");
	nsv_text_digits(t, m->mode & 07777, 8, 4);
	if (S_ISREG(m->mode)) {
		put_number(t, " size=", m->size);
		put_number(t, " nlink=", m->nlink);
	}
	nsv_text_puts(t, " time=");
	nsv_text_signed(t, m->mtime.tv_sec);
	nsv_text_puts(t, ".");
	nsv_text_digits(t, (uint64_t)m->mtime.tv_nsec, 10, 9);
	if (m->link) {
		nsv_text_puts(t, " link=");
		put_octal(t, m->link);
	}
	if (hex) {
		nsv_text_puts(t, " sha256=");
		nsv_text_puts(t, hex);
	}
	nsv_text_puts(t, "\n");
}

/* ---- bodyfile.txt ---- */

static void put_body_name(struct nsv_text *t, const char *s)
{
	for (const char *from = s;; s++) {
		unsigned char b = (unsigned char)*s;

		if (b >= 0x20 && b != 0x7f && b != '%' && b != '|')
			continue;
		nsv_text_put(t, from, (size_t)(s - from));
		if (!b)
			break;
		if (b == '%' || b == '|')
			nsv_text_put(t, b == '%' ? "%25" : "%7C", 3);
		else
			nsv_text_printf(t, "\\x%02x", b);
		from = s + 1;
	}
}

/* As ls(1) and TSK have it. */
static void mode_text(mode_t mode, char out[static 13])
{
	static const char letters[] = "rwxrwxrwx";
	char kind = S_ISDIR(mode)    ? 'd'
		    : S_ISLNK(mode)  ? 'l'
		    : S_ISCHR(mode)  ? 'c'
		    : S_ISBLK(mode)  ? 'b'
		    : S_ISFIFO(mode) ? 'p'
		    : S_ISSOCK(mode) ? 's'
				     : 'r';

	out[0] = out[2] = kind;
	out[1] = '/';
	for (unsigned i = 0; i < 9; i++)
		out[3 + i] = mode & (0400U >> i) ? letters[i] : '-';
	if (mode & S_ISUID)
		out[5] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		out[8] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		out[11] = mode & S_IXOTH ? 't' : 'T';
	out[12] = '\0';
}

static uint64_t not_negative(struct timespec t)
{
	return t.tv_sec < 0 ? 0 : (uint64_t)t.tv_sec;
}

static void list_body(struct nsv_collection *c, const struct nsv_entity *m, const char *path)
{
	struct nsv_text *t = &c->body;
	char mode[13];

	mode_text(m->mode, mode);
	nsv_text_puts(t, "0|/");
	put_body_name(t, path);
	if (m->link) {
		nsv_text_puts(t, " -> ");
		put_body_name(t, m->link);
	}
	put_number(t, "|", m->ino);
	nsv_text_puts(t, "|");
	nsv_text_puts(t, mode);
	put_number(t, "|", m->uid);
	put_number(t, "|", m->gid);
	put_number(t, "|", m->size);
	put_number(t, "|", not_negative(m->atime));
	put_number(t, "|", not_negative(m->mtime));
	put_number(t, "|", not_negative(m->ctime));
	put_number(t, "|", m->has_btime ? not_negative(m->btime) : 0);
	nsv_text_puts(t, "\n");
}

/* ---- timeline.jsonl ---- */

/* With microseconds, which is what Timesketch keeps. */
static void moment_head(struct nsv_jout *j, struct timespec when, const char *desc,
			const char *type)
{
	char text[NSV_TIME_TEXT];

	(void)nsv_time_text(when, text);
	memmove(text + 26, text + 29, strlen(text + 29) + 1);
	nsv_jout_begin(j, NULL, '{');
	nsv_jout_text(j, "datetime", text);
	nsv_jout_text(j, "timestamp_desc", desc);
	nsv_jout_text(j, "data_type", type);
}

void nsv_list_moment(struct nsv_collection *c, struct timespec when, const char *desc,
		     const char *type, const char *message, int64_t pid)
{
	struct nsv_jout j = { .t = &c->timeline };

	moment_head(&j, when, desc, type);
	nsv_jout_text(&j, "message", message);
	if (pid)
		nsv_jout_i64(&j, "pid", pid);
	nsv_jout_end(&j, '{');
	nsv_jout_line(&j);
}

static void put_moment(struct nsv_text *t, struct timespec when, const char *desc,
		       const char *message, const char *name, uint64_t ino)
{
	struct nsv_jout j = { .t = t };

	moment_head(&j, when, desc, "fs:stat");
	nsv_jout_text(&j, "message", message);
	nsv_jout_text(&j, "filename", name);
	put_number(t, ",\"inode\":\"", ino);
	nsv_text_puts(t, "\"}\n");
}

/* The same of a name without anything to escape. */
static void put_plain_moment(struct nsv_text *t, struct timespec when, const char *desc,
			     const char *verb, const char *path, size_t len, uint64_t ino)
{
	char text[NSV_TIME_TEXT];

	(void)nsv_time_text(when, text);
	nsv_text_puts(t, "{\"datetime\":\"");
	nsv_text_put(t, text, 26);
	nsv_text_puts(t, "+00:00\",\"timestamp_desc\":\"");
	nsv_text_puts(t, desc);
	nsv_text_puts(t, "\",\"data_type\":\"fs:stat\",\"message\":\"/");
	nsv_text_put(t, path, len);
	nsv_text_puts(t, " ");
	nsv_text_puts(t, verb);
	nsv_text_puts(t, "\",\"filename\":\"/");
	nsv_text_put(t, path, len);
	put_number(t, "\",\"inode\":\"", ino);
	nsv_text_puts(t, "\"}\n");
}

static void list_times(struct nsv_collection *c, const struct nsv_entity *m, const char *path)
{
	const struct {
		const struct timespec *when;
		const char *desc, *verb;
	} times[] = {
		{ &m->mtime, "Content Modification Time", "modified" },
		{ &m->atime, "Last Access Time", "accessed" },
		{ &m->ctime, "Metadata Modification Time", "changed" },
		{ m->has_btime ? &m->btime : NULL, "Creation Time", "created" },
	};
	size_t len = strlen(path);
	bool plain = nsv_jout_safe(path, len) == len;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(times); i++) {
		nsv_autofree char *name = NULL, *message = NULL;

		if (!times[i].when)
			continue;
		if (plain) {
			put_plain_moment(&c->timeline, *times[i].when, times[i].desc, times[i].verb,
					 path, len, m->ino);
			continue;
		}
		if (asprintf(&name, "/%s", path) < 0)
			name = NULL;
		if (!name || asprintf(&message, "%s %s", name, times[i].verb) < 0)
			message = NULL;
		put_moment(&c->timeline, *times[i].when, times[i].desc, message, name, m->ino);
	}
}

/* ---- files.jsonl ---- */

static void put_exact(struct nsv_jout *j, const char *key, struct timespec t)
{
	nsv_jout_raw(j, key, "\"", 1);
	nsv_text_signed(j->t, t.tv_sec);
	nsv_text_put(j->t, ".", 1);
	nsv_text_digits(j->t, (uint64_t)t.tv_nsec, 10, 9);
	nsv_text_put(j->t, "\"", 1);
}

static void put_attributes(struct nsv_jout *j, uint64_t attributes)
{
	static const struct {
		uint64_t bit;
		const char *word;
	} words[] = {
		{ STATX_ATTR_COMPRESSED, "compressed" },
		{ STATX_ATTR_IMMUTABLE, "immutable" },
		{ STATX_ATTR_APPEND, "append" },
		{ STATX_ATTR_NODUMP, "nodump" },
		{ STATX_ATTR_ENCRYPTED, "encrypted" },
		{ STATX_ATTR_VERITY, "verity" },
		{ STATX_ATTR_DAX, "dax" },
	};

	nsv_jout_begin(j, "attributes", '[');
	for (size_t i = 0; i < NSV_ARRAY_SIZE(words); i++)
		if (attributes & words[i].bit)
			nsv_jout_text(j, NULL, words[i].word);
	nsv_jout_end(j, '[');
}

static void put_xattrs(struct nsv_jout *j, const struct nsv_xattrs *x)
{
	const char *name, *value;
	size_t at = 0, len;

	nsv_jout_begin(j, "xattrs", '[');
	while (nsv_xattrs_next(x, &at, &name, &value, &len)) {
		nsv_jout_begin(j, NULL, '{');
		nsv_jout_text(j, "name", name);
		nsv_jout_base64(j, "value_base64", value, len);
		nsv_jout_end(j, '{');
	}
	nsv_jout_end(j, '[');
}

static void list_file(struct nsv_collection *c, const struct nsv_entity *m, const char *hex,
		      const struct nsv_taken *taken)
{
	struct nsv_jout j = { .t = &c->files };

	nsv_jout_begin(&j, NULL, '{');
	nsv_jout_text(&j, "path", m->path);
	nsv_jout_text(&j, "type", type_word(m->mode));
	nsv_text_puts(j.t, ",\"mode\":\"");
	nsv_text_digits(j.t, m->mode & 07777, 8, 4);
	nsv_text_puts(j.t, "\"");
	nsv_jout_u64(&j, "uid", m->uid);
	nsv_jout_u64(&j, "gid", m->gid);
	nsv_jout_u64(&j, "host_uid", m->host_uid);
	nsv_jout_u64(&j, "host_gid", m->host_gid);
	nsv_jout_u64(&j, "size", m->size);
	nsv_jout_u64(&j, "nlink", m->nlink);
	nsv_jout_u64(&j, "inode", m->ino);
	put_number(j.t, ",\"device\":\"", m->dev_major);
	put_number(j.t, ":", m->dev_minor);
	nsv_text_puts(j.t, "\"");
	if (S_ISCHR(m->mode) || S_ISBLK(m->mode))
		nsv_text_printf(&c->files, ",\"rdev\":\"%u:%u\"", m->rdev_major, m->rdev_minor);
	put_exact(&j, "atime", m->atime);
	put_exact(&j, "mtime", m->mtime);
	put_exact(&j, "ctime", m->ctime);
	if (m->has_btime)
		put_exact(&j, "btime", m->btime);
	if (m->attributes)
		put_attributes(&j, m->attributes);
	if (m->xattrs.len)
		put_xattrs(&j, &m->xattrs);
	if (m->link)
		nsv_jout_text(&j, "link", m->link);
	if (m->hard)
		nsv_jout_text(&j, "same_as", m->hard);
	if (hex)
		nsv_jout_text(&j, "sha256", hex);
	else if (taken && !taken->sums.whole && S_ISREG(m->mode))
		nsv_jout_hex(&j, "sha256_of_data", taken->sums.data, NSV_SHA_LEN);
	if (taken && taken->in_package && !nsv_package_is_folder(c->package))
		nsv_jout_hex(&j, "header_sha256", taken->sums.header, NSV_SHA_LEN);
	nsv_jout_text(&j, "outcome", nsv_outcome_word(taken ? taken->outcome : NSV_TAKEN));
	nsv_jout_end(&j, '{');
	nsv_jout_line(&j);
}

void nsv_listings_begin(struct nsv_collection *c)
{
	nsv_text_puts(&c->mtree[0], "#mtree\n");
}

void nsv_list_member(struct nsv_collection *c, const struct nsv_entity *m, const char *hex,
		     const struct nsv_taken *taken)
{
	size_t len = sizeof(NSV_ROOT_PREFIX) - 1;

	list_file(c, m, hex, taken);
	if (strncmp(m->path, NSV_ROOT_PREFIX, len) != 0)
		return;
	const char *path = m->path + len + (m->path[len] == '/');

	if (!S_ISSOCK(m->mode))
		list_mtree(c, m, path, hex);
	list_body(c, m, path);
	list_times(c, m, path);
}
