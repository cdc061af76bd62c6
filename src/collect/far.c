/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * far.c - the helper's side. The collection has gone when nothing can be sent any more: then the
 * helper ends. See far.h.
 */
#include "collect/far.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "collect/wire.h"
#include "copy/data.h"

static void sent(int r)
{
	if (r < 0)
		_exit(1);
}

void nsv_far_at(struct nsv_far *f, const char *path, bool folder, dev_t dev)
{
	const struct nsv_wire_head head = {
		.kind = NSV_WIRE_AT, .a = folder, .b = dev, .len = strlen(path) + 1
	};

	sent(nsv_wire_send(f->sock, &head, path));
}

/* ---- where an earlier helper was ---- */

/* What follows @dir in the path to go on at; NULL: that path does not lead through it. */
static const char *rest_of(const struct nsv_far *f, const struct nsv_dir *dir)
{
	nsv_autofree char *path = nsv_dir_path(dir, "", NULL);
	size_t len = path ? strlen(path) : 0;
	const char *rest = f->resume.path;

	if (!path)
		sent(-ENOMEM);
	if (len == 0)
		return rest;
	return strncmp(rest, path, len) == 0 && rest[len] == '/' ? rest + len + 1 : NULL;
}

bool nsv_far_passes(struct nsv_far *f, const struct nsv_dir *dir, const char *name)
{
	const char *rest = f->resume.path ? rest_of(f, dir) : NULL;
	size_t first = rest ? strcspn(rest, "/") : 0;
	bool same = rest && strlen(name) == first && memcmp(name, rest, first) == 0;

	if (!rest)
		return false;
	/* Says that it lives. */
	nsv_far_at(f, "", false, 0);
	if (!rest[first] && !f->resume.folder) {
		/* A file: what comes after it is new, and so are all folders. */
		if (same)
			f->resume.path = NULL;
		return same;
	}
	/* A folder: those before it in a listing come after it in the walk, which takes the last of
	 * a listing first. */
	if (f->met)
		return true;
	f->met = same;
	return same && !rest[first];
}

bool nsv_far_looks(struct nsv_far *f, const struct nsv_dir *dir, const char *name)
{
	nsv_autofree char *path = NULL;

	if (nsv_far_passes(f, dir, name))
		return true;
	if (f->resume.path)
		return false;
	path = nsv_dir_path(dir, NSV_ROOT_PREFIX, name);
	if (path)
		nsv_far_at(f, path, false, dir->src_dev);
	return false;
}

bool nsv_far_took_files(struct nsv_far *f, const struct nsv_dir *dir)
{
	return f->resume.path && rest_of(f, dir);
}

/* A file that hung and is gone: in its folder nothing says where to go on. */
static void tell_lost(struct nsv_far *f)
{
	if (f->resume.path && !f->resume.folder)
		nsv_far_outcome(f, "file", f->resume.path, NSV_FAILED,
				"it hung and is gone: what came after it in its folder is missing");
	f->resume.path = NULL;
}

bool nsv_far_took_folder(struct nsv_far *f, const struct nsv_dir *dir)
{
	if (!f->resume.path)
		return false;
	f->met = false;
	if (rest_of(f, dir))
		return true;
	tell_lost(f);
	return false;
}

bool nsv_far_gave_up(const struct nsv_far *f, dev_t dev)
{
	for (unsigned i = 0; f->given_up && i < f->given_up->n; i++)
		if (f->given_up->devs[i] == dev)
			return true;
	return false;
}

/* ---- files ---- */

static void send_data(struct nsv_far *f, uint64_t at, size_t len)
{
	sent(nsv_wire_send(f->sock,
			   &(struct nsv_wire_head){ .kind = NSV_WIRE_DATA, .b = at, .len = len },
			   f->buf));
}

static void send_end(struct nsv_far *f, enum nsv_outcome outcome, const char *reason)
{
	sent(nsv_wire_send_texts(f->sock, NSV_WIRE_END, outcome, &reason, 1));
}

/* Holes are left out. false: it was cut short, which was said. */
static bool send_range(struct nsv_far *f, int fd, off_t at, off_t end)
{
	while (at < end) {
		size_t want = (size_t)nsv_min((uint64_t)(end - at), (uint64_t)NSV_BUFFER);
		ssize_t n = pread(fd, f->buf, want, at);

		if (n <= 0) {
			send_end(f, n < 0 ? NSV_FAILED : NSV_CHANGED,
				 n < 0 ? strerrordesc_np(errno)
				       : "it became shorter while it was read");
			return false;
		}
		send_data(f, (uint64_t)at, (size_t)n);
		at += n;
	}
	return true;
}

static void send_body(struct nsv_far *f, const struct nsv_entity *m, int fd, uint64_t size)
{
	off_t at, end = 0;
	struct stat st;

	if (fstat(fd, &st) == 0 && (uint64_t)st.st_blocks * 512 >= m->size) {
		if (!send_range(f, fd, 0, (off_t)size))
			return;
	} else {
		while (nsv_data_next(fd, end, (off_t)size, &at, &end))
			if (!send_range(f, fd, at, end))
				return;
	}
	if (fstat(fd, &st) == 0 &&
	    ((uint64_t)st.st_size != m->size || st.st_mtim.tv_sec != m->mtime.tv_sec ||
	     st.st_mtim.tv_nsec != m->mtime.tv_nsec || st.st_ctim.tv_sec != m->ctime.tv_sec ||
	     st.st_ctim.tv_nsec != m->ctime.tv_nsec))
		send_end(f, NSV_CHANGED, "it changed while it was read");
	else
		send_end(f, NSV_TAKEN, NULL);
}

void nsv_far_send(struct nsv_far *f, const struct nsv_entity *m, int fd, uint64_t max_size)
{
	dev_t dev = makedev(m->dev_major, m->dev_minor);
	bool several = f->sent && m->nlink > 1 && fd >= 0;
	bool again = several && nsv_links_has(f->sent, dev, m->ino) > 0;
	uint64_t size = max_size ? nsv_min(m->size, max_size) : m->size;

	sent(nsv_wire_send_member(f->sock, m, fd >= 0 && !again, again));
	if (fd < 0 || again)
		return;
	send_body(f, m, fd, size);
	if (several)
		(void)nsv_links_add(f->sent, dev, m->ino);
}

void nsv_far_outcome(struct nsv_far *f, const char *kind, const char *name,
		     enum nsv_outcome outcome, const char *reason)
{
	const char *texts[] = { kind, name, reason };

	sent(nsv_wire_send_texts(f->sock, NSV_WIRE_OUTCOME, outcome, texts, 3));
}

void nsv_far_log(struct nsv_far *f, const char *step, const char *text)
{
	const char *texts[] = { step, text };

	sent(nsv_wire_send_texts(f->sock, NSV_WIRE_LOG, 0, texts, 2));
}

void nsv_far_count(struct nsv_far *f, unsigned what, uint64_t n)
{
	sent(nsv_wire_send(f->sock,
			   &(struct nsv_wire_head){ .kind = NSV_WIRE_COUNT, .a = what, .b = n },
			   NULL));
}

void nsv_far_done(struct nsv_far *f, int err)
{
	tell_lost(f);
	sent(nsv_wire_send(f->sock,
			   &(struct nsv_wire_head){ .kind = NSV_WIRE_DONE, .a = (uint32_t)err },
			   NULL));
}
