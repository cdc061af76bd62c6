/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsinfo_format.c - values as text and JSON show them: escaped, inside numbers, times since the
 * epoch. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nsinfo.h"

char *nsinfo_shown(const struct nsinfo_output *out, const char *text)
{
	return cli_escape(text, strlen(text), out->utf8, NULL);
}

int64_t nsinfo_inside(const struct nsv_id_range *map, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (id >= map[i].host && id - map[i].host < map[i].count)
			return (int64_t)map[i].inside + (id - map[i].host);
	return -1;
}

time_t nsinfo_started(const struct nsv_inspection *i)
{
	long ticks = sysconf(_SC_CLK_TCK);
	struct timespec now, boot;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	return now.tv_sec - boot.tv_sec + (time_t)(i->start / (uint64_t)(ticks > 0 ? ticks : 100));
}
