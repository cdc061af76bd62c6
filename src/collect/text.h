/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * text.h - a member of the package that is made up while the collection runs: appended to in small
 * pieces, kept in memory while it is short and in an unlinked file afterwards (copy/spool.h).
 *
 * The first failure is remembered and later calls do nothing, so that a writer asks once, at the
 * end. No locks: one thread.
 */
#ifndef NSV_COLLECT_TEXT_H
#define NSV_COLLECT_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "copy/spool.h"

struct nsv_text {
	struct nsv_spool spool;
	char *buf;
	size_t used;
	uint64_t size; /* of all */
	int err;       /* 0 or the first -errno */
};

#define NSV_TEXT_INIT                   \
	{                               \
		.spool = NSV_SPOOL_INIT \
	}

#define NSV_TEXT_BUFFER ((size_t)32 * 1024)

/* For nsv_text_put(): what does not go into the buffer. */
void nsv_text_put_rest(struct nsv_text *t, const void *data, size_t len);

static inline void nsv_text_put(struct nsv_text *t, const void *data, size_t len)
{
	if (t->buf && t->err == 0 && len < NSV_TEXT_BUFFER - t->used) {
		memcpy(t->buf + t->used, data, len);
		t->used += len;
		t->size += len;
	} else {
		nsv_text_put_rest(t, data, len);
	}
}

static inline void nsv_text_puts(struct nsv_text *t, const char *s)
{
	nsv_text_put(t, s, strlen(s));
}

void nsv_text_number(struct nsv_text *t, uint64_t value); /* in decimal */
void nsv_text_signed(struct nsv_text *t, int64_t value);
/* Of @digits digits at least, which may be zeroes in front; @base: 8 or 10. */
void nsv_text_digits(struct nsv_text *t, uint64_t value, unsigned base, unsigned digits);
void nsv_text_printf(struct nsv_text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Bytes at @off, which nsv_text_flush() has made readable: how many, 0 at the end, or -errno. */
int nsv_text_flush(struct nsv_text *t);
int64_t nsv_text_read(const struct nsv_text *t, uint64_t off, void *buf, size_t len);
void nsv_text_free(struct nsv_text *t);

#endif
