/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tar_header.c - a member's pax records and its ustar block.
 *
 * Only keywords that GNU tar knows are used, for it complains of each other one, file by file.
 * What it has no keyword for (the host's IDs, the time of birth, inode flags) goes into "comment",
 * which every reader passes over; the listing files.jsonl has it too.
 */
#include "collect/tar_header.h"

#include <inttypes.h>
#include <linux/posix_acl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "collect/jout.h"

struct ustar {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[6], version[2], uname[32], gname[32], major[8], minor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct ustar) == 512, "a block");

int nsv_bytes_add(struct nsv_bytes *b, const void *data, size_t len)
{
	if (b->size - b->len < len) {
		size_t size = b->size ? b->size : 4096;
		char *buf;

		while (size - b->len < len)
			size *= 2;
		buf = realloc(b->buf, size);
		if (!buf)
			return -ENOMEM;
		b->buf = buf;
		b->size = size;
	}
	if (!b->buf)
		return len ? -ENOMEM : 0;
	if (data)
		memcpy(b->buf + b->len, data, len);
	else
		memset(b->buf + b->len, 0, len);
	b->len += len;
	return 0;
}

void nsv_bytes_free(struct nsv_bytes *b)
{
	nsv_free_p(&b->buf);
	b->len = b->size = 0;
}

static int fill_block(struct nsv_bytes *b)
{
	size_t over = b->len % NSV_TAR_BLOCK;

	return over ? nsv_bytes_add(b, NULL, NSV_TAR_BLOCK - over) : 0;
}

/* In decimal, of @digits digits at least; returns the end. Each file has twenty of them. */
static char *decimal(char *p, uint64_t value, unsigned digits)
{
	unsigned n = 1;

	for (uint64_t rest = value; rest >= 10; rest /= 10)
		n++;
	n = n < digits ? digits : n;
	for (unsigned i = n; i-- > 0; value /= 10)
		p[i] = (char)('0' + value % 10);
	return p + n;
}

static char *copy_text(char *p, const char *text)
{
	while (*text)
		*p++ = *text++;
	return p;
}

/* "LENGTH KEY=VALUE\n", where LENGTH counts itself. */
static int record(struct nsv_bytes *b, const char *key, const char *value, size_t len)
{
	size_t rest = strlen(key) + len + 3, digits = 1;
	char head[24];
	int r;

	for (size_t limit = 10; rest + digits >= limit; limit *= 10)
		digits++;
	*decimal(head, rest + digits, 1) = ' ';
	r = nsv_bytes_add(b, head, digits + 1);
	if (r == 0)
		r = nsv_bytes_add(b, key, strlen(key));
	if (r == 0)
		r = nsv_bytes_add(b, "=", 1);
	if (r == 0)
		r = nsv_bytes_add(b, value, len);
	return r < 0 ? r : nsv_bytes_add(b, "\n", 1);
}

static int record_text(struct nsv_bytes *b, const char *key, const char *value)
{
	return record(b, key, value, strlen(value));
}

static int record_number(struct nsv_bytes *b, const char *key, uint64_t value)
{
	char text[24];

	return record(b, key, text, (size_t)(decimal(text, value, 1) - text));
}

static char *put_time(char *p, int64_t sec, long nsec, bool always)
{
	if (sec < 0)
		*p++ = '-';
	p = decimal(p, sec < 0 ? -(uint64_t)sec : (uint64_t)sec, 1);
	if (nsec || always) {
		*p++ = '.';
		p = decimal(p, (uint64_t)nsec, 9);
	}
	return p;
}

static int record_time(struct nsv_bytes *b, const char *key, struct timespec t)
{
	char text[64], *p = text;
	int64_t sec = t.tv_sec;
	long nsec = t.tv_nsec;

	/* Before 1970: -0.25 is the second -1 and 0.75. */
	if (sec < 0 && nsec > 0) {
		sec++;
		nsec = 1000000000 - nsec;
		if (sec == 0)
			*p++ = '-';
	}
	p = put_time(p, sec, nsec, false);
	return record(b, key, text, (size_t)(p - text));
}

static int record_comment(struct nsv_bytes *b, const struct nsv_entity *m)
{
	char text[200], *p = text;

	p = decimal(copy_text(p, "nsview host_uid="), m->host_uid, 1);
	p = decimal(copy_text(p, " host_gid="), m->host_gid, 1);
	p = decimal(copy_text(p, " ino="), m->ino, 1);
	if (m->has_btime)
		p = put_time(copy_text(p, " btime="), m->btime.tv_sec, m->btime.tv_nsec, true);
	if (m->attributes)
		p += snprintf(p, sizeof(text) - (size_t)(p - text), " attributes=%#" PRIx64,
			      m->attributes);
	return record(b, "comment", text, (size_t)(p - text));
}

