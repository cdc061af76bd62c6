/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsdiff_lines.c - E. W. Myers, "An O(ND) difference algorithm and its variations" (1986), in
 * linear space: finds the middle of the shortest way and goes on with both halves.
 *
 * A container chooses both texts. So lines are numbered by sorting, not by hashing, and all steps
 * are counted.
 */
#include "cli/nsdiff_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "command/fatal.h"

#define STEPS_MAX 40000000L /* a second's worth */

bool nsdiff_text_split(const char *text, size_t len, struct nsdiff_text *ret)
{
	struct nsdiff_text t = { 0 };
	size_t room = 0;

	for (size_t at = 0; at < len; t.n++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) + 1 - at : len - at;

		if (t.n == NSDIFF_LINES_MAX) {
			nsdiff_text_free(&t);
			return false;
		}
		if (t.n == room) {
			struct nsdiff_line *lines;

			room = room ? room * 2 : 64;
			lines = reallocarray(t.lines, room, sizeof(*lines));
			if (!lines)
				cli_no_memory();
			t.lines = lines;
		}
		t.lines[t.n] = (struct nsdiff_line){ text + at, n, 0 };
		at += n;
	}
	t.differs = calloc(t.n + 1, sizeof(*t.differs));
	if (!t.differs)
		cli_no_memory();
	*ret = t;
	return true;
}

void nsdiff_text_free(struct nsdiff_text *t)
{
	free(t->lines);
	free(t->differs);
	*t = (struct nsdiff_text){ 0 };
}

/* ---- numbers for lines ---- */

static int by_text(const void *x, const void *y)
{
	const struct nsdiff_line *a = *(struct nsdiff_line *const *)x;
	const struct nsdiff_line *b = *(struct nsdiff_line *const *)y;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->text, b->text, a->len);
}

static void number(struct nsdiff_text *a, struct nsdiff_text *b)
{
	nsv_autofree struct nsdiff_line **all =
	    calloc(a->n + b->n + 1, sizeof(struct nsdiff_line *));
	uint32_t id = 0;
	size_t n = 0;

	if (!all)
		cli_no_memory();
	for (size_t i = 0; i < a->n; i++)
		all[n++] = &a->lines[i];
	for (size_t i = 0; i < b->n; i++)
		all[n++] = &b->lines[i];
	qsort(all, n, sizeof(struct nsdiff_line *), by_text);
	for (size_t i = 0; i < n; i++) {
		id += i > 0 && by_text(&all[i - 1], &all[i]) != 0;
		all[i]->id = id;
	}
}

/* ---- the shortest way ---- */

/* A part of both texts: lines from ... to before. */
struct box {
	long a0, a1, b0, b1;
};

struct search {
	struct nsdiff_text *a, *b;
	long *forward, *backward; /* by diagonal: how far a way came */
	long steps;
};

static bool equal(const struct search *s, long x, long y)
{
	return s->a->lines[x].id == s->b->lines[y].id;
}

/* The diagonals that a search from one corner has reached. */
struct reach {
	long min, max;
};

static void widen(struct reach *r, long least, long most, long *at, long outside)
{
	if (r->min > least) {
		r->min--;
		at[r->min - 1] = outside;
	} else {
		r->min++;
	}
	if (r->max < most) {
		r->max++;
		at[r->max + 1] = outside;
	} else {
		r->max--;
	}
}

static bool within(const struct reach *r, long d)
{
	return r->min <= d && d <= r->max;
}

/* A step of all ways from the beginning. True: one has met a way from the end, at *ret. */
static bool step_forward(struct search *s, const struct box *k, const struct reach *own,
			 const struct reach *other, bool odd, struct box *ret)
{
	for (long d = own->max; d >= own->min; d -= 2) {
		long low = s->forward[d - 1], high = s->forward[d + 1];
		long x = low < high ? high : low + 1, y = x - d;

		for (; x < k->a1 && y < k->b1 && equal(s, x, y); x++, y++)
			s->steps--;
		s->steps--;
		s->forward[d] = x;
		if (odd && within(other, d) && s->backward[d] <= x) {
			ret->a0 = x;
			ret->b0 = y;
			return true;
		}
	}
	return false;
}

static bool step_backward(struct search *s, const struct box *k, const struct reach *own,
			  const struct reach *other, bool odd, struct box *ret)
{
	for (long d = own->max; d >= own->min; d -= 2) {
		long low = s->backward[d - 1], high = s->backward[d + 1];
		long x = low < high ? low : high - 1, y = x - d;

		for (; k->a0 < x && k->b0 < y && equal(s, x - 1, y - 1); x--, y--)
			s->steps--;
		s->steps--;
		s->backward[d] = x;
		if (!odd && within(other, d) && x <= s->forward[d]) {
			ret->a0 = x;
			ret->b0 = y;
			return true;
		}
	}
	return false;
}

/* Where the shortest way through the box has its middle: a0 and b0 of *ret. False: too far. */
static bool find_middle(struct search *s, const struct box *k, struct box *ret)
{
	long least = k->a0 - k->b1, most = k->a1 - k->b0;
	struct reach f = { k->a0 - k->b0, k->a0 - k->b0 };
	struct reach b = { k->a1 - k->b1, k->a1 - k->b1 };
	bool odd = (f.min - b.min) & 1;

	s->forward[f.min] = k->a0;
	s->backward[b.min] = k->a1;
	while (s->steps > 0) {
		widen(&f, least, most, s->forward, -1);
		if (step_forward(s, k, &f, &b, odd, ret))
			return true;
		widen(&b, least, most, s->backward, INT32_MAX);
		if (step_backward(s, k, &b, &f, odd, ret))
			return true;
	}
	return false;
}

static void compare(struct search *s, struct box k)
{
	struct box middle;

	while (k.a0 < k.a1 && k.b0 < k.b1 && equal(s, k.a0, k.b0)) {
		k.a0++;
		k.b0++;
	}
	while (k.a0 < k.a1 && k.b0 < k.b1 && equal(s, k.a1 - 1, k.b1 - 1)) {
		k.a1--;
		k.b1--;
	}
	if (k.a0 < k.a1 && k.b0 < k.b1 && find_middle(s, &k, &middle)) {
		compare(s, (struct box){ k.a0, middle.a0, k.b0, middle.b0 });
		compare(s, (struct box){ middle.a0, k.a1, middle.b0, k.b1 });
		return;
	}
	while (k.a0 < k.a1)
		s->a->differs[k.a0++] = true;
	while (k.b0 < k.b1)
		s->b->differs[k.b0++] = true;
}

void nsdiff_lines(struct nsdiff_text *a, struct nsdiff_text *b)
{
	size_t diagonals = a->n + b->n + 3;
	nsv_autofree long *forward = calloc(diagonals, sizeof(*forward));
	nsv_autofree long *backward = calloc(diagonals, sizeof(*backward));
	struct search s = { .a = a, .b = b, .steps = STEPS_MAX };

	if (!forward || !backward)
		cli_no_memory();
	number(a, b);
	/* Diagonals run from -b->n - 1 to a->n + 1. */
	s.forward = forward + b->n + 1;
	s.backward = backward + b->n + 1;
	compare(&s, (struct box){ 0, (long)a->n, 0, (long)b->n });
}
