/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tar_in.c - headers, pax records, maps of holes, bytes. See tar_in.h. */
#include "collect/verify/tar_in.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "collect/tar_header.h"
#include "copy/data.h"
#include "reach/util.h"

#define PAX_MAX ((uint64_t)8 << 20)
#define MAP_MAX ((size_t)128 * 1024) /* segments */

struct nsv_tar_in {
	struct nsv_unpack *u;
	char *buf, *zeros; /* NSV_BUFFER each */
	EVP_MD *md;
	EVP_MD_CTX *header, *data;
	char *pax; /* of the member at hand, values terminated in place */
	size_t pax_len;
	char name[128], link[128];
	/* what is to be read of it yet */
	uint64_t left, fill;
	bool sparse;
	uint64_t realsize;
	struct nsv_segment *map;
	size_t n_map;
	char *path; /* without a slash at its end */
};

int nsv_tar_in_new(struct nsv_unpack *u, struct nsv_tar_in **ret)
{
	struct nsv_tar_in *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->u = u;
	t->buf = malloc(NSV_BUFFER);
	t->zeros = calloc(1, NSV_BUFFER);
	t->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	t->header = EVP_MD_CTX_new();
	t->data = EVP_MD_CTX_new();
	if (!t->buf || !t->zeros || !t->md || !t->header || !t->data) {
		(void)nsv_tar_in_free(t);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

struct nsv_tar_in *nsv_tar_in_free(struct nsv_tar_in *t)
{
	if (!t)
		return NULL;
	EVP_MD_CTX_free(t->header);
	EVP_MD_CTX_free(t->data);
	EVP_MD_free(t->md);
	free(t->buf);
	free(t->zeros);
	free(t->pax);
	free(t->map);
	free(t->path);
	free(t);
	return NULL;
}

static int get(struct nsv_tar_in *t, void *buf, size_t len)
{
	ssize_t n = nsv_unpack_read(t->u, buf, len);

	return n < 0 ? (int)n : (size_t)n < len ? -ENODATA : 0;
}

/* Reads on without keeping; the filling of the last block has to be zeroes. */
static int pass_over(struct nsv_tar_in *t)
{
	int r = 0;

	while (t->left > 0 && r == 0) {
		size_t n = (size_t)nsv_min(t->left, (uint64_t)NSV_BUFFER);

		r = get(t, t->buf, n);
		t->left -= n;
	}
	if (r == 0 && t->fill) {
		r = get(t, t->buf, (size_t)t->fill);
		if (r == 0 && memcmp(t->buf, t->zeros, (size_t)t->fill) != 0)
			r = -EBADMSG;
		t->fill = 0;
	}
	return r;
}

static bool parse_octal(const char *field, size_t size, uint64_t *ret)
{
	uint64_t v = 0;

	for (size_t i = 0; i + 1 < size; i++) {
		if (field[i] < '0' || field[i] > '7')
			return false;
		v = v << 3 | (uint64_t)(field[i] - '0');
	}
	*ret = v;
	return field[size - 1] == '\0';
}

static bool sum_is_right(const char *block)
{
	uint64_t wanted;
	unsigned sum = 0;
	char field[8];

	memcpy(field, block + 148, 8);
	for (unsigned i = 0; i < 512; i++)
		sum += i >= 148 && i < 156 ? ' ' : (unsigned char)block[i];
	return parse_octal(field, 7, &wanted) && wanted == sum && field[7] == ' ';
}

/* A decimal number that is the whole of @s. */
static bool number(const char *s, uint64_t *ret)
{
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*ret = strtoull(s, &end, 10);
	return errno == 0 && *end == '\0';
}

/* Terminates each value; false where the records are not in order. */
static bool split_records(struct nsv_tar_in *t)
{
	for (size_t at = 0; at < t->pax_len;) {
		char *end;
		unsigned long len = strtoul(t->pax + at, &end, 10);

		if (t->pax[at] < '1' || t->pax[at] > '9' || *end != ' ' || len < 5 ||
		    len > t->pax_len - at || t->pax[at + len - 1] != '\n' ||
		    !memchr(end + 1, '=', len - 1 - (size_t)(end + 1 - (t->pax + at))))
			return false;
		t->pax[at + len - 1] = '\0';
		at += len;
	}
	return true;
}

/* The value of a record, or NULL; *ret_len may be NULL. */
static const char *record(const struct nsv_tar_in *t, const char *key)
{
	size_t key_len = strlen(key);

	for (size_t at = 0; at < t->pax_len;) {
		char *end;
		unsigned long len = strtoul(t->pax + at, &end, 10);

		if (strncmp(end + 1, key, key_len) == 0 && end[1 + key_len] == '=')
			return end + 2 + key_len;
		at += len;
	}
	return NULL;
}

static int read_pax(struct nsv_tar_in *t, const char *block)
{
	uint64_t size, fill;
	int r;

	if (!parse_octal(block + 124, 12, &size) || size == 0 || size > PAX_MAX)
		return -EBADMSG;
	fill = (NSV_TAR_BLOCK - size % NSV_TAR_BLOCK) % NSV_TAR_BLOCK;
	t->pax = malloc((size_t)(size + fill) + 1);
	if (!t->pax)
		return -ENOMEM;
	r = get(t, t->pax, (size_t)(size + fill));
	if (r < 0)
		return r;
	(void)EVP_DigestUpdate(t->header, t->pax, (size_t)(size + fill));
	t->pax_len = (size_t)size;
	t->pax[size] = '\0';
	return split_records(t) ? 0 : -EBADMSG;
}

/* A line with a number of the map, which is read block by block. */
static int map_number(struct nsv_tar_in *t, char *block, size_t *at, uint64_t *ret)
{
	char digits[24];
	size_t n = 0;

	for (;;) {
		if (*at == NSV_TAR_BLOCK) {
			int r = t->left < NSV_TAR_BLOCK ? -EBADMSG : get(t, block, NSV_TAR_BLOCK);

			if (r < 0)
				return r;
			(void)EVP_DigestUpdate(t->header, block, NSV_TAR_BLOCK);
			t->left -= NSV_TAR_BLOCK;
			*at = 0;
		}
		char c = block[(*at)++];

		if (c == '\n')
			break;
		if (n + 1 == sizeof(digits))
			return -EBADMSG;
		digits[n++] = c;
	}
	digits[n] = '\0';
	return number(digits, ret) ? 0 : -EBADMSG;
}

static int read_map(struct nsv_tar_in *t)
{
	char block[NSV_TAR_BLOCK];
	size_t at = NSV_TAR_BLOCK;
	uint64_t n, end = 0, data = 0;
	int r = map_number(t, block, &at, &n);

	if (r < 0 || n == 0 || n > MAP_MAX)
		return r < 0 ? r : -EBADMSG;
	t->map = calloc((size_t)n, sizeof(*t->map));
	if (!t->map)
		return -ENOMEM;
	t->n_map = (size_t)n;
	for (size_t i = 0; i < t->n_map; i++) {
		struct nsv_segment *s = &t->map[i];

		r = map_number(t, block, &at, &s->at);
		if (r == 0)
			r = map_number(t, block, &at, &s->len);
		if (r < 0)
			return r;
		if (s->at < end || s->at > t->realsize || s->len > t->realsize - s->at)
			return -EBADMSG;
		end = s->at + s->len;
		data += s->len;
	}
	return data == t->left ? 0 : -EBADMSG;
}

static mode_t type_of(char type)
{
	switch (type) {
	case '2':
		return S_IFLNK;
	case '3':
		return S_IFCHR;
	case '4':
		return S_IFBLK;
	case '5':
		return S_IFDIR;
	case '6':
		return S_IFIFO;
	default:
		return S_IFREG;
	}
}

static int take_path(struct nsv_tar_in *t, struct nsv_tar_found *f, const char *block)
{
	const char *path = record(t, t->sparse ? "GNU.sparse.name" : "path");
	const char *link = record(t, "linkpath");
	size_t len;

	memcpy(t->name, block, 100);
	t->name[100] = '\0';
	memcpy(t->link, block + 157, 100);
	t->link[100] = '\0';
	free(t->path);
	t->path = strdup(path ? path : t->name);
	if (!t->path)
		return -ENOMEM;
	len = strlen(t->path);
	if (S_ISDIR(f->mode) && len > 1 && t->path[len - 1] == '/')
		t->path[len - 1] = '\0';
	f->path = t->path;
	f->link = link ? link : t->link[0] ? t->link : NULL;
	return *f->path ? 0 : -EBADMSG;
}

static int take_member(struct nsv_tar_in *t, const char *block, struct nsv_tar_found *f)
{
	const char *size = record(t, "size"), *major = record(t, "GNU.sparse.major");
	const char *realsize = record(t, "GNU.sparse.realsize");
	uint64_t mode, mtime;
	int r;

	if (!strchr("0123456", block[156]) || !block[156] || !parse_octal(block + 100, 8, &mode) ||
	    !parse_octal(block + 108, 8, &f->uid) || !parse_octal(block + 116, 8, &f->gid) ||
	    !parse_octal(block + 124, 12, &t->left) || !parse_octal(block + 136, 12, &mtime))
		return -EBADMSG;
	if (size && !number(size, &t->left))
		return -EBADMSG;
	f->mode = type_of(block[156]) | (mode_t)(mode & 07777);
	f->hard = block[156] == '1';
	f->mtime = (int64_t)mtime;
	t->fill = (NSV_TAR_BLOCK - t->left % NSV_TAR_BLOCK) % NSV_TAR_BLOCK;
	if (t->left && (!S_ISREG(f->mode) || f->hard))
		return -EBADMSG;
	t->sparse = major != NULL;
	t->realsize = t->left;
	if (major && (!realsize || !number(realsize, &t->realsize) || strcmp(major, "1") != 0))
		return -EBADMSG;
	r = take_path(t, f, block);
	if (r == 0 && t->sparse)
		r = read_map(t);
	f->size = t->realsize;
	return r;
}

int nsv_tar_in_next(struct nsv_tar_in *t, struct nsv_tar_found *ret)
{
	struct nsv_tar_found f = { 0 };
	char block[NSV_TAR_BLOCK] = "";
	int r = pass_over(t);

	nsv_free_p(&t->pax);
	nsv_free_p(&t->map);
	t->pax_len = t->n_map = 0;
	if (r == 0)
		r = get(t, block, sizeof(block));
	if (r < 0)
		return r;
	if (!memcmp(block, t->zeros, sizeof(block))) {
		r = get(t, block, sizeof(block));
		return r < 0 ? r : memcmp(block, t->zeros, sizeof(block)) ? -EBADMSG : 0;
	}
	(void)EVP_DigestInit_ex2(t->header, t->md, NULL);
	if (!sum_is_right(block))
		return -EBADMSG;
	(void)EVP_DigestUpdate(t->header, block, sizeof(block));
	if (block[156] == 'x') {
		r = read_pax(t, block);
		if (r == 0)
			r = get(t, block, sizeof(block));
		if (r < 0 || !sum_is_right(block))
			return r < 0 ? r : -EBADMSG;
		(void)EVP_DigestUpdate(t->header, block, sizeof(block));
	}
	r = take_member(t, block, &f);
	if (r < 0)
		return r;
	(void)EVP_DigestFinal_ex(t->header, f.header, NULL);
	*ret = f;
	return 1;
}

/* ---- bytes ---- */

struct body {
	struct nsv_tar_in *t;
	struct nsv_text *also;
	uint64_t max, holes;
	bool whole;
};

static int take_data(struct body *b, uint64_t len)
{
	struct nsv_tar_in *t = b->t;
	int r = 0;

	while (len > 0 && r == 0) {
		size_t n = (size_t)nsv_min(len, (uint64_t)NSV_BUFFER);

		r = get(t, t->buf, n);
		if (r < 0)
			return r;
		(void)EVP_DigestUpdate(t->data, t->buf, n);
		if (b->also && b->also->size + n <= b->max)
			nsv_text_put(b->also, t->buf, n);
		t->left -= n;
		len -= n;
	}
	return r;
}

static void take_hole(struct body *b, uint64_t len)
{
	b->holes += len;
	if (b->holes > NSV_HOLES_HASHED)
		b->whole = false;
	while (b->whole && len > 0) {
		size_t n = (size_t)nsv_min(len, (uint64_t)NSV_BUFFER);

		(void)EVP_DigestUpdate(b->t->data, b->t->zeros, n);
		len -= n;
	}
}

int nsv_tar_in_body(struct nsv_tar_in *t, struct nsv_text *also, uint64_t max,
		    struct nsv_member_sums *ret)
{
	struct body b = { .t = t, .also = also, .max = max, .whole = true };
	uint64_t at = 0;
	int r = 0;

	(void)EVP_DigestInit_ex2(t->data, t->md, NULL);
	if (!t->sparse)
		r = take_data(&b, t->left);
	for (size_t i = 0; i < t->n_map && r == 0; i++) {
		take_hole(&b, t->map[i].at - at);
		r = take_data(&b, t->map[i].len);
		at = t->map[i].at + t->map[i].len;
	}
	if (r == 0 && t->sparse)
		take_hole(&b, t->realsize - at);
	if (r < 0)
		return r;
	(void)EVP_DigestFinal_ex(t->data, ret->data, NULL);
	ret->whole = b.whole;
	return pass_over(t);
}