/* As GNU tar and star have it: "user::rw-,user:1000:r--,...". */
static int record_acl(struct nsv_bytes *b, const char *key, const char *value, size_t len)
{
	struct nsv_bytes text = { 0 };
	int n = nsv_acl_count(value, len), r = 0;

	for (int i = 0; i < n && r == 0; i++) {
		struct nsv_acl_entry a;
		char one[64], id[16] = "";
		bool user, group;

		nsv_acl_get(value, i, &a);
		user = a.tag == ACL_USER || a.tag == ACL_USER_OBJ;
		group = a.tag == ACL_GROUP || a.tag == ACL_GROUP_OBJ;
		if (a.tag == ACL_USER || a.tag == ACL_GROUP)
			(void)snprintf(id, sizeof(id), "%u", a.id);
		(void)snprintf(one, sizeof(one), "%s%s:%s:%c%c%c", i ? "," : "",
			       user		   ? "user"
			       : group		   ? "group"
			       : a.tag == ACL_MASK ? "mask"
						   : "other",
			       id, a.perm & 4 ? 'r' : '-', a.perm & 2 ? 'w' : '-',
			       a.perm & 1 ? 'x' : '-');
		r = nsv_bytes_add(&text, one, strlen(one));
	}
	if (r == 0 && text.len)
		r = record(b, key, text.buf, text.len);
	nsv_bytes_free(&text);
	return r;
}

static int record_xattrs(struct nsv_bytes *b, const struct nsv_entity *m)
{
	const char *name, *value;
	size_t at = 0, len;
	int r = 0;

	while (r == 0 && nsv_xattrs_next(&m->xattrs, &at, &name, &value, &len)) {
		char key[300];

		if (!strcmp(name, NSV_ACL_ACCESS)) {
			r = record_acl(b, "SCHILY.acl.access", value, len);
		} else if (!strcmp(name, NSV_ACL_DEFAULT)) {
			r = record_acl(b, "SCHILY.acl.default", value, len);
		} else if (!strchr(name, '=')) { /* it would end the keyword */
			(void)snprintf(key, sizeof(key), "SCHILY.xattr.%s", name);
			r = record(b, key, value, len);
		}
	}
	return r;
}

