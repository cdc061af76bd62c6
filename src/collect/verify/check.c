/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check.c - what was found, against SHA256SUMS (bytes), files.jsonl (headers: names, owners, times,
 * attributes) and collection.json. All three are hostile too: lines are bounded, what is no line of
 * theirs is damage.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collect/jout.h"
#include "collect/package.h"
#include "collect/tar_header.h"
#include "collect/verify/verify.h"
#include "discover/hints/json_walk.h"
#include "reach/util.h"

#define LINE_MAX_BYTES ((size_t)4 << 20) /* an entry with 1 MiB of attributes, in base64 */

struct lines {
	struct nsv_text *t;
	uint64_t off;
	char *buf;
	size_t size, have;
};

/* The next line, terminated, without its newline; NULL at the end. *ret_bad: it is too long. */
static char *next_line(struct lines *l, size_t *used, bool *ret_bad)
{
	for (;;) {
		char *start = l->buf + *used;
		char *newline = l->have > *used ? memchr(start, '\n', l->have - *used) : NULL;
		int64_t n;

		if (newline) {
			*newline = '\0';
			*used += (size_t)(newline - start) + 1;
			return start;
		}
		memmove(l->buf, start, l->have - *used);
		l->have -= *used;
		*used = 0;
		if (l->have == l->size) {
			*ret_bad = true;
			return NULL;
		}
		n = nsv_text_read(l->t, l->off, l->buf + l->have, l->size - l->have);
		if (n <= 0) {
			*ret_bad = l->have > 0 || n < 0;
			return NULL;
		}
		l->off += (uint64_t)n;
		l->have += (size_t)n;
	}
}

static int each_line(struct nsv_verifier *v, struct nsv_text *t, const char *what,
		     int (*take)(struct nsv_verifier *v, char *line))
{
	struct lines l = { .t = t, .size = LINE_MAX_BYTES, .buf = malloc(LINE_MAX_BYTES) };
	size_t used = 0;
	bool bad = false;
	char *line;
	int r = l.buf ? nsv_text_flush(t) : -ENOMEM;

	while (r == 0 && (line = next_line(&l, &used, &bad)))
		r = take(v, line);
	if (bad || r == -EBADMSG) {
		nsv_verify_tell(v, NSV_PACKAGE_DAMAGED, what, "a line that is none");
		r = 0;
	}
	free(l.buf);
	return r;
}

static bool parse_hex(const char *hex, unsigned char out[NSV_SHA_LEN])
{
	for (size_t i = 0; i < NSV_SHA_LEN; i++) {
		int v = 0;

		for (size_t k = 0; k < 2; k++) {
			char c = hex[2 * i + k];
			int d = c >= '0' && c <= '9'   ? c - '0'
				: c >= 'a' && c <= 'f' ? c - 'a' + 10
						       : -1;

			if (d < 0)
				return false;
			v = v * 16 + d;
		}
		out[i] = (unsigned char)v;
	}
	return true;
}

/* In place. */
static bool unescape_sum(char *s)
{
	char *out = s;

	for (; *s; s++) {
		if (*s != '\\') {
			*out++ = *s;
			continue;
		}
		s++;
		if (*s != 'n' && *s != 'r' && *s != '\\')
			return false;
		*out++ = *s == 'n' ? '\n' : *s == 'r' ? '\r' : '\\';
	}
	*out = '\0';
	return true;
}

static int take_sum(struct nsv_verifier *v, char *line)
{
	bool escaped = *line == '\\';
	unsigned char sum[NSV_SHA_LEN];
	struct nsv_found f = { 0 };
	uint32_t i = 0;
	char *name;
	int r;

	line += escaped;
	if (strlen(line) < 67 || !parse_hex(line, sum) || line[64] != ' ' || line[65] != ' ')
		return -EBADMSG;
	name = line + 66;
	if (escaped && !unescape_sum(name))
		return -EBADMSG;
	r = v->is_folder ? nsv_folder_parents(v, name) : 0;
	if (r == 0)
		r = nsv_found_get(&v->found, name, &f, &i);
	if (r < 0)
		return r;
	if (r > 0 && v->is_folder && !(f.flags & NSV_FOUND_REGULAR)) {
		nsv_folder_altered(v, name, "its type", &f);
		return nsv_found_set(&v->found, i, &f);
	}
	if (r == 0 || !(f.flags & NSV_FOUND_REGULAR)) {
		nsv_verify_tell(v, NSV_PACKAGE_MISSING, name, NULL);
		return 0;
	}
	if (memcmp(sum, f.data, NSV_SHA_LEN) != 0)
		nsv_verify_tell(v, NSV_PACKAGE_ALTERED, name, "its bytes");
	f.flags |= NSV_FOUND_SUMMED;
	return nsv_found_set(&v->found, i, &f);
}

