/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sorted.c - names in one block of memory that is bounded. See sorted.h. */
#include "sorted.h"

#include <stdlib.h>
#include <string.h>

#include "reach/util.h"

#define TEXT_MAX ((size_t)6 << 20)
#define FIRST	 ((size_t)16 * 1024)

static bool grow(void **p, size_t *size, size_t want, size_t max)
{
	size_t more = *size ? *size : FIRST;
	void *longer;

	while (more < want)
		more *= 2;
	more = nsv_min(more, max);
	if (more < want)
		return false;
	longer = realloc(*p, more);
	if (!longer)
		return false;
	*p = longer;
	*size = more;
	return true;
}

bool nsv_sorted_add(struct nsv_sorted *s, const char *name, unsigned type)
{
	size_t len = strlen(name) + 1;
	void *p = s->text;

	if (s->size - s->len < len + 1) {
		if (!grow(&p, &s->size, s->len + len + 1, TEXT_MAX))
			return false;
		s->text = p;
	}
	if (s->n == s->room) {
		size_t bytes = s->room * sizeof(*s->at);

		p = s->at;
		if (!grow(&p, &bytes, (s->n + 1) * sizeof(*s->at), TEXT_MAX))
			return false;
		s->at = p;
		s->room = bytes / sizeof(*s->at);
	}
	s->at[s->n++] = (uint32_t)s->len;
	s->text[s->len++] = (char)type;
	memcpy(s->text + s->len, name, len);
	s->len += len;
	return true;
}

static int by_name(const void *a, const void *b, void *text)
{
	const char *t = text;

	return strcmp(t + *(const uint32_t *)a + 1, t + *(const uint32_t *)b + 1);
}

void nsv_sorted_sort(struct nsv_sorted *s)
{
	if (s->n > 1)
		qsort_r(s->at, s->n, sizeof(*s->at), by_name, s->text);
}

const char *nsv_sorted_get(const struct nsv_sorted *s, size_t i, unsigned *ret_type)
{
	*ret_type = (unsigned char)s->text[s->at[i]];
	return s->text + s->at[i] + 1;
}

void nsv_sorted_clear(struct nsv_sorted *s)
{
	s->n = 0;
	s->len = 0;
}

void nsv_sorted_free(struct nsv_sorted *s)
{
	nsv_free_p(&s->text);
	nsv_free_p(&s->at);
	*s = (struct nsv_sorted){ 0 };
}
