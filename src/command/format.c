/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format.c - formats sizes and durations, finds the terminal's width. No state, no locks. */
#include "command/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>

char *cli_human_size(uint64_t bytes, char buf[static CLI_SIZE_BUF])
{
	static const char units[] = "KMGTPE";
	unsigned unit = 0, shift = 10;
	uint64_t whole, part, tenths;

	if (bytes < 1024) {
		(void)snprintf(buf, CLI_SIZE_BUF, "%" PRIu64, bytes);
		return buf;
	}
	while (bytes >> shift >= 1024) {
		shift += 10;
		unit++;
	}
	whole = bytes >> shift;
	part = bytes & ((UINT64_C(1) << shift) - 1); /* below 2^60: ten times that fits */
	tenths = whole * 10 + (part * 10 >> shift) + !!(part * 10 & ((UINT64_C(1) << shift) - 1));
	whole += !!part;
	if (tenths < 100)
		(void)snprintf(buf, CLI_SIZE_BUF, "%u.%u%c", (unsigned)tenths / 10,
			       (unsigned)tenths % 10, units[unit]);
	else if (whole == 1024 && units[unit + 1])
		(void)snprintf(buf, CLI_SIZE_BUF, "1.0%c", units[unit + 1]);
	else
		(void)snprintf(buf, CLI_SIZE_BUF, "%" PRIu64 "%c", whole, units[unit]);
	return buf;
}

char *cli_duration(uint64_t seconds, char buf[static CLI_SIZE_BUF])
{
	uint64_t h = seconds / 3600;
	unsigned m = (unsigned)(seconds / 60 % 60), s = (unsigned)(seconds % 60);

	if (h)
		(void)snprintf(buf, CLI_SIZE_BUF, "%" PRIu64 ":%02u:%02u", h, m, s);
	else
		(void)snprintf(buf, CLI_SIZE_BUF, "%u:%02u", m, s);
	return buf;
}

unsigned cli_terminal_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws = { 0 };
	unsigned long value;
	char *end;

	if (columns && *columns >= '0' && *columns <= '9') {
		value = strtoul(columns, &end, 10);
		if (!*end && value > 0 && value <= 1000000)
			return (unsigned)value;
	}
	if (ioctl(fd, TIOCGWINSZ, &ws) == 0 && ws.ws_col)
		return ws.ws_col;
	return 80;
}