enum { PATH, PATH_EXACT, HEADER, DATA, TYPE, LINK, LINK_EXACT, SAME, SAME_EXACT, MEMBERS };

/* The bytes of a JSON string, malloc'd; NULL: it is none. */
static char *text_of(struct nsv_json v)
{
	char *text = v.at ? malloc(v.len + 1) : NULL;

	if (text && nsv_json_string(v, text, v.len + 1) < 0)
		nsv_free_p(&text);
	return text;
}

/* Whether @v is a hash. */
static bool is_sum(struct nsv_json v, unsigned char sum[NSV_SHA_LEN])
{
	return v.at && v.len == NSV_SHA_HEX + 1 && v.at[0] == '"' && v.at[v.len - 1] == '"' &&
	       parse_hex(v.at + 1, sum);
}

static bool is_text(struct nsv_json v)
{
	return v.at && *v.at == '"';
}

/* The exact bytes of a name, by its member and the next one: malloc'd. */
static char *name_of(const struct nsv_json_member m[2])
{
	nsv_autofree char *exact = text_of(m[1].value);
	size_t len = exact ? strlen(exact) : 0;
	char *name;
	int n;

	if (!m[1].value.at)
		return text_of(m[0].value);
	name = calloc(1, len + 4);
	n = name && exact && len % 4 == 0
		? EVP_DecodeBlock((unsigned char *)name, (const unsigned char *)exact, (int)len)
		: -1;
	if (n < 0) {
		free(name);
		return NULL;
	}
	for (size_t i = len; i > 0 && exact[i - 1] == '='; i--)
		n--;
	name[n < 0 ? 0 : n] = '\0';
	return name;
}

static int compare_file(struct nsv_verifier *v, const struct nsv_json_member m[MEMBERS],
			const struct nsv_listed *l)
{
	unsigned char sum[NSV_SHA_LEN];
	struct nsv_found f = { 0 };
	uint32_t i = 0;
	int r = v->is_folder ? nsv_folder_parents(v, l->name) : 0;

	if (r == 0)
		r = nsv_found_get(&v->found, l->name, &f, &i);
	if (r < 0)
		return r;
	/* Sockets, and what did not get in, are listed only. */
	if (r == 0) {
		if (is_text(m[HEADER].value) ||
		    (v->is_folder && (S_ISLNK(l->type) || S_ISDIR(l->type))))
			nsv_verify_tell(v, NSV_PACKAGE_MISSING, l->name, NULL);
		return 0;
	}
	if (v->is_folder) {
		/* Folders have no headers: tar made it, and set owners, modes and times anew. */
		v->unpacked |= l->in_archive;
		r = nsv_folder_compare(v, l, &f);
	} else if (is_sum(m[HEADER].value, sum)) {
		if (memcmp(sum, f.header, NSV_SHA_LEN) != 0)
			nsv_verify_tell(v, NSV_PACKAGE_ALTERED, l->name, "its metadata");
		f.flags |= NSV_FOUND_LISTED;
	}
	if (r < 0)
		return r;
	if (!(f.flags & (NSV_FOUND_WHOLE | NSV_FOUND_TOLD)) && is_sum(m[DATA].value, sum)) {
		if (memcmp(sum, f.data, NSV_SHA_LEN) != 0)
			nsv_verify_tell(v, NSV_PACKAGE_ALTERED, l->name, "its bytes");
		f.flags |= NSV_FOUND_SUMMED;
	}
	return nsv_found_set(&v->found, i, &f);
}

/* No tree is built: of a line such as "[{},{},..." it would take 250 times the memory. */
static int take_file(struct nsv_verifier *v, char *line)
{
	struct nsv_json_member m[MEMBERS] = {
		[PATH] = { "path", { 0 } },
		[PATH_EXACT] = { "path_base64", { 0 } },
		[HEADER] = { "header_sha256", { 0 } },
		[DATA] = { "sha256_of_data", { 0 } },
		[TYPE] = { "type", { 0 } },
		[LINK] = { "link", { 0 } },
		[LINK_EXACT] = { "link_base64", { 0 } },
		[SAME] = { "same_as", { 0 } },
		[SAME_EXACT] = { "same_as_base64", { 0 } },
	};
	nsv_autofree char *name = NULL, *type = NULL, *link = NULL, *same_as = NULL;
	unsigned char sum[NSV_SHA_LEN];
	struct nsv_json o;

	if (!nsv_json_whole(line, strlen(line), &o))
		return -EBADMSG;
	nsv_json_members(o, m, MEMBERS);
	name = name_of(&m[PATH]);
	type = text_of(m[TYPE].value);
	link = name_of(&m[LINK]);
	same_as = name_of(&m[SAME]);
	if (!name)
		return -EBADMSG;
	return compare_file(v, m,
			    &(struct nsv_listed){ .name = name,
						  .type = nsv_listed_type(type),
						  .link = link,
						  .same_as = same_as,
						  .in_archive = is_sum(m[HEADER].value, sum) });
}

