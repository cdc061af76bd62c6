/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* number.h - numbers in decimal digits and nothing else: no sign, no blanks. No state. */
#ifndef NSV_BASE_NUMBER_H
#define NSV_BASE_NUMBER_H

#include <errno.h>
#include <stdint.h>

/* Parses @s, decimal digits only. 0, -EINVAL, or -ERANGE above @max. */
static inline int nsv_parse_u64(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		unsigned digit = (unsigned)(unsigned char)*s - '0';

		if (digit > 9)
			return -EINVAL;
		if (v > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		v = v * 10 + digit;
		if (v > max)
			return -ERANGE;
	}
	*ret = v;
	return 0;
}

#endif
