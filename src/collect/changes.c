/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * changes.c - changes.json, and below changes/before/ what small texts were in the image. Both come
 * from the layers on the host (changes room), which says whether they can be believed; where not,
 * the reason is an outcome, and the list is empty.
 */
#include "collect/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <nsview/changes.h>

#include "collect/listings.h"
#include "copy/data.h"
#include "reach/filetype.h"
#include "reach/mountinfo.h"

#define BEFORE_MAX     ((uint64_t)256 * 1024) /* bytes of a text that is taken */
#define BEFORE_ALL_MAX ((uint64_t)64 << 20)
#define PATH_MOST      ((size_t)64 * 1024)

struct changes {
	struct nsv_collection *c;
	struct nsv_path_set *changed;
	struct nsv_text text;
	struct nsv_jout j;
	uint64_t n, before;
	bool cut; /* not all originals were taken */
};

/* ---- changes.json ---- */

static void put_side(struct nsv_jout *j, const char *key, const struct nsv_change_side *s)
{
	char text[32];

	if (!s->exists) {
		nsv_jout_null(j, key);
		return;
	}
	nsv_jout_begin(j, key, '{');
	nsv_jout_text(j, "type", nsv_filetype(s->mode));
	(void)snprintf(text, sizeof(text), "%04o", s->mode & 07777);
	nsv_jout_text(j, "mode", text);
	nsv_jout_u64(j, "uid", s->uid);
	nsv_jout_u64(j, "gid", s->gid);
	nsv_jout_u64(j, "size", s->size);
	nsv_jout_u64(j, "nlink", s->nlink);
	nsv_jout_u64(j, "inode", s->inode);
	(void)snprintf(text, sizeof(text), "%u:%u", s->rdev_major, s->rdev_minor);
	nsv_jout_text(j, "rdev", S_ISCHR(s->mode) || S_ISBLK(s->mode) ? text : NULL);
	nsv_jout_time(j, "mtime", s->mtime);
	nsv_jout_time(j, "ctime", s->ctime);
	nsv_jout_text(j, "link", s->link);
	if (s->hashed)
		nsv_jout_hex(j, "sha256", s->sha256, sizeof(s->sha256));
	else
		nsv_jout_null(j, "sha256");
	nsv_jout_end(j, '{');
}

static void put_change(struct nsv_jout *j, const struct nsv_change *c)
{
	static const char *const words[] = { "content", "metadata", "type", "time", "entries" };
	const char kind[] = { (char)c->kind, '\0' };

	nsv_jout_begin(j, NULL, '{');
	nsv_jout_text(j, "kind", kind);
	nsv_jout_text(j, "path", c->path);
	nsv_jout_begin(j, "what", '[');
	for (unsigned i = 0; i < NSV_ARRAY_SIZE(words); i++)
		if (c->what & 1U << i)
			nsv_jout_text(j, NULL, words[i]);
	nsv_jout_end(j, '[');
	put_side(j, "old", c->old);
	put_side(j, "new", c->now);
	nsv_jout_text(j, "mount", c->mount);
	nsv_jout_text(j, "reason", c->text);
	nsv_jout_end(j, '{');
}

/* ---- changes/before/ ---- */

static bool is_text(const char *buf, ssize_t n)
{
	return n >= 0 && !memchr(buf, '\0', (size_t)n);
}

static int take_before(struct changes *ch, const struct nsv_change *change)
{
	const struct nsv_change_side *s = change->old;
	struct nsv_collection *c = ch->c;
	nsv_autofree char *path = NULL;
	struct nsv_entity m;
	struct nsv_taken t;
	nsv_autofd int fd = NSV_FD_NONE;
	char hex[NSV_SHA_HEX];
	int r;

	if (ch->before + s->size > BEFORE_ALL_MAX || strlen(change->path) > PATH_MOST) {
		ch->cut = true;
		return 0;
	}
	fd = nsv_reopen(s->fd, NULL, NULL);
	if (fd < 0 || !is_text(c->buf, pread(fd, c->buf, NSV_BUFFER, 0)))
		return 0;
	if (asprintf(&path, "changes/before%s", change->path) < 0)
		return -ENOMEM;
	nsv_member_own(&m, path, s->size, s->mtime.tv_sec);
	m.own = false; /* a full disk takes it out again */
	m.mtime = s->mtime;
	m.ctime = s->ctime;
	m.ino = s->inode;
	r = nsv_take_body(c, &m, fd, &t);
	if (r < 0 || !t.in_package)
		return r;
	ch->before += s->size;
	nsv_hex(t.sums.data, NSV_SHA_LEN, hex);
	nsv_list_member(c, &m, t.sums.whole ? hex : NULL, &t);
	nsv_outcome(c, "before", path, t.outcome, *t.reason ? t.reason : NULL);
	return 0;
}

static bool wants_before(const struct nsv_change *c)
{
	if (!c->old->exists || !S_ISREG(c->old->mode) || c->old->fd < 0 || c->old->size == 0 ||
	    c->old->size > BEFORE_MAX)
		return false;
	return c->kind == NSV_CHANGE_DELETED || c->what & (NSV_DIFFERS_CONTENT | NSV_DIFFERS_TYPE);
}

