/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz.h - what every fuzz target stands on. A target is one function that gets any bytes;
 * libFuzzer calls it (scripts/fuzz), or replay.c with the files of its corpus. Header only.
 */
#ifndef NSV_TESTS_FUZZ_H
#define NSV_TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's name for it. Returns 0; aborts where something is not as it has to be. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(x)                                                                         \
	do {                                                                                  \
		if (!(x)) {                                                                   \
			(void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x); \
			abort();                                                              \
		}                                                                             \
	} while (0)

/* A terminated copy, malloc'd, without a spare byte: a sanitizer sees each step beyond it. */
static inline char *fuzz_text(const void *data, size_t size)
{
	char *text = malloc(size + 1);

	FUZZ_CHECK(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
