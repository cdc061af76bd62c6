/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folder_in.c - all files of a package that is a folder, by the walk of copy/walk.h.
 *
 * A folder may hold anything: only what is a regular file is opened. To open a device does things
 * (a tape rewinds, a watchdog starts).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

#include "collect/verify/verify.h"
#include "copy/data.h"
#include "copy/item.h"
#include "copy/source.h"
#include "copy/walk.h"

struct visit {
	struct nsv_verifier *v;
	struct nsv_copy *copy;
	char *buf;
	int err;
};

static int hash(struct visit *visit, int fd, struct nsv_text *keeps, uint64_t max,
		unsigned char out[NSV_SHA_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sum[EVP_MAX_MD_SIZE];
	ssize_t n = -1;

	if (ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL)) {
		while ((n = read(fd, visit->buf, NSV_BUFFER)) > 0) {
			(void)EVP_DigestUpdate(ctx, visit->buf, (size_t)n);
			if (keeps && keeps->size + (uint64_t)n <= max)
				nsv_text_put(keeps, visit->buf, (size_t)n);
		}
		(void)EVP_DigestFinal_ex(ctx, sum, NULL);
		memcpy(out, sum, NSV_SHA_LEN);
	}
	EVP_MD_CTX_free(ctx);
	return n < 0 ? -EIO : 0;
}

/* @fd: of a regular file. @link: the target of a symbolic link. */
static void take(struct visit *visit, int fd, const struct stat *st, const char *path,
		 const char *link)
{
	struct nsv_verifier *v = visit->v;
	struct nsv_found found = { .size = (uint64_t)st->st_size, .type = st->st_mode & S_IFMT };
	uint64_t max = 0;
	struct nsv_text *keeps = nsv_verify_keeps(v, path, &max);
	int r = 0;

	v->result.members++;
	if (v->listing) {
		v->reader->event(&(struct nsv_package_event){ .kind = NSV_PACKAGE_MEMBER,
							      .name = path,
							      .mode = st->st_mode,
							      .uid = st->st_uid,
							      .gid = st->st_gid,
							      .size = (uint64_t)st->st_size,
							      .mtime = st->st_mtime },
				 v->reader->data);
		return;
	}
	/* Of files the bytes count; all else is the package's if files.jsonl has it. */
	if (S_ISREG(st->st_mode)) {
		found.flags |= NSV_FOUND_REGULAR | NSV_FOUND_WHOLE | NSV_FOUND_LISTED;
		r = hash(visit, fd, keeps, max, found.data);
	}
	if (link && !EVP_Digest(link, strlen(link), found.data, NULL, EVP_sha256(), NULL))
		r = -ENOMEM;
	if (r == 0)
		r = nsv_found_add(&v->found, path, &found);
	if (r < 0 && visit->err == 0)
		visit->err = r;
}

/* An fd of the regular file @name that @st is of; -ESTALE: another file took its place. */
static int open_regular(int dir, const char *name, const struct stat *st)
{
	nsv_autofd int fd =
	    openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat now;

	if (fd < 0 || fstat(fd, &now) < 0)
		return -errno;
	if (now.st_dev != st->st_dev || now.st_ino != st->st_ino || !S_ISREG(now.st_mode))
		return -ESTALE;
	return nsv_steal_fd(&fd);
}

static int read_link(int dir, const char *name, char text[PATH_MAX + 1])
{
	ssize_t n = readlinkat(dir, name, text, PATH_MAX + 1);

	if (n < 0 || n > PATH_MAX)
		return n < 0 ? -errno : -ENAMETOOLONG;
	text[n] = '\0';
	return 0;
}

static void entry(struct nsv_walk *w, struct nsv_dir *dir, const char *name, unsigned type,
		  bool follow)
{
	struct visit *visit = w->data;
	nsv_autofree char *path = nsv_dir_path(dir, "", name);
	nsv_autofd int fd = NSV_FD_NONE;
	char link[PATH_MAX + 1];
	struct stat st;
	int r = 0;

	(void)follow;
	(void)type;
	if (!path)
		r = -ENOMEM;
	else if (fstatat(dir->src, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	else if (S_ISREG(st.st_mode))
		r = fd = open_regular(dir->src, name, &st);
	else if (S_ISLNK(st.st_mode))
		r = read_link(dir->src, name, link);
	if (r >= 0)
		take(visit, fd, &st, path, S_ISLNK(st.st_mode) ? link : NULL);
	else if (visit->err == 0)
		visit->err = r;
}

static int enter(struct nsv_walk *w, struct nsv_dir *dir, bool empty)
{
	struct visit *visit = w->data;
	nsv_autofree char *path = nsv_dir_path(dir, "", NULL);
	struct stat st;

	(void)empty;
	if (!path || fstat(dir->src, &st) < 0)
		return -1;
	if (*path)
		take(visit, NSV_FD_NONE, &st, path, NULL);
	return 0;
}

static void on_event(const struct nsv_copy_event *event, void *data)
{
	struct visit *visit = data;

	if (event->kind == NSV_COPY_EVENT_FAILED)
		nsv_verify_tell(visit->v, NSV_PACKAGE_DAMAGED, event->path, event->msg);
}

int nsv_verify_folder(struct nsv_verifier *v)
{
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	struct visit visit = { .v = v, .buf = malloc(NSV_BUFFER) };
	struct nsv_source s = { .text = (char *)"", .dest = (char *)"", .base = "" };
	struct nsv_walk w = {
		.s = &s, .data = &visit, .enter = enter, .entry = entry, .sorted = true
	};
	struct nsv_dir *top;
	struct stat st;
	int r = visit.buf ? 0 : -ENOMEM;

	o.flags = NSV_COPY_ARCHIVE | NSV_COPY_SPECIAL;
	o.threads = 1;
	o.event = on_event;
	o.data = &visit;
	if (r == 0)
		r = nsv_copy_new(&o, &visit.copy, NULL);
	top = r == 0 ? nsv_dir_new(&s, NULL, "") : NULL;
	if (top) {
		s.c = visit.copy;
		w.max_open = visit.copy->max_fds / 8;
		top->src = nsv_open_dir_at(v->reader->fd, ".");
		if (top->src >= 0 && fstat(top->src, &st) == 0) {
			nsv_dir_set_stat(top, &st);
			r = nsv_walk_run(&w, top);
		} else {
			r = -errno;
			nsv_dir_drop(top);
		}
	}
	(void)nsv_copy_free(visit.copy);
	free(visit.buf);
	return r < 0 ? r : visit.err;
}
