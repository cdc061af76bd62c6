/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* package.c - members into an archive or a folder, hashed on the way. See package.h. */
#include "collect/package.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "collect/folder.h"
#include "collect/jout.h"
#include "collect/output.h"
#include "collect/sign/sign.h"
#include "collect/tar_header.h"
#include "collect/target_file.h"
#include "copy/data.h"
#include "reach/util.h"

/* A member of that size begins at a mark, to which a full disk goes back; smaller ones go on into
 * the room that is kept. A mark waits for all threads. */
#define MARK_FROM ((uint64_t)8 << 20)

struct nsv_package {
	struct nsv_target_file file;
	bool is_folder;
	struct nsv_folder folder;
	struct nsv_output *out;
	enum nsv_packing packing;
	EVP_MD *md;
	EVP_MD_CTX *data, *header;
	struct nsv_bytes blocks;
	struct nsv_text sums;
	char *zeros;
	time_t now;
	const struct nsv_sign_key *sign;
	/* the member at hand */
	char *path;
	bool regular, own, hashed;
	uint64_t stored, holes;
	struct nsv_member_sums member;
	int64_t mark; /* where it begins; negative: nowhere to go back to */
	uint64_t bytes;
	atomic_bool full;
	int err;
};

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

int nsv_package_kind(const char *path)
{
	if (ends_with(path, ".tar.gz") || ends_with(path, ".tgz"))
		return NSV_PACK_GZIP;
	if (ends_with(path, ".tar.zst") || ends_with(path, ".tzst"))
		return NSV_PACK_ZSTD;
	if (ends_with(path, ".tar") || strcmp(path, "-") == 0)
		return NSV_PACK_NONE;
	return -1;
}

/* By a thread of the output's: what was kept free is for what is under way and for the listings. */
static bool make_room(void *data)
{
	struct nsv_package *p = data;

	if (atomic_exchange(&p->full, true) || p->file.dir < 0)
		return false;
	nsv_target_file_give_room(&p->file);
	return true;
}

static int set_up(struct nsv_package *p, const struct nsv_package_options *o, struct nsv_error *e)
{
	int kind = nsv_package_kind(o->path), r;

	p->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	p->data = EVP_MD_CTX_new();
	p->header = EVP_MD_CTX_new();
	p->zeros = calloc(1, NSV_BUFFER);
	if (!p->md || !p->data || !p->header || !p->zeros)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_WRITE, "out of memory");
	r = nsv_target_file_open(&p->file, o->path, kind < 0, e);
	if (r < 0)
		return r;
	p->is_folder = p->file.is_folder;
	if (p->is_folder) {
		p->folder.top = fcntl(p->file.fd, F_DUPFD_CLOEXEC, 3);
		return p->folder.top < 0
			   ? nsv_error_set(e, errno, NSV_STAGE_WRITE, "%s", strerror(errno))
			   : 0;
	}
	p->packing = kind < 0 ? NSV_PACK_NONE : (enum nsv_packing)kind;
	r = nsv_output_new(p->file.fd, p->packing, o->per_second, make_room, p, &p->out);
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_WRITE, "%s", strerror(-r)) : 0;
}

