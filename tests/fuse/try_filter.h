/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * try_filter.h - holds a filter against lists: each call that there is, tried by itself in a child,
 * is let through or refused as the lists say.
 */
#ifndef NSV_TESTS_TRY_FILTER_H
#define NSV_TESTS_TRY_FILTER_H

#include <stdbool.h>
#include <stddef.h>

/* A call that depends on one argument; all others are -1. */
struct tried_argument {
	const char *name;
	unsigned long value;
	unsigned argument;
	bool passes;
};

struct tried_filter {
	int (*load)(void);	/* in the child: 0, or it failed */
	const char *const *may; /* names that pass with all arguments -1 */
	size_t n_may;
	/* These names are tried with these arguments only. */
	const struct tried_argument *arguments;
	size_t n_arguments;
};

/* How many differ from the lists; each is printed. As root only. */
unsigned try_filter(const struct tried_filter *filter);

#endif
