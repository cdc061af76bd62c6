/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * analysis.h - what clang-tidy can't know and is told before each file: a call that
 * failed has left errno above 0, and nsv_error_set() returns -err. Without that it
 * follows paths on which `return -errno` means success and outputs are unset.
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

/* Not where it is defined. */
#ifndef NSV_ANALYSIS_OF_ERROR_C
#define nsv_error_set(e, err, ...) (nsv_error_set((e), (err), __VA_ARGS__), -(err))
#endif
