/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * message.c - a text that was spooled, as one piece of memory. Lists of millions of files are in an
 * unlinked file of our own, which nobody else can shorten; mapped, they use no memory of ours.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include "collect/sign/sign.h"

int nsv_message_open(struct nsv_text *t, struct nsv_message *ret)
{
	struct nsv_message m = { .bytes = (const unsigned char *)"" };
	int r = nsv_text_flush(t);

	if (r < 0)
		return r;
	if (t->size > SIZE_MAX / 2)
		return -EFBIG;
	m.len = (size_t)t->size;
	if (m.len && t->spool.fd >= 0) {
		m.map = mmap(NULL, m.len, PROT_READ, MAP_PRIVATE, t->spool.fd, 0);
		if (m.map == MAP_FAILED)
			return -errno;
		m.bytes = m.map;
	} else if (m.len) {
		m.bytes = (const unsigned char *)t->spool.mem;
	}
	*ret = m;
	return 0;
}

void nsv_message_close(struct nsv_message *m)
{
	if (m->map)
		(void)munmap(m->map, m->len);
	*m = (struct nsv_message){ 0 };
}
