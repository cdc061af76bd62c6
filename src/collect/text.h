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

void nsv_text_put(struct nsv_text *t, const void *data, size_t len);
void nsv_text_puts(struct nsv_text *t, const char *s);
void nsv_text_number(struct nsv_text *t, uint64_t value); /* in decimal */
void nsv_text_printf(struct nsv_text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Bytes at @off, which nsv_text_flush() has made readable: how many, 0 at the end, or -errno. */
int nsv_text_flush(struct nsv_text *t);
int64_t nsv_text_read(const struct nsv_text *t, uint64_t off, void *buf, size_t len);
void nsv_text_free(struct nsv_text *t);

#endif
