/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proof.c - see proof.h.
 *
 * From Linux 6.6 on a file handle of an overlay (name_to_handle_at(2), AT_HANDLE_FID) has in it the
 * handle of the file that stands behind it, with the number and generation of its inode: that of
 * the upper folder for the overlay's "/", that of a lower one for what was not copied up. Older
 * kernels have no such handle; then times and numbers are compared, which a user could forge, but
 * not to match a folder that they can't write to at the moment they want.
 */
#include "changes/proof.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "changes/layer.h"
#include "reach/helper.h"
#include "reach/message.h"

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif

#define SECONDS	    10
#define HANDLE_ROOM 128 /* MAX_HANDLE_SZ */
#define OVL_MAGIC   0xfb
#define TRIES	    256 /* names of a layer that are looked at */
#define PATH_ROOM   1024

struct handle {
	struct file_handle h;
	unsigned char bytes[HANDLE_ROOM];
};

/* struct ovl_fh of the kernel's fs/overlayfs/overlayfs.h; it is aligned behind three bytes. */
enum { OVL_AT = 3, OVL_FID = 1 + 1 + 1 + 1 + 1 + 16 };

static int get_handle(int fd, struct handle *ret)
{
	int mount_id;

	ret->h.handle_bytes = HANDLE_ROOM;
	return name_to_handle_at(fd, "", &ret->h, &mount_id, AT_EMPTY_PATH | AT_HANDLE_FID) < 0
		   ? -errno
		   : 0;
}

/* 1: the same; 0: another; -errno: it can't be said. */
static int same_handle(int merged, int layer)
{
	struct handle m, l;
	const unsigned char *o = m.bytes + OVL_AT;
	size_t len;

	if (get_handle(merged, &m) < 0 || get_handle(layer, &l) < 0)
		return -EOPNOTSUPP;
	if (m.h.handle_bytes < OVL_AT + OVL_FID || o[1] != OVL_MAGIC ||
	    o[2] > m.h.handle_bytes - OVL_AT || o[2] < OVL_FID)
		return -EOPNOTSUPP;
	len = o[2] - (size_t)OVL_FID;
	return o[4] == (unsigned char)l.h.handle_type && l.h.handle_bytes >= len && len >= 8 &&
	       memcmp(o + OVL_FID, l.bytes, len) == 0;
}

static bool same_times(const struct statx *a, const struct statx *b)
{
	return a->stx_ctime.tv_sec == b->stx_ctime.tv_sec &&
	       a->stx_ctime.tv_nsec == b->stx_ctime.tv_nsec &&
	       a->stx_mtime.tv_sec == b->stx_mtime.tv_sec &&
	       a->stx_mtime.tv_nsec == b->stx_mtime.tv_nsec && a->stx_mode == b->stx_mode &&
	       a->stx_uid == b->stx_uid && a->stx_gid == b->stx_gid && a->stx_size == b->stx_size;
}

static bool is_same(int merged, int layer)
{
	struct statx a, b;
	int r = same_handle(merged, layer);

	if (r >= 0)
		return r;
	return statx(merged, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &a) == 0 &&
	       statx(layer, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &b) == 0 && same_times(&a, &b);
}

/* ---- lower layers ---- */

struct search {
	int top, layer;
	unsigned tries;
	bool empty; /* nothing was found in the layer */
	char path[PATH_ROOM];
};

static bool shows(struct search *s, int dir, const char *name, size_t len);

/* Whether something in the folder of the layer, or below it, shows in the overlay. */
static bool search(struct search *s, int dir, size_t len)
{
	nsv_autofd int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_NOATIME | O_CLOEXEC);
	char buf[8192] __attribute__((aligned(8)));
	ssize_t n;

	if (fd < 0)
		fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd >= 0 && (n = getdents64(fd, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *d = (const void *)(buf + at);

			at += d->d_reclen;
			if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
				continue;
			s->empty = false;
			if (s->tries == 0)
				return false;
			if (shows(s, fd, d->d_name, len))
				return true;
		}
	return false;
}

