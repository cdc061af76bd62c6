/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscat_bytes.c - copies an open file to stdout.
 *
 * If possible the kernel moves the bytes: copy_file_range(2) into a regular file (which shares
 * blocks if the file system can), splice(2) into a pipe, sendfile(2) into a socket. After an error
 * or an end of file, a read/write loop goes on at the same offset: the loop finds the true end of
 * files with a wrong st_size (procfs says 0), and distinguishes a failed read from a failed write.
 */
#include "nscat_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <unistd.h>

#define BUFFER_SIZE  (128UL * 1024)
#define CHUNK	     (1024UL * 1024 * 1024)
#define PIPE_SIZE    (1024L * 1024)
#define WORTH_MOVING (256L * 1024) /* below that, two system calls do it all */

int cat_output_init(struct cat_output *out, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fstat(fd, &out->st) < 0)
		return -errno;
	out->fd = fd;
	out->append = flags & O_APPEND;
	out->widened = false;
	return 0;
}

/* A larger pipe means fewer turns between the two processes; a refusal does no harm. */
static void widen_pipe(struct cat_output *out)
{
	if (!out->widened && fcntl(out->fd, F_GETPIPE_SZ) < PIPE_SIZE)
		(void)fcntl(out->fd, F_SETPIPE_SZ, PIPE_SIZE);
	out->widened = true;
}

/* Moves what the kernel is willing to move. Both offsets tell how far it came. */
static void move_in_kernel(struct cat_output *out, int in)
{
	ssize_t n;

	do {
		if (S_ISREG(out->st.st_mode))
			n = copy_file_range(in, NULL, out->fd, NULL, CHUNK, 0);
		else if (S_ISFIFO(out->st.st_mode))
			n = splice(in, NULL, out->fd, NULL, PIPE_SIZE, SPLICE_F_MORE);
		else
			n = sendfile(out->fd, in, NULL, CHUNK);
	} while (n > 0);
}

bool cat_write(int fd, const char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };

			if (poll(&p, 1, -1) < 0 && errno != EINTR)
				return false;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		buf += n;
		len -= (size_t)n;
	}
	return true;
}

static enum cat_result copy_by_hand(struct cat_output *out, int in)
{
	static char buf[BUFFER_SIZE] __attribute__((aligned(4096)));

	for (;;) {
		ssize_t n = read(in, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return CAT_READ_FAILED;
		if (n == 0)
			return CAT_OK;
		if (!cat_write(out->fd, buf, (size_t)n))
			return CAT_WRITE_FAILED;
	}
}

bool cat_is_output(const struct cat_output *out, const struct stat *st)
{
	return S_ISREG(out->st.st_mode) && out->st.st_dev == st->st_dev &&
	       out->st.st_ino == st->st_ino;
}

enum cat_result cat_bytes(struct cat_output *out, int in, const struct stat *st)
{
	mode_t type = out->st.st_mode & S_IFMT;

	if (st->st_size > 0 && cat_is_output(out, st))
		return CAT_SAME_FILE;
	if (st->st_size >= WORTH_MOVING && !out->append &&
	    (type == S_IFREG || type == S_IFIFO || type == S_IFSOCK)) {
		if (type == S_IFIFO)
			widen_pipe(out);
		move_in_kernel(out, in);
	}
	return copy_by_hand(out, in);
}
