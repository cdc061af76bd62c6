/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sized.c - copies structs between a program and a library of different ages. No locks. */
#include "reach/sized.h"

#include <errno.h>
#include <string.h>

/* A size beyond this was never set. */
#define SIZE_MOST 4096

static size_t size_of(const void *s)
{
	size_t size;

	memcpy(&size, s, sizeof(size));
	return size;
}

bool nsv_sized_is_set(const void *s)
{
	size_t size = size_of(s);

	return size >= sizeof(size) && size <= SIZE_MOST;
}

int nsv_sized_take(void *to, size_t known, const void *from)
{
	size_t size = size_of(from);
	const char *bytes = from;

	if (size < sizeof(size))
		return -EINVAL;
	if (size > SIZE_MOST)
		return -E2BIG;
	for (size_t i = known; i < size; i++)
		if (bytes[i])
			return -E2BIG;
	memset(to, 0, known);
	memcpy(to, from, size < known ? size : known);
	memcpy(to, &known, sizeof(known));
	return 0;
}

int nsv_sized_give(void *to, const void *from, size_t known)
{
	size_t size = size_of(to), both = size < known ? size : known;

	if (!nsv_sized_is_set(to))
		return -EINVAL;
	memcpy((char *)to + sizeof(size), (const char *)from + sizeof(size), both - sizeof(size));
	memset((char *)to + both, 0, size - both);
	return 0;
}
