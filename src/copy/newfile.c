/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * newfile.c - makes a regular file under a temporary name and renames it, or writes into the file
 * that has the name.
 *
 * Defends against planted links (O_NOFOLLOW, O_EXCL, renames over them), half files (temporary
 * names), and the exchange of a file before it is written in place: an O_PATH fd is compared with
 * the file that was looked at, and only that fd is reopened for writing. Defends against leases,
 * too, which would hold up each such open for 45 s.
 */
#include "newfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "backup.h"
#include "keep.h"
#include "reach/resolve.h"
#include "source.h"

#define SETID (S_ISUID | S_ISGID)

/* ---- temporary names ---- */

void nsv_tmp_name(struct nsv_worker *w, char name[static NSV_TMP_NAME])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	uint64_t r;

	/* xorshift64*, Vigna 2016. */
	w->rng ^= w->rng >> 12;
	w->rng ^= w->rng << 25;
	w->rng ^= w->rng >> 27;
	r = w->rng * 0x2545f4914f6cdd1dULL;
	memcpy(name, ".nscp.", 6);
	for (int i = 6; i < 18; i++, r >>= 5)
		name[i] = letters[r & 31];
	name[18] = '\0';
}

void nsv_tmp_remove(struct nsv_dir *dir, const char *tmp)
{
	char text[128];

	if (unlinkat(dir->dst, tmp, 0) == 0 || errno == ENOENT)
		return;
	(void)snprintf(text, sizeof(text), "this temporary file can't be removed: %s",
		       strerrordesc_np(errno));
	nsv_note_dest(dir, tmp, text);
}

