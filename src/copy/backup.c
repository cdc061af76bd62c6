/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * backup.c - keeps a file that a copy replaces, under another name of its directory.
 *
 * The new file and the old one exchange their names (renameat2(2), Linux 3.15), then the old one
 * gets the backup's name: the name itself always shows a whole file. Where a file system can't
 * exchange, the old file is renamed first.
 *
 * Defends against a container that changes the directory meanwhile: all calls take single names of
 * the open directory and follow no link; what came out of the exchange is compared with what was
 * looked at; a mount point is never renamed, nor renamed over. Listings and numbers are bounded.
 */
#include "backup.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "dest_look.h"
#include "source.h"

#define TRIES	   100
#define MAX_DIGITS 18
#define MAX_NUMBER 999999999999999999 /* of MAX_DIGITS */
#define LIST_BYTES ((size_t)32 * 1024)

struct found {
	bool exists, mount;
	struct stat st;
};

static int find(const struct nsv_dir *dir, const char *name, struct found *ret, struct nsv_error *e)
{
	const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
	struct statx stx;

	*ret = (struct found){ 0 };
	if (statx(dir->dst, name, flags, STATX_BASIC_STATS, &stx) < 0)
		return errno == ENOENT ? 0 : nsv_err(e, errno, NSV_STAGE_WRITE);
	ret->exists = true;
	ret->mount = (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
	ret->st = (struct stat){
		.st_dev = makedev(stx.stx_dev_major, stx.stx_dev_minor),
		.st_ino = stx.stx_ino,
		.st_mode = stx.stx_mode,
		.st_uid = stx.stx_uid,
		.st_gid = stx.stx_gid,
	};
	return 0;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The number of @entry if it is NAME.~NUMBER~, else 0. */
static uint64_t number_of(const char *entry, const char *name, size_t len)
{
	const char *digit = entry + len + 2;
	uint64_t n = 0;

	if (strncmp(entry, name, len) != 0 || strncmp(entry + len, ".~", 2) != 0 || *digit == '0')
		return 0;
	for (; *digit >= '0' && *digit <= '9'; digit++) {
		if (digit - (entry + len + 2) >= MAX_DIGITS)
			return 0;
		n = n * 10 + (uint64_t)(*digit - '0');
	}
	return digit[0] == '~' && !digit[1] ? n : 0;
}

/* The highest number of a backup of @name. */
static int highest(const struct nsv_dir *dir, const char *name, uint64_t *ret, struct nsv_error *e)
{
	nsv_autofd int fd = nsv_open_dir_at(dir->dst, ".");
	nsv_autofree char *buf = malloc(LIST_BYTES);
	size_t len = strlen(name);
	ssize_t n;

	*ret = 0;
	if (fd < 0 || !buf)
		return nsv_err(e, fd < 0 ? -fd : ENOMEM, NSV_STAGE_WRITE);
	while ((n = getdents64(fd, buf, LIST_BYTES)) > 0 && nsv_stopped(dir->s->c) == 0)
		for (char *p = buf; p < buf + n;) {
			struct dirent64 *d = (struct dirent64 *)(void *)p;
			uint64_t number = number_of(d->d_name, name, len);

			p += d->d_reclen;
			if (number > *ret)
				*ret = number;
		}
	if (n < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	return nsv_stopped(dir->s->c) < 0 ? nsv_err(e, ECANCELED, NSV_STAGE_NONE) : 0;
}

/* Writes the backup's name. *ret_number: the number in it, 0 for none. */
static int name_for(const struct nsv_dir *dir, const char *name, char out[static NAME_MAX + 1],
		    uint64_t *ret_number, struct nsv_error *e)
{
	const struct nsv_copy_options *o = &dir->s->c->o;
	uint64_t n = 0;
	int r = 0, len;

	if (o->backup != NSV_COPY_BACKUP_SIMPLE)
		r = highest(dir, name, &n, e);
	if (r < 0)
		return r;
	if (n == MAX_NUMBER)
		return nsv_error_set(e, EOVERFLOW, NSV_STAGE_WRITE,
				     "its backups have the highest number already");
	*ret_number = o->backup == NSV_COPY_BACKUP_NUMBERED || n ? n + 1 : 0;
	if (*ret_number)
		len =
		    snprintf(out, NAME_MAX + 1, "%s.~%llu~", name, (unsigned long long)*ret_number);
	else
		len = snprintf(out, NAME_MAX + 1, "%s%s", name, o->suffix);
	if (len > NAME_MAX)
		return nsv_error_set(e, ENAMETOOLONG, NSV_STAGE_WRITE,
				     "its backup's name would be too long");
	return 0;
}

/* Whether a file may be renamed to @backup. */
static int may_name(const struct nsv_dir *dir, const char *backup, const struct stat *src,
		    struct nsv_error *e)
{
	struct found at;
	const char *fixed;
	int r = find(dir, backup, &at, e);

	if (r < 0 || !at.exists)
		return r;
	if (at.mount)
		return nsv_error_set(e, EBUSY, NSV_STAGE_WRITE,
				     "its backup's name, '%.200s', is a mount point", backup);
	if (S_ISDIR(at.st.st_mode))
		return nsv_error_set(e, EISDIR, NSV_STAGE_WRITE,
				     "its backup's name, '%.200s', is a directory", backup);
	if (src && same_file(src, &at.st))
		return nsv_error_set(e, EINVAL, NSV_STAGE_WRITE,
				     "its backup would replace the source");
	if (!nsv_ids_may_change(dir->s->c, &at.st))
		return nsv_error_set(e, EPERM, NSV_STAGE_WRITE, NSV_NOT_THE_CONTAINERS);
	fixed = nsv_dest_fixed_name(dir, &at.st);
	return fixed ? nsv_error_set(e, EPERM, NSV_STAGE_WRITE,
				     "its backup can't replace an older one: %s", fixed)
		     : 0;
}

int nsv_backup_look(const struct nsv_dir *dir, const char *name, const struct stat *src,
		    struct nsv_error *e)
{
	char backup[NAME_MAX + 1];
	uint64_t number;
	int r = name_for(dir, name, backup, &number, e);

	return r < 0 || number ? r : may_name(dir, backup, src, e);
}

/* Renames @from to @to, which must not exist. Some file systems have no RENAME_NOREPLACE. */
static int rename_new(const struct nsv_dir *dir, const char *from, const char *to)
{
	struct found at;

	if (renameat2(dir->dst, from, dir->dst, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	if (find(dir, to, &at, NULL) < 0 || at.exists)
		return -EEXIST;
	return renameat(dir->dst, from, dir->dst, to) < 0 ? -errno : 0;
}

/* Between two names of one file rename(2) does nothing and leaves both. */
static void drop_twin(const struct nsv_dir *dir, const char *from, const char *to)
{
	struct found a, b;

	if (find(dir, from, &a, NULL) == 0 && find(dir, to, &b, NULL) == 0 && a.exists &&
	    b.exists && !a.mount && same_file(&a.st, &b.st))
		(void)unlinkat(dir->dst, from, 0);
}

int nsv_backup_name(const struct nsv_dir *dir, const char *from, const char *name,
		    struct nsv_error *e)
{
	char backup[NAME_MAX + 1];
	uint64_t number;
	int r = -EEXIST;

	/* Further backups may be made meanwhile. */
	for (int i = 0; i < TRIES && r == -EEXIST; i++) {
		r = name_for(dir, name, backup, &number, e);
		if (r == 0 && !number)
			r = may_name(dir, backup, NULL, e);
		if (r < 0)
			return r;
		if (number)
			r = rename_new(dir, from, backup);
		else
			r = renameat(dir->dst, from, dir->dst, backup) < 0 ? -errno : 0;
	}
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_WRITE, "no backup can be made: %s",
				     strerrordesc_np(-r));
	drop_twin(dir, from, backup);
	return 0;
}

/* Without RENAME_EXCHANGE: for a moment nothing has the name, as with cp. */
static int rename_twice(struct nsv_dir *dir, const char *tmp, const char *name, struct nsv_error *e)
{
	char backup[NAME_MAX + 1];
	uint64_t number;
	int r = name_for(dir, name, backup, &number, e);

	if (r == 0 && !number)
		r = may_name(dir, backup, NULL, e);
	if (r < 0)
		return r;
	r = number					     ? rename_new(dir, name, backup)
	    : renameat(dir->dst, name, dir->dst, backup) < 0 ? -errno
							     : 0;
	if (r < 0)
		return nsv_err(e, -r, NSV_STAGE_WRITE);
	r = rename_new(dir, tmp, name);
	if (r == 0)
		return 0;
	(void)rename_new(dir, backup, name);
	return nsv_err(e, -r, NSV_STAGE_WRITE);
}

/* Whether the old file may be renamed; what a container has put in its place meanwhile may not. */
static int may_move(const struct nsv_dir *dir, const struct found *at, struct nsv_error *e)
{
	if (at->mount)
		return nsv_error_set(e, EBUSY, NSV_STAGE_WRITE, "it became a mount point");
	if (S_ISDIR(at->st.st_mode))
		return nsv_error_set(e, EISDIR, NSV_STAGE_WRITE, "it became a directory");
	if (!nsv_ids_may_change(dir->s->c, &at->st))
		return nsv_error_set(e, EPERM, NSV_STAGE_WRITE, NSV_NOT_THE_CONTAINERS);
	return 0;
}

static int swap(const struct nsv_dir *dir, const char *a, const char *b)
{
	return renameat2(dir->dst, a, dir->dst, b, RENAME_EXCHANGE) < 0 ? -errno : 0;
}

static int put_back(struct nsv_dir *dir, const char *tmp, const char *name, int r)
{
	if (swap(dir, tmp, name) == 0)
		return r;
	nsv_note_dest(dir, tmp, "this is the file that was replaced: it could not be put back");
	return -EUCLEAN;
}

static int exchange(struct nsv_dir *dir, const char *tmp, const char *name, const struct found *old,
		    struct nsv_error *e)
{
	struct found got;
	int r = swap(dir, tmp, name);

	if (r == -EINVAL)
		return rename_twice(dir, tmp, name, e);
	if (r < 0)
		return r == -ENOENT ? -EAGAIN : nsv_err(e, -r, NSV_STAGE_WRITE);
	r = find(dir, tmp, &got, e);
	if (r == 0 && (!got.exists || !same_file(&got.st, &old->st)))
		r = nsv_error_set(e, ESTALE, NSV_STAGE_WRITE, "it was replaced meanwhile");
	if (r == 0)
		r = nsv_backup_name(dir, tmp, name, e);
	return r < 0 ? put_back(dir, tmp, name, r) : 0;
}

int nsv_backup_exchange(struct nsv_dir *dir, const char *tmp, const char *name, struct nsv_error *e)
{
	for (int i = 0; i < TRIES; i++) {
		struct found old;
		int r = find(dir, name, &old, e);

		if (r == 0 && !old.exists) {
			r = rename_new(dir, tmp, name);
			if (r == -EEXIST)
				continue;
			return r < 0 ? nsv_err(e, -r, NSV_STAGE_WRITE) : 0;
		}
		if (r == 0)
			r = may_move(dir, &old, e);
		/* All that can be known before the exchange. */
		if (r == 0)
			r = nsv_backup_look(dir, name, NULL, e);
		if (r == 0)
			r = exchange(dir, tmp, name, &old, e);
		if (r != -EAGAIN)
			return r;
	}
	return nsv_error_set(e, ESTALE, NSV_STAGE_WRITE, "it is replaced again and again");
}
