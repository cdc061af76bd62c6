/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* unpack.c - gzip by libarchive's filter, zstd by its own library, for its limit. See unpack.h. */
#include "collect/verify/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "reach/util.h"

#define IN_SIZE	       ((size_t)128 * 1024)
#define WINDOW_LOG_MAX 23 /* 8 MiB; ours are of 2 MiB */

struct nsv_unpack {
	int fd;
	struct archive *gzip;
	ZSTD_DCtx *zstd;
	char *in;
	ZSTD_inBuffer have;
	size_t hint; /* 0: at the end of a frame */
};

/* libarchive has no number of its own for it. */
static int gzip_error(struct archive *a)
{
	const char *text = archive_error_string(a);

	return text && strstr(text, "truncated") ? -ENODATA : -EBADMSG;
}

static int set_up_gzip(struct nsv_unpack *u)
{
	struct archive_entry *entry;

	u->gzip = archive_read_new();
	if (!u->gzip || archive_read_support_filter_gzip(u->gzip) != ARCHIVE_OK ||
	    archive_read_support_format_raw(u->gzip) != ARCHIVE_OK)
		return -ENOMEM;
	return archive_read_open_fd(u->gzip, u->fd, IN_SIZE) == ARCHIVE_OK &&
		       archive_read_next_header(u->gzip, &entry) == ARCHIVE_OK
		   ? 0
		   : gzip_error(u->gzip);
}

static int set_up_zstd(struct nsv_unpack *u)
{
	u->zstd = ZSTD_createDCtx();
	u->in = malloc(IN_SIZE);
	if (!u->zstd || !u->in)
		return -ENOMEM;
	(void)ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	u->have.src = u->in;
	return 0;
}

int nsv_unpack_new(int fd, struct nsv_unpack **ret, bool *ret_packed)
{
	struct nsv_unpack *u = calloc(1, sizeof(*u));
	unsigned char magic[4] = { 0 };
	bool gzip;
	int r = 0;

	if (!u)
		return -ENOMEM;
	u->fd = fd;
	if (pread(fd, magic, sizeof(magic), 0) < 0)
		r = -errno;
	gzip = magic[0] == 0x1f && magic[1] == 0x8b;
	*ret_packed = gzip || !memcmp(magic, "\x28\xb5\x2f\xfd", 4);
	if (r == 0 && *ret_packed)
		r = gzip ? set_up_gzip(u) : set_up_zstd(u);
	if (r < 0) {
		(void)nsv_unpack_free(u);
		return r;
	}
	*ret = u;
	return 0;
}

struct nsv_unpack *nsv_unpack_free(struct nsv_unpack *u)
{
	if (!u)
		return NULL;
	if (u->gzip)
		(void)archive_read_free(u->gzip);
	(void)ZSTD_freeDCtx(u->zstd);
	free(u->in);
	free(u);
	return NULL;
}

static ssize_t read_fd(int fd, char *buf, size_t len)
{
	ssize_t n;

	do
		n = read(fd, buf, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static ssize_t read_zstd(struct nsv_unpack *u, char *buf, size_t len)
{
	ZSTD_outBuffer out = { .dst = buf, .size = len };

	while (out.pos == 0) {
		size_t r;

		if (u->have.pos == u->have.size) {
			ssize_t n = read_fd(u->fd, u->in, IN_SIZE);

			if (n <= 0)
				return n < 0 ? n : u->hint ? -ENODATA : 0;
			u->have.size = (size_t)n;
			u->have.pos = 0;
		}
		r = ZSTD_decompressStream(u->zstd, &out, &u->have);
		if (ZSTD_isError(r))
			return -EBADMSG;
		u->hint = r;
	}
	return (ssize_t)out.pos;
}

ssize_t nsv_unpack_read(struct nsv_unpack *u, void *buf, size_t len)
{
	char *p = buf;
	size_t used = 0;

	while (used < len) {
		ssize_t n;

		if (u->gzip)
			n = archive_read_data(u->gzip, p + used, len - used);
		else if (u->zstd)
			n = read_zstd(u, p + used, len - used);
		else
			n = read_fd(u->fd, p + used, len - used);
		if (n < 0)
			return u->gzip ? gzip_error(u->gzip) : n;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}
