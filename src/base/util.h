/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * util.h - cleanup attributes for fds and heap memory, transfer of ownership, array size and
 * minimum; for every room. Header only, no state.
 */
#ifndef NSV_BASE_UTIL_H
#define NSV_BASE_UTIL_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define NSV_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The initial value of an fd variable: negative, and an error if returned. */
#define NSV_FD_NONE (-EBADF)

/* Closes once and keeps errno: Linux frees the fd even if close(2) fails. */
static inline void nsv_close(int fd)
{
	if (fd >= 0) {
		int saved = errno;

		(void)close(fd);
		errno = saved;
	}
}

static inline void nsv_close_p(int *fd)
{
	nsv_close(*fd);
	*fd = NSV_FD_NONE;
}

static inline void nsv_free_p(void *p)
{
	void **pp = p;

	free(*pp);
	*pp = NULL;
}

/*
 * Free a local variable at the end of its scope: nsv_autofd int fd = NSV_FD_NONE; "unused": clang
 * reports a variable that exists only for its cleanup.
 */
#define nsv_autofd   __attribute__((cleanup(nsv_close_p), unused))
#define nsv_autofree __attribute__((cleanup(nsv_free_p), unused))

static inline int nsv_steal_fd(int *fd)
{
	int taken = *fd;

	*fd = NSV_FD_NONE;
	return taken;
}

#define nsv_steal_ptr(p)                     \
	({                                   \
		__typeof__(p) *_pp = &(p);   \
		__typeof__(p) _taken = *_pp; \
		*_pp = NULL;                 \
		_taken;                      \
	})

#define nsv_min(a, b)                   \
	({                              \
		__typeof__(a) _a = (a); \
		__typeof__(b) _b = (b); \
		_a < _b ? _a : _b;      \
	})

#define nsv_max(a, b)                   \
	({                              \
		__typeof__(a) _a = (a); \
		__typeof__(b) _b = (b); \
		_a > _b ? _a : _b;      \
	})

#endif