/* ---- the walk ---- */

static int on_change(const struct nsv_change *change, void *data)
{
	struct changes *ch = data;
	struct nsv_collection *c = ch->c;
	int r = 0;

	nsv_progress(c, NULL, change->path);
	if (nsv_stop(c))
		return -ECANCELED;
	ch->n++;
	put_change(&ch->j, change);
	if (change->kind == NSV_CHANGE_PROBLEM)
		nsv_outcome(c, "change", change->path, NSV_FAILED, change->text);
	if (change->kind != NSV_CHANGE_VOLUME && change->now->exists && change->path[1])
		r = nsv_path_set_add(ch->changed, change->path + 1);
	if (r == 0 && wants_before(change))
		r = take_before(ch, change);
	return r;
}

static const char *state_word(enum nsv_changes_state state)
{
	switch (state) {
	case NSV_CHANGES_STATE_KNOWN:
		return "known";
	case NSV_CHANGES_STATE_NO_UPPER:
		return "no-upper";
	default:
		return "unknown";
	}
}

static void tell_state(struct nsv_collection *c, enum nsv_changes_state state, const char *why)
{
	if (state == NSV_CHANGES_STATE_KNOWN)
		nsv_outcome(c, "changes", "/", NSV_TAKEN, NULL);
	else if (state == NSV_CHANGES_STATE_NO_UPPER)
		nsv_outcome(c, "changes", "/", NSV_EMPTY, why);
	else
		nsv_outcome(c, "changes", "/",
			    nsv_wants(c, NSV_COLLECT_CHANGES_NEEDED) ? NSV_FAILED : NSV_SKIPPED,
			    why);
	nsv_log(c, "changes", "%s%s%s", state_word(state), why ? ": " : "", why ? why : "");
}

static int write_all(struct changes *ch, struct nsv_changes *changes)
{
	const char *why;
	enum nsv_changes_state state = nsv_changes_state(changes, &why);
	struct nsv_jout *j = &ch->j;
	int r;

	tell_state(ch->c, state, why);
	nsv_jout_begin(j, NULL, '{');
	nsv_jout_begin(j, "about", '{');
	nsv_jout_text(j, "spec", ch->c->o->spec);
	nsv_jout_null(j, "compared_with");
	nsv_jout_text(j, "state", state_word(state));
	nsv_jout_text(j, "reason", why);
	nsv_jout_end(j, '{');
	nsv_jout_begin(j, "changes", '[');
	r = nsv_changes_walk(changes, on_change, ch, NULL);
	nsv_jout_end(j, '[');
	nsv_jout_end(j, '{');
	nsv_jout_line(j);
	if (r < 0 && !nsv_stop(ch->c))
		nsv_outcome(ch->c, "changes", "/", NSV_FAILED, strerror(-r));
	if (ch->cut)
		nsv_outcome(ch->c, "before", "changes/before", NSV_TRUNCATED,
			    "more than 64 MiB of originals");
	if (ch->changed->full)
		nsv_outcome(ch->c, "changes", "/", NSV_TRUNCATED,
			    "more files changed than are taken");
	return nsv_wrote(ch->c, nsv_package_text(ch->c->package, "changes.json", &ch->text));
}

/* The walk through the files takes these, by a helper; here their names would be read directly. */
static bool may_hang(unsigned major, unsigned minor, void *data)
{
	const struct nsv_collection *c = data;

	return nsv_may_hang(&c->risks, nsv_mount_dev(major, minor));
}

int nsv_collect_changes(struct nsv_collection *c, struct nsv_path_set *changed)
{
	struct nsv_changes_options o = NSV_CHANGES_OPTIONS_INIT;
	struct changes ch = { .c = c, .changed = changed, .text = NSV_TEXT_INIT };
	struct nsv_changes *changes = NULL;
	struct nsv_error e = NSV_ERROR_INIT;
	int r;

	nsv_progress(c, "changes", NULL);
	o.flags = NSV_CHANGES_CONTENT |
		  (nsv_wants(c, NSV_COLLECT_ONE_MOUNT) ? 0U : (unsigned)NSV_CHANGES_VOLUMES);
	o.engine = c->o->engine;
	o.id = c->o->engine_id;
	o.engine_dir = c->o->engine_dir;
	o.cancel = c->o->cancel;
	o.leave_out = may_hang;
	o.data = c;
	ch.j = (struct nsv_jout){ .t = &ch.text, .lines = 2 };
	r = nsv_changes_open(c->target, c->root, &o, &changes, &e);
	if (r < 0) {
		nsv_outcome(c, "changes", "/", NSV_FAILED, e.msg);
		return 0;
	}
	r = write_all(&ch, changes);
	(void)nsv_changes_free(changes);
	nsv_text_free(&ch.text);
	nsv_log(c, "changes", "%llu of them", (unsigned long long)ch.n);
	return r;
}