/* Some file systems have no RENAME_NOREPLACE; link(2) does not replace either. */
static int rename_into_place(struct nsv_copy *c, struct nsv_dir *dir, const char *tmp,
			     const char *name)
{
	if (!nsv_has(c, NSV_COPY_NO_CLOBBER))
		return renameat(dir->dst, tmp, dir->dst, name) < 0 ? -errno : 0;
	if (renameat2(dir->dst, tmp, dir->dst, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	if (linkat(dir->dst, tmp, dir->dst, name, 0) < 0)
		return -errno;
	nsv_tmp_remove(dir, tmp);
	return 0;
}

int nsv_tmp_rename(struct nsv_copy *c, struct nsv_dir *dir, const char *tmp, const char *name,
		   struct nsv_error *e)
{
	struct nsv_error own = NSV_ERROR_INIT;
	int r;

	if (nsv_backs_up(c)) {
		r = nsv_backup_exchange(dir, tmp, name, &own);
		if (r < 0 && e)
			*e = own;
		/* Else what has the temporary name may be the old file, which a note has named. */
		if (r < 0 && r != -EUCLEAN)
			nsv_tmp_remove(dir, tmp);
		return r;
	}
	r = rename_into_place(c, dir, tmp, name);
	if (r == 0)
		return 0;
	nsv_tmp_remove(dir, tmp);
	if (r == -EEXIST && nsv_has(c, NSV_COPY_NO_CLOBBER)) {
		nsv_count(c, NSV_N_EXCLUDED, 1);
		return 1;
	}
	return nsv_err(e, -r, NSV_STAGE_WRITE);
}

/* ---- the ways to make a file ---- */

static void note_own_name(struct nsv_newfile *f, const char *why)
{
	char text[160];

	if (atomic_exchange(&f->dir->s->c->told_own_name, true))
		return;
	(void)snprintf(text, sizeof(text),
		       "written under its own name, not renamed when complete: %s (noted once)",
		       why);
	nsv_note_dest(f->dir, f->name, text);
}

static int open_tmp(struct nsv_worker *w, struct nsv_newfile *f, struct nsv_error *e)
{
	for (int i = 0; i < NSV_TMP_TRIES; i++) {
		nsv_tmp_name(w, f->tmp);
		f->fd = openat(f->dir->dst, f->tmp,
			       O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (f->fd >= 0) {
			f->way = NSV_NEWFILE_RENAMED;
			return 0;
		}
		if (errno != EEXIST && errno != EINTR)
			break;
	}
	return nsv_err(e, errno, NSV_STAGE_WRITE);
}

static int open_direct(struct nsv_newfile *f, struct nsv_error *e)
{
	struct nsv_copy *c = f->dir->s->c;

	f->fd =
	    openat(f->dir->dst, f->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (f->fd < 0 && errno == EEXIST && nsv_has(c, NSV_COPY_NO_CLOBBER)) {
		nsv_count(c, NSV_N_EXCLUDED, 1);
		return 1;
	}
	if (f->fd < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	f->way = NSV_NEWFILE_DIRECT;
	note_own_name(f, "the folder is append-only");
	return 0;
}

/* Opens the file that was looked at, with O_PATH; -ESTALE if a container has replaced it since. */
static int hold(const struct nsv_newfile *f, const struct nsv_dest_entry *place,
		struct nsv_error *e)
{
	nsv_autofd int fd = openat(f->dir->dst, f->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	if (st.st_dev != place->st.st_dev || st.st_ino != place->st.st_ino ||
	    !S_ISREG(st.st_mode) || !nsv_ids_may_change(f->dir->s->c, &st))
		return nsv_error_set(e, ESTALE, NSV_STAGE_WRITE, "it was replaced meanwhile");
	return nsv_steal_fd(&fd);
}

/* Gives the new file the owner of the old one; true if it has that owner. */
static bool takes_owner(const struct nsv_newfile *f, const struct stat *old)
{
	struct stat st;

	if (fstat(f->fd, &st) < 0 || !nsv_ids_known(f->dir->s->c, old))
		return false;
	return (st.st_uid == old->st_uid && st.st_gid == old->st_gid) ||
	       fchown(f->fd, old->st_uid, old->st_gid) == 0;
}

/* Makes a copy of a file that is going to be written in place, under its backup's name. */
static int copy_away(struct nsv_worker *w, const struct nsv_newfile *f, int held,
		     const struct stat *old, struct nsv_error *e)
{
	struct nsv_newfile b = { .dir = f->dir, .name = f->name, .fd = NSV_FD_NONE, .old = held };
	const struct timespec times[2] = { old->st_atim, old->st_mtim };
	nsv_autofd int src = NSV_FD_NONE;
	struct stat st;
	bool past = false;
	int r = f->dir->append_only
		    ? nsv_error_set(e, EPERM, NSV_STAGE_WRITE,
				    "no backup can be made: the folder is append-only")
		    : nsv_backup_look(f->dir, f->name, NULL, e);

	if (r < 0)
		return r;
	src = nsv_reopen(held, &st, e);
	if (src < 0)
		return src;
	r = open_tmp(w, &b, e);
	if (r < 0)
		return r;
	r = nsv_data_copy(w, src, &st, b.fd, f->dir->dst_dev, &past, e);
	if (r == 0 && !takes_owner(&b, old))
		r = nsv_error_set(e, EPERM, NSV_STAGE_WRITE,
				  "no backup can be made: its owner can't be given to one");
	if (r == 0)
		r = nsv_keep(w->c, held, b.fd, old->st_mode, true, e);
	if (r == 0 && futimens(b.fd, times) < 0)
		r = nsv_err(e, errno, NSV_STAGE_META);
	if (r == 0)
		r = nsv_backup_name(f->dir, b.tmp, f->name, e);
	nsv_close_p(&b.fd);
	if (r < 0)
		nsv_tmp_remove(f->dir, b.tmp);
	return r;
}

/* Empties the file for writing as cp does, and drops set-id bits and capabilities. @why: the reason
 * to note, or NULL. */
static int open_in_place(struct nsv_worker *w, struct nsv_newfile *f,
			 const struct nsv_dest_entry *place, const char *why, struct nsv_error *e)
{
	nsv_autofd int held = hold(f, place, e);
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;
	char link[32];

	if (held < 0)
		return held;
	/*
	 * On a kernel file system the host's root can do more than the container's, which may have
	 * mounted one below /proc/PID/root or in a volume that is DEST.
	 */
	if (nsv_on_kernel_fs(held, NULL) &&
	    (f->dir->s->c->to || !nsv_on_kernel_fs(f->dir->s->c->dest.dirfd, NULL)))
		return nsv_error_set(e, EPERM, NSV_STAGE_WRITE,
				     "lies on a kernel file system: not written to");
	if (nsv_backs_up(w->c) && (fstat(held, &st) < 0 || copy_away(w, f, held, &st, e) < 0))
		return e && e->err ? -e->err : -EIO;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", held);
	/* nsv_data_begins() reads the copy, if permissions allow that. */
	fd = nsv_open_leased(AT_FDCWD, link, O_RDWR);
	if (fd < 0 && errno == EACCES)
		fd = nsv_open_leased(AT_FDCWD, link, O_WRONLY);
	if (fd < 0 && errno == EWOULDBLOCK)
		return nsv_error_set(e, EWOULDBLOCK, NSV_STAGE_WRITE,
				     "its holder does not give its lease up");
	if (fd < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	/* If fchmod(2) is refused, the kernel drops the bits at the first write. */
	if (place->st.st_mode & SETID)
		(void)fchmod(fd, place->st.st_mode & 07777 & ~(mode_t)SETID);
	(void)fremovexattr(fd, NSV_CAPS);
	if (ftruncate(fd, 0) < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	f->fd = nsv_steal_fd(&fd);
	f->way = NSV_NEWFILE_IN_PLACE;
	if (why)
		note_own_name(f, why);
	return 0;
}

/* Makes a temporary file to replace a regular file, or else opens that file in place. */
static int begin_replacing(struct nsv_worker *w, struct nsv_newfile *f,
			   const struct nsv_dest_entry *place, struct nsv_error *e)
{
	struct nsv_error own = NSV_ERROR_INIT;
	int r;

	f->old = hold(f, place, e);
	if (f->old < 0)
		return f->old;
	f->old_mode = place->st.st_mode;
	r = open_tmp(w, f, e);
	if (r == 0 && takes_owner(f, &place->st))
		return 0;
	nsv_close_p(&f->old);
	if (r == -EACCES || r == -EPERM) {
		/* Report why the folder takes no temporary file: the first cause helps most. */
		return open_in_place(w, f, place, "no file can be made in the folder", &own) < 0
			   ? r
			   : 0;
	}
	if (r < 0)
		return r;
	nsv_newfile_end(f);
	return open_in_place(w, f, place, "its owner can't be given to a new file", e);
}

int nsv_newfile_begin(struct nsv_worker *w, struct nsv_dir *dir, const char *name,
		      const struct nsv_dest_entry *place, struct nsv_newfile *ret,
		      struct nsv_error *e)
{
	bool regular = place->exists && S_ISREG(place->st.st_mode);
	const char *fixed = place->exists ? nsv_dest_fixed_name(dir, &place->st) : NULL;

	*ret = (struct nsv_newfile)NSV_NEWFILE_INIT;
	ret->dir = dir;
	ret->name = name;
	if (place->mount)
		return open_in_place(w, ret, place, NULL, e);
	if (fixed && regular)
		return open_in_place(w, ret, place, fixed, e);
	if (fixed)
		return nsv_error_set(e, EPERM, NSV_STAGE_WRITE, "can't be replaced: %s", fixed);
	if (dir->append_only)
		return open_direct(ret, e);
	if (regular && !place->fresh)
		return begin_replacing(w, ret, place, e);
	return open_tmp(w, ret, e);
}

int nsv_newfile_meta(struct nsv_copy *c, struct nsv_newfile *f, const struct nsv_meta *m,
		     struct nsv_error *e)
{
	bool in_place = f->way == NSV_NEWFILE_IN_PLACE;
	const struct nsv_made made = {
		.fd = f->fd,
		.dir = f->dir,
		.acl_inherited = in_place || f->dir->acl_default || f->old >= 0,
		.existed = in_place || f->old >= 0,
	};
	struct nsv_error own = NSV_ERROR_INIT;
	bool mode = !nsv_has(c, NSV_COPY_MODE);
	int kept = f->old < 0 ? 0 : nsv_keep(c, f->old, f->fd, f->old_mode, mode, &own);
	int r = nsv_meta_set(c, &made, m, e);

	if (kept == 0 || r < 0)
		return r;
	if (e)
		*e = own;
	return kept;
}

int nsv_newfile_commit(struct nsv_copy *c, struct nsv_newfile *f, struct nsv_error *e)
{
	enum nsv_newfile_way way = f->way;

	f->way = NSV_NEWFILE_NONE;
	return way == NSV_NEWFILE_RENAMED ? nsv_tmp_rename(c, f->dir, f->tmp, f->name, e) : 0;
}

void nsv_newfile_end(struct nsv_newfile *f)
{
	nsv_close_p(&f->fd);
	nsv_close_p(&f->old);
	if (f->way == NSV_NEWFILE_RENAMED)
		nsv_tmp_remove(f->dir, f->tmp);
	else if (f->way != NSV_NEWFILE_NONE)
		nsv_note_dest(f->dir, f->name, "only a part of it was written");
	f->way = NSV_NEWFILE_NONE;
}