static bool shows(struct search *s, int dir, const char *name, size_t len)
{
	nsv_autofd int layer = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	nsv_autofd int merged = NSV_FD_NONE;
	size_t more = strlen(name);
	struct stat st;

	s->tries--;
	if (layer < 0 || len + more + 2 > PATH_ROOM)
		return false;
	s->path[len] = '/';
	memcpy(s->path + len + 1, name, more + 1);
	merged = nsv_layer_open(s->top, s->path + 1, O_PATH);
	if (merged < 0)
		return false;
	if (is_same(merged, layer))
		return true;
	return fstat(layer, &st) == 0 && S_ISDIR(st.st_mode) && search(s, layer, len + 1 + more);
}

/* Whether @name in the overlay's "/" is what these layers would show there. */
static bool comes_from(const struct nsv_layers *l, int top, const char *name)
{
	nsv_autofd int merged = nsv_layer_open(top, name, O_PATH);
	nsv_autofd int upper = nsv_layer_open(l->upper, name, O_PATH);

	/* Something is mounted there, or it went away. */
	if (upper >= 0 || merged == -EXDEV || merged == -ENOENT)
		return true;
	for (unsigned i = 0; merged >= 0 && i < l->n - l->n_data; i++) {
		nsv_autofd int lower = nsv_layer_open(l->lower[i], name, O_PATH);

		if (lower >= 0)
			return is_same(merged, lower);
	}
	return false;
}

/* Otherwise layers could be hidden behind the names of empty folders. */
static bool is_whole(const struct nsv_layers *l, int top)
{
	nsv_autofd int fd = nsv_layer_open_dir(top);
	char buf[8192] __attribute__((aligned(8)));
	unsigned tries = TRIES;
	ssize_t n;

	if (fd < 0)
		return false;
	while ((n = getdents64(fd, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *d = (const void *)(buf + at);

			at += d->d_reclen;
			if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
				continue;
			if (tries-- == 0)
				return true;
			if (!comes_from(l, top, d->d_name))
				return false;
		}
	return n == 0;
}

/* ---- the helper ---- */

struct work {
	int top, sock;
	const struct nsv_layers *l;
	bool lower;
};

static void look(void *data, pid_t parent)
{
	const struct work *w = data;
	struct nsv_proof proof = { 0 };

	(void)parent;
	proof.upper = w->l->upper >= 0 && is_same(w->top, w->l->upper);
	proof.whole = proof.upper && w->lower && is_whole(w->l, w->top);
	for (unsigned i = 0; w->lower && proof.upper && i < w->l->n; i++) {
		struct search s = {
			.top = w->top, .layer = w->l->lower[i], .tries = TRIES, .empty = true
		};

		proof.lower[i] = search(&s, w->l->lower[i], 0) || s.empty;
	}
	(void)nsv_send_all(w->sock, &proof, sizeof(proof));
}

int nsv_proof(int top, const struct nsv_layers *l, bool lower, struct nsv_proof *ret)
{
	struct work w = { .top = top, .l = l, .lower = lower };
	int keep[NSV_LAYERS_MAX + 3], socks[2], r;
	struct nsv_helper h = NSV_HELPER_NONE;
	size_t n = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	w.sock = keep[n++] = socks[1];
	keep[n++] = top;
	keep[n++] = l->upper;
	for (unsigned i = 0; i < l->n; i++)
		keep[n++] = l->lower[i];
	r = nsv_helper_start(
	    &(struct nsv_helper_plan){
		.run = look, .data = &w, .keep = keep, .n_keep = n, .seconds = SECONDS },
	    &h);
	nsv_close(socks[1]);
	if (r == 0)
		r = nsv_recv_all(socks[0], ret, sizeof(*ret), nsv_now_ms() + SECONDS * 1000L);
	nsv_close(socks[0]);
	(void)nsv_helper_end(&h, 0);
	return r == -ECONNRESET ? -ETIMEDOUT : r;
}