/* When the collection began, which is what the package's own members are dated; -1: unknown. */
static int64_t read_start(struct nsv_verifier *v)
{
	char head[1024];
	int64_t n = nsv_text_flush(&v->collection);
	const char *at;
	struct tm tm = { 0 };

	n = n < 0 ? n : nsv_text_read(&v->collection, 0, head, sizeof(head) - 1);
	head[n < 0 ? 0 : n] = '\0';
	at = strstr(head, "\n\"started\":\"");
	return at && strptime(at + 12, "%Y-%m-%dT%H:%M:%S", &tm) ? (int64_t)timegm(&tm) : -1;
}

/* Whether a header is what is made for a member of the package's own, which files.jsonl has not. */
static bool is_own(const struct nsv_verifier *v, const struct nsv_found *f, const char *name)
{
	struct nsv_bytes blocks = { 0 };
	unsigned char sum[EVP_MAX_MD_SIZE] = { 0 };
	struct nsv_entity m;
	uint64_t stored;
	size_t map;

	nsv_member_own(&m, name, f->size, v->now);
	if (nsv_tar_header(&m, &blocks, &map, &stored) == 0)
		(void)EVP_Digest(blocks.buf, blocks.len, sum, NULL, EVP_sha256(), NULL);
	nsv_bytes_free(&blocks);
	return !memcmp(sum, f->header, NSV_SHA_LEN);
}

/* What nothing speaks of. */
static int tell_extra(struct nsv_verifier *v)
{
	for (uint32_t i = 0; i < v->found.n; i++) {
		struct nsv_found f;
		nsv_autofree char *name = NULL;
		int r = nsv_found_at(&v->found, i, &f);

		if (r < 0)
			return r;
		if (f.flags & NSV_FOUND_TOLD)
			continue;
		if (f.flags & NSV_FOUND_LISTED && (!(f.flags & NSV_FOUND_REGULAR) ||
						   f.flags & (NSV_FOUND_SUMMED | NSV_FOUND_HARD)))
			continue;
		name = nsv_found_name(&v->found, &f);
		if (!name)
			return -ENOMEM;
		/* It can't list itself: its hash is the root. */
		if (strcmp(name, "SHA256SUMS") == 0)
			f.flags |= NSV_FOUND_SUMMED;
		if (f.flags & NSV_FOUND_SUMMED &&
		    (f.flags & NSV_FOUND_LISTED || v->now < 0 || is_own(v, &f, name)))
			continue;
		if (f.flags & NSV_FOUND_SUMMED)
			nsv_verify_tell(v, NSV_PACKAGE_ALTERED, name, "its metadata");
		else
			nsv_verify_tell(v, NSV_PACKAGE_EXTRA, name, NULL);
	}
	return 0;
}

/* Only the beginning is looked at: the outcomes may be long. */
static void read_collection(struct nsv_verifier *v)
{
	char head[1024];
	int64_t n = nsv_text_flush(&v->collection);

	n = n < 0 ? n : nsv_text_read(&v->collection, 0, head, sizeof(head) - 1);
	head[n < 0 ? 0 : n] = '\0';
	v->result.complete = strstr(head, "\n\"complete\":true,\n") != NULL;
	if (!v->result.complete)
		nsv_verify_tell(v, NSV_PACKAGE_INCOMPLETE, "collection.json",
				n > 0 ? "the collection did not get all" : "it is missing");
}

int nsv_verify_check(struct nsv_verifier *v)
{
	struct nsv_found f;
	uint32_t i;
	int r = nsv_found_get(&v->found, "SHA256SUMS", &f, &i);

	if (r < 0)
		return r;
	if (r == 0 || !(f.flags & NSV_FOUND_REGULAR)) {
		r = nsv_verify_is_foreign(v);
		if (r == 0)
			nsv_verify_tell(v, NSV_PACKAGE_INCOMPLETE, "SHA256SUMS",
					"it is missing: the package was not closed");
		else if (r > 0)
			nsv_verify_tell(v, NSV_PACKAGE_DAMAGED, "", NSV_PACKAGE_FOREIGN);
		return nsv_min(r, 0);
	}
	nsv_hex(f.data, NSV_SHA_LEN, v->result.root_hash);
	r = each_line(v, &v->sums, "SHA256SUMS", take_sum);
	if (r == 0)
		r = nsv_verify_signatures(v);
	if (r == 0)
		r = each_line(v, &v->files, "files.jsonl", take_file);
	if (v->unpacked)
		nsv_verify_tell(v, NSV_PACKAGE_INCOMPLETE, "",
				"unpacked from an archive: its bytes are compared, but tar sets "
				"owners, modes and times anew; verify the archive");
	v->now = read_start(v);
	if (r == 0)
		r = tell_extra(v);
	read_collection(v);
	return r;
}
