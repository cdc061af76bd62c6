/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_version.c - the order of -v: numbers in names count by their value, as in the versions of
 * Debian packages.
 *
 * The suffixes of a name (".tar.gz") count only where what stands before them is equal. In parts
 * that are no numbers "~" comes before the end, the end before letters, letters before the rest.
 */
#include <string.h>

#include "nsls.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct text {
	const char *at, *end;
};

static bool has_digit(const struct text *t)
{
	return t->at < t->end && is_digit(*t->at);
}

static bool has_other(const struct text *t)
{
	return t->at < t->end && !is_digit(*t->at);
}

static int rank(const struct text *t)
{
	if (t->at >= t->end)
		return -1;
	if (is_digit(*t->at))
		return 0;
	if (*t->at == '~')
		return -2;
	return is_letter(*t->at) ? *t->at : (unsigned char)*t->at + 256;
}

static int compare_numbers(struct text *a, struct text *b)
{
	int first = 0;

	while (a->at < a->end && *a->at == '0')
		a->at++;
	while (b->at < b->end && *b->at == '0')
		b->at++;
	for (; has_digit(a) && has_digit(b); a->at++, b->at++)
		if (!first)
			first = *a->at - *b->at;
	/* The longer number is the greater one. */
	return has_digit(a) ? 1 : has_digit(b) ? -1 : first;
}

static int compare(struct text a, struct text b)
{
	while (a.at < a.end || b.at < b.end) {
		int r;

		while (has_other(&a) || has_other(&b)) {
			r = rank(&a) - rank(&b);
			if (r)
				return r;
			a.at++;
			b.at++;
		}
		r = compare_numbers(&a, &b);
		if (r)
			return r;
	}
	return 0;
}

/* Where the suffixes of a name begin: each a dot, a letter, and letters and digits. */
static const char *suffixes(const char *name)
{
	const char *start = NULL, *at = *name ? name + 1 : name;

	while (*at) {
		if (*at != '.' || !(is_letter(at[1]) || at[1] == '~')) {
			start = NULL;
			at++;
			continue;
		}
		start = start ? start : at;
		for (at += 2; is_letter(*at) || is_digit(*at) || *at == '~'; at++)
			;
	}
	return start ? start : at;
}

/* "." before "..", before other hidden names, before the rest. */
static int kind(const char *name)
{
	if (*name != '.')
		return 3;
	return strcmp(name, ".") == 0 ? 0 : strcmp(name, "..") == 0 ? 1 : 2;
}

int ls_compare_versions(const char *a, const char *b)
{
	int r = kind(a) - kind(b);

	if (!r)
		r = compare((struct text){ a, suffixes(a) }, (struct text){ b, suffixes(b) });
	if (!r)
		r = compare((struct text){ a, a + strlen(a) }, (struct text){ b, b + strlen(b) });
	return r ? r : strcmp(a, b);
}
