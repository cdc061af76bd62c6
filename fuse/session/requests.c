/* SPDX-License-Identifier: GPL-2.0-or-later */
/* requests.c - reads raw request headers, and refuses requests. No state. */
#include "fuse/session/requests.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <linux/fuse.h>

static const struct fuse_in_header *header_of(const struct fuse_buf *buf)
{
	return buf->flags & FUSE_BUF_IS_FD || buf->size < sizeof(struct fuse_in_header) ? NULL
											: buf->mem;
}

uint64_t request_number(const struct fuse_buf *buf)
{
	const struct fuse_in_header *in = header_of(buf);

	if (!in)
		return 0;
	switch (in->opcode) {
	case FUSE_INIT:
	case FUSE_DESTROY:
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		return 0;
	default:
		return in->unique;
	}
}

bool request_is_own(const struct fuse_buf *buf, pid_t pid, const pid_t *helpers, size_t n)
{
	const pid_t asker = request_number(buf) ? (pid_t)header_of(buf)->pid : 0;
	pid_t session;
	bool own;

	if (!asker)
		return false;
	own = syscall(SYS_tgkill, pid, asker, 0) == 0;
	session = own ? 0 : getsid(asker);
	for (size_t i = 0; !own && session > 0 && i < n; i++)
		own = helpers[i] == session;
	return own;
}

void request_refuse(int fd, uint64_t number, int err)
{
	const struct fuse_out_header out = { .len = sizeof(out), .error = -err, .unique = number };

	(void)!write(fd, &out, sizeof(out));
}
