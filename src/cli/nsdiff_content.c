/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsdiff_content.c - changes as diff -u prints them. At most 1 MiB of a file is read; what has a
 * NUL in it, or more lines than are compared, is named only.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "cli/nsdiff.h"
#include "cli/nsdiff_lines.h"

#define FILE_MAX ((size_t)1 << 20)
#define CONTEXT	 3

/* ---- the two texts ---- */

/* Reads a side whole. NULL on success, else why it is not shown. */
static const char *read_side(const struct nsv_change_side *s, char **ret, size_t *ret_len)
{
	nsv_autofd int fd = NSV_FD_NONE;
	size_t used = 0;
	ssize_t n = 1;
	char *text;

	*ret = NULL;
	*ret_len = 0;
	if (!s->exists || !S_ISREG(s->mode))
		return NULL;
	if (s->size > FILE_MAX)
		return "large";
	fd = nsv_reopen(s->fd, NULL, NULL);
	if (fd < 0)
		return "unreadable";
	text = malloc(FILE_MAX + 1);
	if (!text)
		cli_no_memory();
	*ret = text;
	while (n > 0 && used <= FILE_MAX) {
		n = read(fd, text + used, FILE_MAX + 1 - used);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			used += (size_t)n;
	}
	*ret_len = used;
	if (n < 0)
		return "unreadable";
	return used > FILE_MAX ? "large" : memchr(text, '\0', used) ? "binary" : NULL;
}

/* ---- hunks ---- */

/* Tabs stay: a text is not a name. */
static void print_text(const struct nsdiff *d, char mark, const struct nsdiff_line *l)
{
	bool newline = l->len > 0 && l->text[l->len - 1] == '\n';
	size_t len = l->len - newline;

	(void)putchar(mark);
	if (!d->terminal)
		(void)fwrite(l->text, 1, len, stdout);
	for (size_t at = 0; d->terminal && at < len;) {
		const char *tab = memchr(l->text + at, '\t', len - at);
		size_t n = tab ? (size_t)(tab - l->text) - at : len - at;
		nsv_autofree char *shown = cli_escape(l->text + at, n, d->utf8, NULL);

		printf("%s%s", shown, tab ? "\t" : "");
		at += n + (tab != NULL);
	}
	printf("\n%s", newline ? "" : "\\ No newline at end of file\n");
}

struct hunk {
	size_t a0, a1, b0, b1;
};

/* The next hunk from *at on, which is in both texts the place behind the last one. */
static bool next_hunk(const struct nsdiff_text *a, const struct nsdiff_text *b, struct hunk *at)
{
	size_t i = at->a1, j = at->b1, same = 0;

	while (i < a->n && j < b->n && !a->differs[i] && !b->differs[j]) {
		i++;
		j++;
	}
	if (i == a->n && j == b->n)
		return false;
	at->a0 = i - nsv_min(i - at->a1, (size_t)CONTEXT);
	at->b0 = j - nsv_min(j - at->b1, (size_t)CONTEXT);
	/* Until more lines are alike than two contexts have. */
	while ((i < a->n || j < b->n) && same <= 2 * (size_t)CONTEXT) {
		if (i < a->n && a->differs[i]) {
			i++;
			same = 0;
		} else if (j < b->n && b->differs[j]) {
			j++;
			same = 0;
		} else {
			i++;
			j++;
			same++;
		}
	}
	if (same > CONTEXT) {
		i -= same - CONTEXT;
		j -= same - CONTEXT;
	}
	at->a1 = i;
	at->b1 = j;
	return true;
}

/* As diff -u: "7" for one line, "6,0" for none, behind the line before. */
static void print_range(char mark, size_t from, size_t to)
{
	size_t n = to - from;

	printf(" %c%zu", mark, n ? from + 1 : from);
	if (n != 1)
		printf(",%zu", n);
}

static void print_hunk(const struct nsdiff *d, const struct nsdiff_text *a,
		       const struct nsdiff_text *b, const struct hunk *h)
{
	size_t i = h->a0, j = h->b0;

	printf("@@");
	print_range('-', h->a0, h->a1);
	print_range('+', h->b0, h->b1);
	printf(" @@\n");
	while (i < h->a1 || j < h->b1) {
		if (i < h->a1 && a->differs[i]) {
			print_text(d, '-', &a->lines[i++]);
		} else if (j < h->b1 && b->differs[j]) {
			print_text(d, '+', &b->lines[j++]);
		} else {
			print_text(d, ' ', &a->lines[i++]);
			j++;
		}
	}
}

static void print_diff(const struct nsdiff *d, const struct nsv_change *c, struct nsdiff_text *a,
		       struct nsdiff_text *b)
{
	nsv_autofree char *shown = nsdiff_shown(d, c->path);
	bool was = c->old->exists && S_ISREG(c->old->mode);
	bool is = c->now->exists && S_ISREG(c->now->mode);
	struct hunk at = { 0 };

	printf("--- %s%s\n", was ? "a" : "/dev/null", was ? shown : "");
	printf("+++ %s%s\n", is ? "b" : "/dev/null", is ? shown : "");
	nsdiff_lines(a, b);
	while (next_hunk(a, b, &at))
		print_hunk(d, a, b, &at);
}

/* ---- a change ---- */

static bool has_text(const struct nsv_change *c)
{
	return (c->old->exists && S_ISREG(c->old->mode)) ||
	       (c->now->exists && S_ISREG(c->now->mode));
}

void nsdiff_print_content(struct nsdiff *d, const struct nsv_change *c)
{
	nsv_autofree char *old = NULL, *now = NULL;
	struct nsdiff_text a = { 0 }, b = { 0 };
	size_t old_len, now_len;
	const char *why;

	/* A changed folder says nothing beside what is in it. */
	if (c->kind == NSV_CHANGE_VOLUME ||
	    (c->kind == NSV_CHANGE_CHANGED && S_ISDIR(c->now->mode) &&
	     !(c->what & (NSV_DIFFERS_METADATA | NSV_DIFFERS_TYPE))))
		return;
	if (!has_text(c) || (c->kind == NSV_CHANGE_CHANGED &&
			     !(c->what & (NSV_DIFFERS_CONTENT | NSV_DIFFERS_TYPE)))) {
		nsdiff_print_stat(d, c);
		return;
	}
	why = read_side(c->old, &old, &old_len);
	if (!why)
		why = read_side(c->now, &now, &now_len);
	if (!why && (!nsdiff_text_split(old, old_len, &a) || !nsdiff_text_split(now, now_len, &b)))
		why = "large";
	if (why) {
		printf("(%s) ", why);
		nsdiff_print_stat(d, c);
	} else {
		print_diff(d, c, &a, &b);
	}
	nsdiff_text_free(&a);
	nsdiff_text_free(&b);
}
