/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscat_tail.c - the last lines or bytes of a file, as tail(1) prints them.
 *
 * A large file is read backwards, block by block. A small one, and one that claims to be (files of
 * /proc do), is read forwards to its end; of what comes STREAM_KEEPS bytes are kept at least.
 * Defends against: sizes that lie, files that shrink, endless lines. No state, no locks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "nscat.h"

#define BLOCK	     (64L * 1024)
#define STREAM_KEEPS ((size_t)8 * 1024 * 1024)

static ssize_t read_at(int fd, char *buf, size_t len, off_t at)
{
	ssize_t n;

	do
		n = pread(fd, buf, len, at);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int tail_copy(struct tail_out *out, const struct cli_spec_path *file, int fd, off_t *at, off_t end)
{
	char buf[BLOCK];

	while (*at < end) {
		ssize_t n = read_at(fd, buf, (size_t)nsv_min(BLOCK, end - *at), *at);

		if (n <= 0)
			return (int)n;
		tail_write(out, file, buf, (size_t)n);
		*at += n;
	}
	return 0;
}

/*
 * Where the last *lines lines of @text begin; its last byte is no beginning. NULL: not in @text,
 * and *lines is how many more begin before it.
 */
static const char *find_lines(const char *text, size_t len, uint64_t *lines)
{
	const char *newline;

	while ((newline = memrchr(text, '\n', len))) {
		if (--*lines == 0)
			return newline + 1;
		len = (size_t)(newline - text);
	}
	return NULL;
}

static int find_last_lines(int fd, off_t size, uint64_t lines, off_t *ret_start)
{
	char buf[BLOCK];
	off_t end = size - 1; /* a newline at the very end begins no line */

	*ret_start = size;
	if (lines == 0)
		return 0;
	while (end > 0) {
		off_t start = end > BLOCK ? (end - 1) / BLOCK * BLOCK : 0;
		ssize_t n = read_at(fd, buf, (size_t)(end - start), start);
		const char *found;

		if (n < 0)
			return (int)n;
		found = find_lines(buf, (size_t)n, &lines);
		if (found) {
			*ret_start = start + (found - buf);
			return 0;
		}
		end = start;
	}
	*ret_start = 0;
	return 0;
}

/* Reads to the end of the file. *ret_text is the caller's, *ret_at how much was read in all. */
static int read_stream(int fd, char **ret_text, size_t *ret_len, off_t *ret_at)
{
	nsv_autofree char *text = malloc(2 * STREAM_KEEPS);
	size_t len = 0;
	off_t at = 0;

	if (!text)
		return -ENOMEM;
	for (;;) {
		ssize_t n = read_at(fd, text + len, 2 * STREAM_KEEPS - len, at);

		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		at += n;
		len += (size_t)n;
		if (len == 2 * STREAM_KEEPS) {
			len = STREAM_KEEPS;
			memcpy(text, text + STREAM_KEEPS, STREAM_KEEPS);
		}
	}
	*ret_text = nsv_steal_ptr(text);
	*ret_len = len;
	*ret_at = at;
	return 0;
}

static int print_stream(struct tail_out *out, const struct cli_spec_path *file, int fd,
			const struct tail_options *o, off_t *ret_at)
{
	nsv_autofree char *text = NULL;
	const char *start;
	uint64_t lines = o->count;
	size_t len = 0;
	int r = read_stream(fd, &text, &len, ret_at);

	if (r < 0)
		return r;
	if (o->count == 0 || len == 0)
		return 0;
	if (o->bytes)
		start = o->count <= len ? text + (len - o->count) : NULL;
	else
		start = find_lines(text, len - 1, &lines);
	if (!start && (off_t)len < *ret_at)
		cli_note("%s:%s: only its last %zu bytes were kept", file->spec, file->path, len);
	if (!start)
		start = text;
	tail_write(out, file, start, (size_t)(text + len - start));
	return 0;
}

/* What is to be left out of @buf before the first line or byte that is wanted. */
static size_t skip(const char *buf, size_t len, bool bytes, uint64_t *left)
{
	size_t at = 0;

	if (bytes) {
		at = *left < len ? (size_t)*left : len;
		*left -= at;
		return at;
	}
	while (*left > 0) {
		const char *newline = memchr(buf + at, '\n', len - at);

		if (!newline)
			return len;
		at = (size_t)(newline - buf) + 1;
		--*left;
	}
	return at;
}

static int print_from(struct tail_out *out, const struct cli_spec_path *file, int fd,
		      const struct tail_options *o, off_t *ret_at)
{
	uint64_t left = o->count ? o->count - 1 : 0;
	char buf[BLOCK];

	while (left > 0) {
		ssize_t n = read_at(fd, buf, sizeof(buf), *ret_at);
		size_t skipped;

		if (n <= 0)
			return (int)n;
		skipped = skip(buf, (size_t)n, o->bytes, &left);
		*ret_at += n;
		if (skipped < (size_t)n)
			tail_write(out, file, buf + skipped, (size_t)n - skipped);
	}
	return tail_copy(out, file, fd, ret_at, INT64_MAX);
}

int tail_print(struct tail_out *out, const struct cli_spec_path *file, int fd,
	       const struct stat *st, const struct tail_options *o, off_t *ret_at)
{
	off_t start;
	int r;

	*ret_at = 0;
	if (out->headings)
		tail_write(out, file, "", 0);
	if (o->from_start) {
		/* Beyond what is worth reading only to leave it out. */
		if (o->bytes && st->st_size > BLOCK && o->count > BLOCK) {
			*ret_at = nsv_min((off_t)o->count - 1, st->st_size);
			return tail_copy(out, file, fd, ret_at, INT64_MAX);
		}
		return print_from(out, file, fd, o, ret_at);
	}
	if (st->st_size <= BLOCK)
		return print_stream(out, file, fd, o, ret_at);
	if (o->bytes) {
		start = o->count < (uint64_t)st->st_size ? st->st_size - (off_t)o->count : 0;
	} else {
		r = find_last_lines(fd, st->st_size, o->count, &start);
		if (r < 0)
			return r;
	}
	*ret_at = start;
	if (o->count == 0)
		return 0;
	/* The rest of a file that grows belongs to the next turn, so that other files get theirs.
	 */
	return tail_copy(out, file, fd, ret_at, o->follow ? st->st_size : INT64_MAX);
}