int nsv_package_open(const struct nsv_package_options *o, struct nsv_package **ret,
		     struct nsv_error *e)
{
	struct nsv_package *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_WRITE, "out of memory");
	p->file = (struct nsv_target_file)NSV_TARGET_FILE_INIT;
	p->folder = (struct nsv_folder)NSV_FOLDER_INIT;
	p->sums = (struct nsv_text)NSV_TEXT_INIT;
	p->now = o->now;
	p->sign = o->sign;
	p->mark = -1;
	r = set_up(p, o, e);
	if (r < 0) {
		(void)nsv_package_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

static int failed(struct nsv_package *p, int r)
{
	if (r < 0 && p->err == 0)
		p->err = r;
	return r;
}

static int begin_in_archive(struct nsv_package *p, const struct nsv_entity *m)
{
	size_t map;
	int r = nsv_tar_header(m, &p->blocks, &map, &p->stored);

	if (r < 0)
		return r;
	p->mark = -1;
	if (p->stored >= MARK_FROM)
		p->mark = nsv_output_mark(p->out);
	(void)EVP_DigestInit_ex2(p->header, p->md, NULL);
	(void)EVP_DigestUpdate(p->header, p->blocks.buf, p->blocks.len);
	(void)EVP_DigestFinal_ex(p->header, p->member.header, NULL);
	p->bytes += p->blocks.len;
	return nsv_output_write(p->out, p->blocks.buf, p->blocks.len);
}

int nsv_package_begin(struct nsv_package *p, const struct nsv_entity *m)
{
	if (p->err < 0)
		return p->err;
	p->member = (struct nsv_member_sums){ .whole = true };
	p->regular = S_ISREG(m->mode) && !m->hard;
	p->own = m->own;
	p->hashed = false;
	p->holes = 0;
	nsv_free_p(&p->path);
	if (p->regular) {
		p->path = strdup(m->path);
		if (!p->path)
			return failed(p, -ENOMEM);
		(void)EVP_DigestInit_ex2(p->data, p->md, NULL);
	}
	return failed(p, p->is_folder ? nsv_folder_begin(&p->folder, m) : begin_in_archive(p, m));
}

void nsv_package_hashed(struct nsv_package *p, const unsigned char sum[NSV_SHA_LEN])
{
	p->hashed = true;
	memcpy(p->member.data, sum, NSV_SHA_LEN);
}

/* A file that is half there is dropped, or, as a listing, goes on with what was kept free. */
static int data_in_folder(struct nsv_package *p, const char *buf, size_t len)
{
	off_t at = lseek(p->folder.file, 0, SEEK_CUR);
	int r = nsv_folder_data(&p->folder, buf, len);

	if (r != -ENOSPC && r != -EDQUOT)
		return failed(p, r);
	if (!make_room(p) || !p->own)
		return p->own ? failed(p, -ENOSPC) : -ENOSPC;
	(void)lseek(p->folder.file, at, SEEK_SET);
	return failed(p, nsv_folder_data(&p->folder, buf, len));
}

int nsv_package_data(struct nsv_package *p, const void *buf, size_t len)
{
	if (p->err < 0)
		return p->err;
	if (!p->hashed)
		(void)EVP_DigestUpdate(p->data, buf, len);
	p->bytes += len;
	if (p->is_folder)
		return data_in_folder(p, buf, len);
	(void)failed(p, nsv_output_write(p->out, buf, len));
	return p->err == 0 && p->mark >= 0 && nsv_package_full(p) && !p->own ? -ENOSPC : p->err;
}

int nsv_package_hole(struct nsv_package *p, uint64_t len)
{
	if (p->err < 0)
		return p->err;
	p->holes += len;
	if (p->holes > NSV_HOLES_HASHED)
		p->member.whole = false;
	for (uint64_t left = p->member.whole ? len : 0; left;) {
		size_t n = (size_t)nsv_min(left, (uint64_t)NSV_BUFFER);

		(void)EVP_DigestUpdate(p->data, p->zeros, n);
		left -= n;
	}
	return p->is_folder ? failed(p, nsv_folder_hole(&p->folder, len)) : 0;
}

/* GNU coreutils' escapes: a backslash before the line, and in it for what would break it. */
void nsv_sum_line(struct nsv_text *t, const char *hex, const char *path)
{
	if (path[strcspn(path, "\\\n\r")])
		nsv_text_puts(t, "\\");
	nsv_text_puts(t, hex);
	nsv_text_put(t, "  ", 2);
	for (const char *from = path;; path++) {
		if (*path && *path != '\\' && *path != '\n' && *path != '\r')
			continue;
		nsv_text_put(t, from, (size_t)(path - from));
		if (!*path)
			break;
		nsv_text_puts(t, *path == '\n' ? "\\n" : *path == '\r' ? "\\r" : "\\\\");
		from = path + 1;
	}
	nsv_text_puts(t, "\n");
}

int nsv_package_end(struct nsv_package *p, struct nsv_member_sums *ret)
{
	char hex[NSV_SHA_HEX];
	size_t over;

	if (p->err < 0)
		return p->err;
	if (p->is_folder)
		(void)failed(p, nsv_folder_end(&p->folder));
	over = p->regular ? p->stored % NSV_TAR_BLOCK : 0;
	if (!p->is_folder && over)
		(void)failed(p, nsv_output_write(p->out, p->zeros, NSV_TAR_BLOCK - over));
	if (p->regular && p->err == 0) {
		if (!p->hashed)
			(void)EVP_DigestFinal_ex(p->data, p->member.data, NULL);
		nsv_hex(p->member.data, NSV_SHA_LEN, hex);
		if (p->member.whole)
			nsv_sum_line(&p->sums, hex, p->path);
	}
	p->mark = -1;
	if (ret)
		*ret = p->member;
	return p->err ? p->err : p->sums.err;
}

void nsv_package_sum_link(struct nsv_package *p, const char *path, const char *hex)
{
	nsv_sum_line(&p->sums, hex, path);
}

void nsv_member_own(struct nsv_entity *m, const char *path, uint64_t size, time_t now)
{
	*m = (struct nsv_entity){ .path = path,
				  .mode = S_IFREG | 0600,
				  .size = size,
				  .own = true,
				  .mtime = { .tv_sec = now } };
}

int nsv_package_text(struct nsv_package *p, const char *path, struct nsv_text *text)
{
	nsv_autofree char *buf = malloc(NSV_BUFFER);
	struct nsv_entity m;
	int64_t n = 0;
	int r = nsv_text_flush(text);

	if (r < 0 || !buf)
		return r < 0 ? r : -ENOMEM;
	nsv_member_own(&m, path, text->size, p->now);
	r = nsv_package_begin(p, &m);
	for (uint64_t off = 0; r == 0 && off < text->size; off += (uint64_t)n) {
		n = nsv_text_read(text, off, buf, NSV_BUFFER);
		r = n < 0 ? failed(p, (int)n) : nsv_package_data(p, buf, (size_t)n);
	}
	return r < 0 ? r : nsv_package_end(p, NULL);
}

int nsv_package_buffer(struct nsv_package *p, const char *path, const void *buf, size_t len)
{
	struct nsv_entity m;
	int r;

	nsv_member_own(&m, path, len, p->now);
	r = nsv_package_begin(p, &m);
	if (r == 0)
		r = nsv_package_data(p, buf, len);
	return r < 0 ? r : nsv_package_end(p, NULL);
}

bool nsv_package_full(const struct nsv_package *p)
{
	return atomic_load(&p->full);
}

int nsv_package_drop(struct nsv_package *p)
{
	if (p->is_folder)
		nsv_folder_drop(&p->folder, p->path);
	else if (p->mark >= 0)
		return failed(p, nsv_output_rewind(p->out, p->mark));
	else
		return failed(p, -ENOSPC);
	return p->err;
}

bool nsv_package_may_drop(const struct nsv_package *p)
{
	return p->is_folder || p->mark >= 0;
}

void nsv_package_keep_room(struct nsv_package *p, uint64_t bytes)
{
	nsv_target_file_keep_room(&p->file, bytes);
}

static int close_archive(struct nsv_package *p)
{
	/* Two blocks of zeroes, and filled up to 20 as tar(1) does. */
	int r = nsv_output_write(p->out, p->zeros, 2 * NSV_TAR_BLOCK);

	return r < 0 ? r : nsv_output_flush(p->out);
}

/* Signatures come behind what they are of, which can't list them. */
static int put_signatures(struct nsv_package *p, struct nsv_text *sums, const char *root)
{
	struct nsv_signatures s;
	int r = nsv_sign(p->sign, sums, root, &s);

	if (r == 0)
		r = nsv_package_buffer(p, NSV_SIG_MEMBER, s.raw, sizeof(s.raw));
	if (r == 0)
		r = nsv_package_buffer(p, NSV_MINISIGN_MEMBER, s.minisign, s.minisign_len);
	return r;
}

int nsv_package_close(struct nsv_package *p, char ret_root[NSV_SHA_HEX], struct nsv_error *e)
{
	struct nsv_text sums = p->sums;
	int r;

	p->sums = (struct nsv_text)NSV_TEXT_INIT; /* it does not list itself */
	r = nsv_package_text(p, "SHA256SUMS", &sums);
	if (r == 0)
		nsv_hex(p->member.data, NSV_SHA_LEN, ret_root);
	if (r == 0 && p->sign)
		r = put_signatures(p, &sums, ret_root);
	nsv_text_free(&sums);
	if (r == 0 && !p->is_folder)
		r = close_archive(p);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_WRITE, "%s", strerror(-r));
	return nsv_target_file_finish(&p->file, e);
}

struct nsv_package *nsv_package_free(struct nsv_package *p)
{
	if (!p)
		return NULL;
	p->out = nsv_output_free(p->out);
	nsv_folder_close(&p->folder);
	nsv_target_file_close(&p->file);
	nsv_text_free(&p->sums);
	nsv_bytes_free(&p->blocks);
	EVP_MD_CTX_free(p->data);
	EVP_MD_CTX_free(p->header);
	EVP_MD_free(p->md);
	free(p->zeros);
	free(p->path);
	free(p);
	return NULL;
}

uint64_t nsv_package_bytes(const struct nsv_package *p)
{
	return p->bytes;
}

bool nsv_package_is_folder(const struct nsv_package *p)
{
	return p->is_folder;
}

bool nsv_package_is_zstd(const struct nsv_package *p)
{
	return p->packing == NSV_PACK_ZSTD;
}
