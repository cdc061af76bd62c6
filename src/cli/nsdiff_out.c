/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsdiff_out.c - see nsdiff_out.h. The file has no name until it is complete (O_TMPFILE), so that
 * not even a killed run leaves a half one; where the file system can't do that, it is called
 * NAME.part meanwhile.
 */
#include "cli/nsdiff_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "collect/jout.h"
#include "collect/tar_header.h"
#include "command/fatal.h"

#define BUFFER ((size_t)256 * 1024)
/* A header with pax records: three blocks, whatever the size. */
#define BLOB_HEADER (3 * NSV_TAR_BLOCK)

static void failed(struct nsdiff_out *o, int r)
{
	if (o->err == 0)
		o->err = r;
}

int nsdiff_out_open(struct nsdiff_out *o, const char *path)
{
	const char *slash = strrchr(path, '/');
	nsv_autofree char *dir =
	    slash ? strndup(path, (size_t)(slash - path) + (slash == path)) : strdup(".");
	struct stat st;

	*o = (struct nsdiff_out){ .fd = NSV_FD_NONE, .path = path };
	o->buf = malloc(BUFFER);
	if (!dir || !o->buf)
		cli_no_memory();
	if (lstat(path, &st) == 0)
		return -EEXIST;
	o->fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	if (o->fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR)
		return -errno;
	if (asprintf(&o->part, "%s.part", path) < 0)
		cli_no_memory();
	o->fd = open(o->part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (o->fd < 0) {
		int r = -errno;

		nsv_free_p(&o->part);
		return r;
	}
	return 0;
}

static void flush(struct nsdiff_out *o)
{
	for (size_t done = 0; done < o->used && o->err == 0;) {
		ssize_t n = write(o->fd, o->buf + done, o->used - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			failed(o, -errno);
	}
	o->used = 0;
}

void nsdiff_out_put(struct nsdiff_out *o, const void *data, size_t len)
{
	const char *from = data;

	if (o->md && !EVP_DigestUpdate(o->md, data, len))
		failed(o, -ENOMEM);
	o->at += len;
	while (len > 0 && o->err == 0) {
		size_t n = nsv_min(len, BUFFER - o->used);

		memcpy(o->buf + o->used, from, n);
		o->used += n;
		from += n;
		len -= n;
		if (o->used == BUFFER)
			flush(o);
	}
}

void nsdiff_out_fill(struct nsdiff_out *o)
{
	static const char zeroes[NSV_TAR_BLOCK];
	size_t over = (size_t)(o->at % NSV_TAR_BLOCK);

	if (over)
		nsdiff_out_put(o, zeroes, NSV_TAR_BLOCK - over);
}

void nsdiff_out_end_tar(struct nsdiff_out *o)
{
	static const char zeroes[2 * NSV_TAR_BLOCK];

	nsdiff_out_put(o, zeroes, sizeof(zeroes));
}

/* ---- members ---- */

/* @nsec: not 0 makes pax records of it, so that a header has BLOB_HEADER bytes. */
static int header(const char *name, uint64_t size, long nsec, struct nsv_bytes *ret)
{
	const struct nsv_entity m = { .path = name,
				      .mode = S_IFREG | 0644,
				      .size = size,
				      .mtime.tv_nsec = nsec,
				      .own = true };
	uint64_t stored;
	size_t map;

	return nsv_tar_header(&m, ret, &map, &stored);
}

void nsdiff_out_blob(struct nsdiff_out *o)
{
	static const char zeroes[BLOB_HEADER];

	o->begun = o->at;
	nsdiff_out_put(o, zeroes, sizeof(zeroes));
	o->md = EVP_MD_CTX_new();
	if (!o->md || !EVP_DigestInit_ex(o->md, EVP_sha256(), NULL))
		cli_no_memory();
}

void nsdiff_out_blob_end(struct nsdiff_out *o, char hex[static NSDIFF_HEX], uint64_t *ret_size)
{
	unsigned char hash[32];
	char name[sizeof("blobs/sha256/") + NSDIFF_HEX];
	struct nsv_bytes head = { 0 };

	if (!EVP_DigestFinal_ex(o->md, hash, NULL))
		failed(o, -ENOMEM);
	EVP_MD_CTX_free(o->md);
	o->md = NULL;
	nsv_hex(hash, sizeof(hash), hex);
	*ret_size = o->at - o->begun - BLOB_HEADER;
	nsdiff_out_fill(o);
	flush(o);
	(void)snprintf(name, sizeof(name), "blobs/sha256/%s", hex);
	if (header(name, *ret_size, 1, &head) < 0)
		cli_no_memory();
	if (head.len != BLOB_HEADER)
		failed(o, -EOVERFLOW);
	/* The bytes are there: a regular file takes them whole, or fails. */
	else if (o->err == 0 &&
		 pwrite(o->fd, head.buf, head.len, (off_t)o->begun) != (ssize_t)head.len)
		failed(o, -EIO);
	nsv_bytes_free(&head);
}

void nsdiff_out_file(struct nsdiff_out *o, const char *name, const char *text)
{
	struct nsv_bytes head = { 0 };

	if (header(name, strlen(text), 0, &head) < 0)
		cli_no_memory();
	nsdiff_out_put(o, head.buf, head.len);
	nsdiff_out_put(o, text, strlen(text));
	nsdiff_out_fill(o);
	nsv_bytes_free(&head);
}

/* ---- the end ---- */

int nsdiff_out_commit(struct nsdiff_out *o)
{
	char link[32];

	flush(o);
	if (o->err == 0 && o->part) {
		/* Unlike a rename it replaces nothing. */
		if (linkat(AT_FDCWD, o->part, AT_FDCWD, o->path, 0) < 0)
			failed(o, -errno);
	} else if (o->err == 0) {
		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", o->fd);
		if (linkat(AT_FDCWD, link, AT_FDCWD, o->path, AT_SYMLINK_FOLLOW) < 0)
			failed(o, -errno);
	}
	return o->err;
}

void nsdiff_out_close(struct nsdiff_out *o)
{
	if (o->part)
		(void)unlink(o->part);
	nsv_close(o->fd);
	free(o->part);
	free(o->buf);
	EVP_MD_CTX_free(o->md);
}
