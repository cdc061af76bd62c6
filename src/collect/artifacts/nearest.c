/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nearest.c - what somebody who typed a name may have meant: names at a small edit distance, by
 * letters without regard to case, and names that contain what was typed.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "collect/artifacts/definitions.h"
#include "reach/util.h"

#define NEAREST_MAX 8

static unsigned char lower(char c)
{
	return (unsigned char)tolower((unsigned char)c);
}

/* Levenshtein's distance, one row at a time. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NSV_ARTIFACT_NAME + 1];
	size_t len = strlen(b);

	for (size_t k = 0; k <= len; k++)
		row[k] = (unsigned)k;
	for (size_t i = 0; a[i]; i++) {
		unsigned above_left = row[0];

		row[0] = (unsigned)i + 1;
		for (size_t k = 0; k < len; k++) {
			unsigned above = row[k + 1];
			unsigned change = above_left + (lower(a[i]) != lower(b[k]));
			unsigned longer = nsv_min(above, row[k]) + 1;

			row[k + 1] = nsv_min(longer, change);
			above_left = above;
		}
	}
	return row[len];
}

size_t nsv_artifacts_nearest(const struct nsv_artifacts *a, const char *name, const char **ret,
			     size_t max)
{
	unsigned scores[NEAREST_MAX];
	size_t n = 0, len = strlen(name);

	max = nsv_min(max, (size_t)NEAREST_MAX);
	for (size_t i = 0; i < a->n_names && len <= NSV_ARTIFACT_NAME && max; i++) {
		const char *other = a->names[i].name;
		unsigned score = distance(name, other);
		size_t at;

		if (len >= 4 && strcasestr(other, name))
			score = nsv_min(score, 3U);
		if (score > 3 + len / 4)
			continue;
		for (at = n; at > 0 && scores[at - 1] > score; at--)
			;
		if (at == max)
			continue;
		n += n < max;
		for (size_t k = n - 1; k > at; k--) {
			scores[k] = scores[k - 1];
			ret[k] = ret[k - 1];
		}
		scores[at] = score;
		ret[at] = other;
	}
	return n;
}
