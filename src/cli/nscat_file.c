/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscat_file.c - a file that is followed by its name: what came since the last look.
 *
 * Between looks a file on a mount other than that of the container's root is closed, since an open
 * file keeps the container from unmounting. What was written to it right before its name came to
 * lead elsewhere is read through the file's handle (open_by_handle_at(2)), which needs
 * CAP_DAC_READ_SEARCH; an ordinary user may miss it.
 *
 * Defends against: FIFOs, devices and links out of the root (each open is nsview/root.h's); inode
 * numbers that are used again (the time of birth); a handle of another file system; one file that
 * grows faster than it is read (TURN). No state, no locks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/procfs_fd.h"
#include "base/util.h"
#include "nscat.h"

#define TURN ((off_t)4 * 1024 * 1024) /* bytes of a file before the next file has its turn */

/* ---- which file it is ---- */

static int identify(int fd, struct tail_identity *ret, off_t *ret_size)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, &st) < 0)
		return -errno;
	*ret = (struct tail_identity){
		.dev = ((dev_t)st.stx_dev_major << 32) | st.stx_dev_minor,
		.ino = st.stx_ino,
		.born = st.stx_mask & STATX_BTIME
			    ? st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec
			    : 0,
		.mount = st.stx_mask & STATX_MNT_ID ? st.stx_mnt_id : 0,
	};
	if (ret_size)
		*ret_size = (off_t)st.stx_size;
	return 0;
}

int tail_place_init(struct tail_place *ret, struct nsv_root *root)
{
	struct tail_identity top = { 0 };
	nsv_autofd int fd = nsv_root_open_path(root, "/", 0, NULL);
	int r = fd < 0 ? fd : identify(fd, &top, NULL);

	*ret = (struct tail_place){ .root = root, .mount = top.mount };
	return r;
}

/*
 * The number of a file that is open is not used again; else the time of birth has to agree, which
 * overlayfs changes when it copies a file up. A new mount may have a new device number.
 */
static bool is_same(const struct tail_file *f, const struct tail_place *place,
		    const struct tail_identity *now)
{
	const struct tail_identity *was = &f->identity;

	if (was->ino != now->ino)
		return false;
	if (was->dev != now->dev)
		return place->anew && was->born && was->born == now->born;
	return f->fd >= 0 || was->born == now->born;
}

/* ---- the file that had the name ---- */

static void remember_handle(struct tail_file *f, int fd)
{
	struct {
		struct file_handle h;
		unsigned char room[TAIL_HANDLE_SIZE];
	} u;
	int mount;

	f->handle.bytes = 0;
	u.h.handle_bytes = TAIL_HANDLE_SIZE;
	if (name_to_handle_at(fd, "", &u.h, &mount, AT_EMPTY_PATH) < 0 ||
	    u.h.handle_bytes > TAIL_HANDLE_SIZE)
		return;
	f->handle.bytes = u.h.handle_bytes;
	f->handle.type = u.h.handle_type;
	memcpy(f->handle.data, (char *)&u + offsetof(struct file_handle, f_handle),
	       u.h.handle_bytes);
}

/* Opens the old file below the file system of @fd, which may be another one by now. */
static int open_by_handle(const struct tail_file *f, int fd)
{
	struct {
		struct file_handle h;
		unsigned char room[TAIL_HANDLE_SIZE];
	} u;
	nsv_autofd int found = NSV_FD_NONE;
	struct tail_identity identity;

	if (fd < 0 || !f->handle.bytes)
		return -ESTALE;
	u.h.handle_bytes = f->handle.bytes;
	u.h.handle_type = f->handle.type;
	memcpy((char *)&u + offsetof(struct file_handle, f_handle), f->handle.data,
	       f->handle.bytes);
	found = open_by_handle_at(fd, &u.h, O_PATH | O_CLOEXEC);
	if (found < 0 || identify(found, &identity, NULL) < 0)
		return -errno;
	if (identity.dev != f->identity.dev || identity.ino != f->identity.ino)
		return -ESTALE;
	return nsv_reopen(found, NULL, NULL);
}

/* @now: what has the name now, or -errno. */
static int open_old(const struct tail_file *f, const struct tail_place *place, int now)
{
	nsv_autofd int parent = NSV_FD_NONE, folder = NSV_FD_NONE;
	const char *name;
	size_t len;
	int fd = open_by_handle(f, now);

	if (fd >= 0)
		return fd;
	parent = nsv_root_open_parent(place->root, f->arg->path, &name, &len, NULL);
	folder = parent < 0 ? parent : nsv_reopen(parent, NULL, NULL);
	return open_by_handle(f, folder);
}

/* Prints the rest of the file that had the name, as far as it is there now, and lets go of it. */
static void finish_old(struct tail_file *f, struct tail_place *place, struct tail_out *out, int now)
{
	int fd = f->fd >= 0 ? nsv_steal_fd(&f->fd) : open_old(f, place, now);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0)
		(void)tail_copy(out, f->arg, fd, &f->at, st.st_size);
	nsv_close(fd);
	f->handle.bytes = 0;
}

