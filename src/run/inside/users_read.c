/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * users_read.c - reads a container's passwd(5) and group(5) in a child process with a time limit.
 *
 * Defends against: links to files of the host, devices, FIFOs, endless files, file systems that
 * hang. Paths go through reach, and only regular files of a limited length are read. No locks; the
 * process has one thread.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <nsview/root.h>

#include "reach/helper.h"
#include "reach/message.h"
#include "reach/util.h"
#include "run/inside/users.h"

static const char *const paths[] = { "/etc/passwd", "/etc/group" };

/* A text of at most the limit, or NULL. */
static char *read_file(struct nsv_root *root, const char *path, size_t *ret_len)
{
	nsv_autofd int fd = nsv_root_open_file(root, path, 0, NULL, NULL);
	nsv_autofree char *text = fd < 0 ? NULL : malloc(NSV_USERS_FILE_MAX + 1);
	size_t used = 0;
	ssize_t n = 1;

	while (text && used <= NSV_USERS_FILE_MAX &&
	       (n = read(fd, text + used, NSV_USERS_FILE_MAX + 1 - used)) > 0)
		used += (size_t)n;
	*ret_len = used;
	return n != 0 ? NULL : nsv_steal_ptr(text);
}

static void send_files(struct nsv_target *target, int sock)
{
	struct nsv_root *root = NULL;

	if (nsv_root_open(target, NSV_VIA_AUTO, &root, NULL) < 0)
		return;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(paths); i++) {
		size_t len = 0;
		nsv_autofree char *text = read_file(root, paths[i], &len);
		int64_t head = text ? (int64_t)len : -1;

		if (nsv_send_all(sock, &head, sizeof(head)) < 0 ||
		    (text && nsv_send_all(sock, text, len) < 0))
			break;
	}
	(void)nsv_root_free(root);
}

static int receive(int sock, int64_t deadline, char **ret)
{
	nsv_autofree char *text = NULL;
	int64_t len;
	int r = nsv_recv_all(sock, &len, sizeof(len), deadline);

	if (r < 0 || len < 0)
		return r;
	if ((size_t)len > NSV_USERS_FILE_MAX)
		return -E2BIG;
	text = malloc((size_t)len + 1);
	if (!text)
		return -ENOMEM;
	r = nsv_recv_all(sock, text, (size_t)len, deadline);
	if (r < 0)
		return r;
	text[len] = '\0';
	/* What is behind a NUL can't be a line of such a file. */
	*ret = nsv_steal_ptr(text);
	return 0;
}

static int receive_both(int sock, struct nsv_users *ret)
{
	int64_t deadline = nsv_now_ms() + NSV_USERS_SECONDS * 1000L;
	int r = receive(sock, deadline, &ret->passwd);

	return r < 0 ? r : receive(sock, deadline, &ret->group);
}

int nsv_users_read(struct nsv_target *target, struct nsv_users *ret, struct nsv_error *e)
{
	struct nsv_helper h = NSV_HELPER_NONE;
	int socks[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ROOT, "%s", strerror(errno));
	/* Not a helper that joins namespaces: it does what this process would do, only with a
	 * limit of time, and starts such a helper itself where one is needed. */
	h.pid = fork();
	if (h.pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)prctl(PR_SET_DUMPABLE, 0);
		nsv_close(socks[0]);
		send_files(target, socks[1]);
		_exit(0);
	}
	r = h.pid < 0 ? -errno : 0;
	nsv_close(socks[1]);
	if (r == 0) {
		h.pidfd = (int)syscall(SYS_pidfd_open, h.pid, 0);
		r = receive_both(socks[0], ret);
		(void)nsv_helper_end(&h, NSV_HELPER_END_MS);
	}
	nsv_close(socks[0]);
	if (r == -ETIMEDOUT)
		return nsv_error_set(e, ETIMEDOUT, NSV_STAGE_ROOT,
				     "its /etc/passwd can't be read in %d s", NSV_USERS_SECONDS);
	/* Not readable at all: numbers still do. */
	if (r == -ECONNRESET)
		r = 0;
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_ROOT, "its /etc/passwd: %s", strerror(-r))
		     : 0;
}