static bool is_utf8(const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len;) {
		size_t n = nsv_utf8_len(s + i, len - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

/* Bytes that are no UTF-8 are best off in the old block, which has no character set. */
static bool fits_name(const char *s)
{
	if (strlen(s) > 99)
		return false;
	for (const char *p = s; *p; p++)
		if (*p & 0x80)
			return !is_utf8(s);
	return true;
}

static int records(const struct nsv_entity *m, uint64_t stored, const char *path,
		   struct nsv_bytes *b)
{
	const char *link = m->hard ? m->hard : m->link;
	int r = 0;

	if ((!fits_name(path) && !is_utf8(path)) || (link && !fits_name(link) && !is_utf8(link)))
		r = record_text(b, "hdrcharset", "BINARY");
	if (r == 0 && m->sparse) {
		r = record_text(b, "GNU.sparse.major", "1");
		if (r == 0)
			r = record_text(b, "GNU.sparse.minor", "0");
		if (r == 0)
			r = record_text(b, "GNU.sparse.name", path);
		if (r == 0)
			r = record_number(b, "GNU.sparse.realsize", m->size);
	} else if (r == 0 && !fits_name(path)) {
		r = record_text(b, "path", path);
	}
	if (r == 0 && link && !fits_name(link))
		r = record_text(b, "linkpath", link);
	if (r == 0 && stored >= (1ULL << 33))
		r = record_number(b, "size", stored);
	if (r == 0 && m->uid > 07777777)
		r = record_number(b, "uid", m->uid);
	if (r == 0 && m->gid > 07777777)
		r = record_number(b, "gid", m->gid);
	if (r == 0 && (m->mtime.tv_nsec || m->mtime.tv_sec < 0 || m->mtime.tv_sec >= 1LL << 33))
		r = record_time(b, "mtime", m->mtime);
	if (m->own || r < 0)
		return r;
	r = record_time(b, "atime", m->atime);
	if (r == 0)
		r = record_time(b, "ctime", m->ctime);
	if (r == 0)
		r = record_comment(b, m);
	return r < 0 ? r : record_xattrs(b, m);
}

static void octal(char *field, size_t size, uint64_t value)
{
	if (value >= 1ULL << (3 * (size - 1)))
		value = 0; /* a pax record has it */
	for (size_t i = size - 1; i-- > 0; value >>= 3)
		field[i] = (char)('0' + (value & 7));
}

static void finish_block(struct ustar *u)
{
	unsigned sum = 0;

	memcpy(u->magic, "ustar", 6);
	memcpy(u->version, "00", 2);
	memset(u->sum, ' ', sizeof(u->sum));
	for (size_t i = 0; i < sizeof(*u); i++)
		sum += ((const unsigned char *)u)[i];
	octal(u->sum, 7, sum);
	u->sum[6] = '\0';
}

static char type_of(const struct nsv_entity *m)
{
	if (m->hard)
		return '1';
	switch (m->mode & S_IFMT) {
	case S_IFLNK:
		return '2';
	case S_IFCHR:
		return '3';
	case S_IFBLK:
		return '4';
	case S_IFDIR:
		return '5';
	case S_IFIFO:
		return '6';
	default:
		return '0';
	}
}

static int main_block(const struct nsv_entity *m, const char *path, uint64_t stored,
		      struct nsv_bytes *b)
{
	const char *link = m->hard ? m->hard : m->link;
	struct ustar u = { .type = type_of(m) };

	if (m->sparse)
		memcpy(u.name, "GNUSparseFile.0/x", 17);
	else
		memcpy(u.name, path, nsv_min(strlen(path), sizeof(u.name) - 1));
	octal(u.mode, sizeof(u.mode), m->mode & 07777);
	octal(u.uid, sizeof(u.uid), m->uid);
	octal(u.gid, sizeof(u.gid), m->gid);
	octal(u.size, sizeof(u.size), stored);
	octal(u.mtime, sizeof(u.mtime), m->mtime.tv_sec < 0 ? 0 : (uint64_t)m->mtime.tv_sec);
	if (link)
		memcpy(u.link, link, nsv_min(strlen(link), sizeof(u.link) - 1));
	octal(u.major, sizeof(u.major), m->rdev_major);
	octal(u.minor, sizeof(u.minor), m->rdev_minor);
	finish_block(&u);
	return nsv_bytes_add(b, &u, sizeof(u));
}

/* The number of segments, then where each begins and how long it is, a line each. */
static int make_map(const struct nsv_entity *m, struct nsv_bytes *map, uint64_t *ret_data)
{
	const struct nsv_segment *last =
	    m->n_segments && m->segments ? &m->segments[m->n_segments - 1] : NULL;
	bool tail = !last || last->at + last->len < m->size; /* a hole at the end */
	char line[48];
	int n = snprintf(line, sizeof(line), "%zu\n", m->n_segments + tail);
	int r = nsv_bytes_add(map, line, (size_t)n);

	*ret_data = 0;
	for (size_t i = 0; m->segments && i < m->n_segments && r == 0; i++) {
		n = snprintf(line, sizeof(line), "%" PRIu64 "\n%" PRIu64 "\n", m->segments[i].at,
			     m->segments[i].len);
		r = nsv_bytes_add(map, line, (size_t)n);
		*ret_data += m->segments[i].len;
	}
	if (r == 0 && tail) {
		n = snprintf(line, sizeof(line), "%" PRIu64 "\n0\n", m->size);
		r = nsv_bytes_add(map, line, (size_t)n);
	}
	return r < 0 ? r : fill_block(map);
}

/* The records of a member and the block before them; nothing if there are none. */
static int pax_blocks(const struct nsv_entity *m, uint64_t stored, const char *path,
		      struct nsv_bytes *out)
{
	struct ustar u = { .type = 'x', .name = "././@PaxHeader" };
	int r = nsv_bytes_add(out, NULL, sizeof(u));

	if (r == 0)
		r = records(m, stored, path, out);
	if (r < 0)
		return r;
	if (out->len == sizeof(u)) {
		out->len = 0;
		return 0;
	}
	octal(u.mode, sizeof(u.mode), 0600);
	octal(u.uid, sizeof(u.uid), 0);
	octal(u.gid, sizeof(u.gid), 0);
	octal(u.size, sizeof(u.size), out->len - sizeof(u));
	octal(u.mtime, sizeof(u.mtime), 0);
	finish_block(&u);
	memcpy(out->buf, &u, sizeof(u));
	return fill_block(out);
}

int nsv_tar_header(const struct nsv_entity *m, struct nsv_bytes *out, size_t *ret_map,
		   uint64_t *ret_stored)
{
	struct nsv_bytes map = { 0 };
	nsv_autofree char *slashed = NULL;
	const char *path = m->path;
	uint64_t stored = S_ISREG(m->mode) && !m->hard ? m->size : 0;
	int r = 0;

	out->len = 0;
	if (S_ISDIR(m->mode)) {
		if (asprintf(&slashed, "%s/", m->path) < 0)
			return -ENOMEM;
		path = slashed;
	}
	if (m->sparse) {
		r = make_map(m, &map, &stored);
		stored += map.len;
	}
	if (r == 0)
		r = pax_blocks(m, stored, path, out);
	if (r == 0)
		r = main_block(m, path, stored, out);
	if (r == 0)
		r = nsv_bytes_add(out, map.buf, map.len);
	*ret_map = map.len;
	*ret_stored = stored;
	nsv_bytes_free(&map);
	return r;
}
