/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spool.c - keeps bytes in memory, and in an unlinked temporary file once they are many. No locks.
 */
#include "spool.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "reach/util.h"

int nsv_spool_tmpfile(void)
{
	const char *dirs[] = { secure_getenv("TMPDIR"), "/var/tmp", "/tmp" };
	char name[] = "nsview-spool";
	int fd;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(dirs); i++) {
		if (!dirs[i] || !*dirs[i])
			continue;
		fd = open(dirs[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
	}
	fd = memfd_create(name, MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int write_all(int fd, uint64_t off, const char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, buf, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* Moves the bytes from memory to a file. */
static int to_file(struct nsv_spool *s)
{
	nsv_autofd int fd = nsv_spool_tmpfile();
	int r = fd < 0 ? fd : write_all(fd, 0, s->mem, nsv_min(s->size, (uint64_t)s->mem_size));

	if (r < 0)
		return r;
	s->fd = nsv_steal_fd(&fd);
	nsv_free_p(&s->mem);
	s->mem_size = 0;
	return 0;
}

static int grow(struct nsv_spool *s, uint64_t want)
{
	size_t size = s->mem_size ? s->mem_size : 4096;
	char *mem;

	while (size < want)
		size *= 2;
	mem = realloc(s->mem, size);
	if (!mem)
		return -ENOMEM;
	memset(mem + s->mem_size, 0, size - s->mem_size);
	s->mem = mem;
	s->mem_size = size;
	return 0;
}

int nsv_spool_write(struct nsv_spool *s, uint64_t off, const void *buf, size_t len)
{
	uint64_t end = off + len;
	int r = 0;

	/* memcpy(3) must not see the NULL of a spool without memory. */
	if (len == 0)
		return 0;
	if (s->fd < 0 && end > NSV_SPOOL_MEMORY)
		r = to_file(s);
	else if (s->fd < 0 && end > s->mem_size)
		r = grow(s, end);
	if (r < 0)
		return r;
	if (s->fd < 0)
		memcpy(s->mem + off, buf, len);
	else
		r = write_all(s->fd, off, buf, len);
	if (r == 0 && end > s->size)
		s->size = end;
	return r;
}

int nsv_spool_read(const struct nsv_spool *s, uint64_t off, void *buf, size_t len)
{
	char *p = buf;

	if (len == 0)
		return 0;
	if (s->fd < 0) {
		uint64_t have = off < s->mem_size ? nsv_min(s->mem_size - off, (uint64_t)len) : 0;

		if (have)
			memcpy(p, s->mem + off, have);
		memset(p + have, 0, len - have);
		return 0;
	}
	while (len > 0) {
		ssize_t n = pread(s->fd, p, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0) {
			memset(p, 0, len);
			return 0;
		}
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

void nsv_spool_cut(struct nsv_spool *s, uint64_t size)
{
	s->size = nsv_min(s->size, size);
}

void nsv_spool_free(struct nsv_spool *s)
{
	nsv_free_p(&s->mem);
	nsv_close_p(&s->fd);
	s->mem_size = 0;
	s->size = 0;
}
