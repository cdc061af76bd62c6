/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* time_text.c - a time as JSON shows it, without libc's time zones. */
#include "base/time_text.h"

#include <stdint.h>
#include <string.h>

static char *put_digits(char *out, uint64_t value, unsigned digits)
{
	for (unsigned i = digits; i-- > 0; value /= 10)
		out[i] = (char)('0' + value % 10);
	return out + digits;
}

bool nsv_has_time_text(struct timespec t)
{
	const int64_t first = -62135596800, last = 253402300799; /* the years 1 to 9999 */

	return t.tv_sec >= first && t.tv_sec <= last && t.tv_nsec >= 0 && t.tv_nsec < 1000000000;
}

/* Four times for each file: strftime(3) would be most of the cost. The calendar repeats every 400
 * years, which begin with March here, so that leap days are last. */
char *nsv_time_text(struct timespec t, char buf[static NSV_TIME_TEXT])
{
	int64_t sec = nsv_has_time_text(t) ? t.tv_sec : 0;
	uint64_t s = (uint64_t)(sec + 719468LL * 86400), days = s / 86400;
	uint64_t era = days / 146097, day = days % 146097, year, month;
	char *p = buf;

	s %= 86400;
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	year += era * 400 + (month >= 10);
	p = put_digits(p, year, 4);
	*p++ = '-';
	p = put_digits(p, month < 10 ? month + 3 : month - 9, 2);
	*p++ = '-';
	p = put_digits(p, day + 1, 2);
	*p++ = 'T';
	p = put_digits(p, s / 3600, 2);
	*p++ = ':';
	p = put_digits(p, s / 60 % 60, 2);
	*p++ = ':';
	p = put_digits(p, s % 60, 2);
	*p++ = '.';
	p = put_digits(p, (uint64_t)t.tv_nsec, 9);
	memcpy(p, "+00:00", 7);
	return buf;
}