/* ---- a look ---- */

static void tell(const struct tail_file *f, const struct tail_place *place, const char *what)
{
	if (!place->ending)
		cli_note("%s:%s: %s", f->arg->spec, f->arg->path, what);
}

static void lost(struct tail_file *f, struct tail_place *place, struct tail_out *out, int r,
		 const struct nsv_error *e)
{
	if (f->found)
		finish_old(f, place, out, r);
	if (!f->gone)
		tell(f, place, *e->msg ? e->msg : strerror(-r));
	f->gone = true;
	/* An event will tell when that changes. */
	f->again = r != -ENOENT && r != -ENOTDIR && r != -EISDIR && r != -ENXIO && r != -ENODEV;
}

/* Prints what is new in @fd, a turn at most. */
static void read_on(struct tail_file *f, struct tail_place *place, struct tail_out *out, int fd,
		    off_t size)
{
	off_t end;
	char byte;
	int r;

	/* A size may be a lie, of a FUSE server or procfs; a byte is none. */
	if (size < f->at && pread(fd, &byte, 1, f->at - 1) != 1) {
		tell(f, place, "truncated: following from its beginning");
		f->at = 0;
	}
	end = f->at + TURN;
	if (place->ending && size > end)
		end = size;
	r = tail_copy(out, f->arg, fd, &f->at, end);
	if (r < 0)
		tell(f, place, strerror(-r));
	f->again = r < 0;
	f->more = r == 0 && f->at == end;
}

/* @fd_take is what the name leads to. */
static void look_at(struct tail_file *f, struct tail_place *place, struct tail_out *out,
		    int fd_take)
{
	nsv_autofd int fd = fd_take;
	struct tail_identity now;
	off_t size;
	int r = identify(fd, &now, &size);

	if (r < 0) {
		f->again = true;
		return;
	}
	if (f->found && is_same(f, place, &now)) {
		if (f->gone)
			tell(f, place, "back: following it again");
	} else {
		if (f->found)
			finish_old(f, place, out, fd);
		tell(f, place,
		     f->gone ? "appeared: following the new file"
			     : "replaced: following the new file");
		f->at = 0;
	}
	if (!f->found || f->handle.bytes == 0 || f->identity.ino != now.ino)
		remember_handle(f, fd);
	f->found = true;
	f->gone = false;
	f->identity = now;
	read_on(f, place, out, fd, size);
	nsv_close_p(&f->fd);
	if (place->mount && now.mount == place->mount)
		f->fd = nsv_steal_fd(&fd);
}

void tail_file_look(struct tail_file *f, struct tail_place *place, struct tail_out *out)
{
	struct nsv_error e = NSV_ERROR_INIT;
	bool by_name = f->moved || f->fd < 0;
	struct stat st;
	int fd;

	f->moved = f->written = f->more = false;
	if (!by_name) {
		if (fstat(f->fd, &st) == 0)
			read_on(f, place, out, f->fd, st.st_size);
		return;
	}
	fd = nsv_root_open_file(place->root, f->arg->path, 0, NULL, &e);
	if (fd < 0)
		lost(f, place, out, fd, &e);
	else
		look_at(f, place, out, fd);
}

static bool is_in_procfs(const struct tail_file *f, struct tail_place *place)
{
	nsv_autofd int fd = nsv_root_open_path(place->root, f->arg->path, 0, NULL);

	return fd >= 0 && nsv_is_procfs(fd);
}

bool tail_file_begin(struct tail_file *f, struct tail_place *place, struct tail_out *out,
		     const struct tail_options *options)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct stat st;
	nsv_autofd int fd = nsv_root_open_file(place->root, f->arg->path, 0, &st, &e);
	int r = fd;

	f->followed = options->follow;
	if (fd >= 0 && cat_is_output(out->cat, &st)) {
		cli_error("%s:%s: input file is output file", f->arg->spec, f->arg->path);
		f->followed = false;
		return false;
	}
	if (fd >= 0)
		r = tail_print(out, f->arg, fd, &st, options, &f->at);
	if (fd >= 0 && r == 0)
		r = identify(fd, &f->identity, NULL);
	if (r < 0) {
		cli_error_at(f->arg->spec, f->arg->path, r, &e);
		f->followed = options->follow && options->retry;
		f->gone = true;
		return false;
	}
	if (!options->follow)
		return true;
	if (is_in_procfs(f, place)) {
		cli_error("%s:%s: a file of /proc does not grow: not followed", f->arg->spec,
			  f->arg->path);
		f->followed = false;
		return false;
	}
	f->found = true;
	remember_handle(f, fd);
	if (place->mount && f->identity.mount == place->mount)
		f->fd = nsv_steal_fd(&fd);
	return true;
}

void tail_file_close(struct tail_file *f)
{
	nsv_close_p(&f->fd);
	tail_watches_free(&f->watches);
}
