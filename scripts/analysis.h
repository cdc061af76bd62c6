/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * analysis.h - tells clang-tidy, ahead of each file, that errno is positive after a failed call and
 * that nsv_error_set() returns -err. Otherwise the analyser follows paths on which `return -errno`
 * means success while outputs are unset.
 */
#include <errno.h>

#include <nsview/error.h>

static inline int *nsv_analysis_errno(void)
{
	int *p = __errno_location();

	if (*p <= 0)
		__builtin_unreachable();
	return p;
}
#undef errno
#define errno (*nsv_analysis_errno())

/* A definition can't be wrapped by a macro. */
#ifndef NSV_ANALYSIS_OF_ERROR_C
#define nsv_error_set(e, err, ...) (nsv_error_set((e), (err), __VA_ARGS__), -(err))
#endif
