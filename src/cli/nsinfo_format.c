/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsinfo_format.c - values as text and JSON show them: escaped, inside numbers, times since the
 * epoch. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "base/util.h"
#include "nsinfo.h"

char *nsinfo_shown(const struct nsinfo_output *out, const char *text)
{
	return cli_escape(text, strlen(text), out->utf8, NULL);
}

int64_t nsinfo_inside(const struct nsv_inspection *i, enum nsv_id_kind kind, uint32_t id)
{
	const struct nsv_id_range *r;

	for (size_t n = 0; (r = nsv_inspection_id_range(i, kind, n)); n++)
		if (id >= r->host && id - r->host < r->count)
			return (int64_t)r->inside + (id - r->host);
	return -1;
}

static int by_id(const void *a, const void *b)
{
	const struct nsinfo_user *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	/* The first line of an ID counts. */
	return (x->name > y->name) - (x->name < y->name);
}

/* NAME:PASSWORD:ID:..., of which the name is cut out; false: another line. */
static bool take_line(char *line, struct nsinfo_user *ret)
{
	char *name = strsep(&line, ":"), *id;
	uint64_t number;

	(void)strsep(&line, ":");
	id = strsep(&line, ":");
	if (!id || !*name || nsv_parse_u64(id, UINT32_MAX, &number) < 0)
		return false;
	*ret = (struct nsinfo_user){ (uint32_t)number, name };
	return true;
}

void nsinfo_names_take(struct nsinfo_names *names, char *file_take)
{
	size_t lines = 1;
	char *rest = file_take, *line;

	*names = (struct nsinfo_names){ .file = file_take };
	for (const char *p = file_take; p && *p; p++)
		lines += *p == '\n';
	names->list = calloc(lines, sizeof(*names->list));
	if (!names->list)
		cli_no_memory();
	while ((line = strsep(&rest, "\n")))
		if (take_line(line, &names->list[names->n]))
			names->n++;
	qsort(names->list, names->n, sizeof(*names->list), by_id);
}

void nsinfo_names_done(struct nsinfo_names *names)
{
	free(names->file);
	free(names->list);
	*names = (struct nsinfo_names){ 0 };
}

const char *nsinfo_name_of(const struct nsinfo_names *names, int64_t id)
{
	size_t low = 0, high = names->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (names->list[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < names->n && names->list[low].id == id ? names->list[low].name : NULL;
}

time_t nsinfo_started(const struct nsv_inspection *i)
{
	long ticks = sysconf(_SC_CLK_TCK);
	struct timespec now, boot;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	return now.tv_sec - boot.tv_sec + (time_t)(i->start / (uint64_t)(ticks > 0 ? ticks : 100));
}
