/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* text.c - small appends gathered into large ones. See text.h. */
#include "collect/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reach/util.h"

int nsv_text_flush(struct nsv_text *t)
{
	if (t->err == 0 && t->used) {
		t->err = nsv_spool_write(&t->spool, t->size - t->used, t->buf, t->used);
		t->used = 0;
	}
	return t->err;
}

void nsv_text_put_rest(struct nsv_text *t, const void *data, size_t len)
{
	const char *p = data;

	if (!t->buf && t->err == 0) {
		t->buf = malloc(NSV_TEXT_BUFFER);
		t->err = t->buf ? 0 : -ENOMEM;
	}
	while (len > 0 && t->err == 0) {
		size_t n = nsv_min(len, NSV_TEXT_BUFFER - t->used);

		memcpy(t->buf + t->used, p, n);
		t->used += n;
		t->size += n;
		p += n;
		len -= n;
		if (t->used == NSV_TEXT_BUFFER)
			(void)nsv_text_flush(t);
	}
}

void nsv_text_digits(struct nsv_text *t, uint64_t value, unsigned base, unsigned digits)
{
	char text[24];
	size_t at = sizeof(text);

	while (value || sizeof(text) - at < digits) {
		text[--at] = (char)('0' + (base == 8 ? value & 7 : value % 10));
		value = base == 8 ? value >> 3 : value / 10;
	}
	nsv_text_put(t, text + at, sizeof(text) - at);
}

void nsv_text_number(struct nsv_text *t, uint64_t value)
{
	nsv_text_digits(t, value, 10, 1);
}

void nsv_text_signed(struct nsv_text *t, int64_t value)
{
	if (value < 0)
		nsv_text_put(t, "-", 1);
	nsv_text_number(t, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void nsv_text_printf(struct nsv_text *t, const char *fmt, ...)
{
	char small[512];
	nsv_autofree char *heap = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n < sizeof(small)) {
		nsv_text_put(t, small, (size_t)n);
		return;
	}
	va_start(ap, fmt);
	n = vasprintf(&heap, fmt, ap);
	va_end(ap);
	if (n < 0) {
		heap = NULL;
		t->err = t->err ? t->err : -ENOMEM;
		return;
	}
	nsv_text_put(t, heap, (size_t)n);
}

int64_t nsv_text_read(const struct nsv_text *t, uint64_t off, void *buf, size_t len)
{
	size_t n;
	int r;

	if (t->err < 0)
		return t->err;
	if (off >= t->size)
		return 0;
	n = (size_t)nsv_min((uint64_t)len, t->size - off);
	r = nsv_spool_read(&t->spool, off, buf, n);
	return r < 0 ? r : (int64_t)n;
}

void nsv_text_free(struct nsv_text *t)
{
	nsv_spool_free(&t->spool);
	nsv_free_p(&t->buf);
	t->used = 0;
	t->size = 0;
}
