/* SPDX-License-Identifier: GPL-2.0-or-later */
/* notify.c - one datagram to the service manager's socket, a path or an abstract name. No state. */
#include "fuse/daemon/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "reach/util.h"

int notify_connect(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *name = getenv("NOTIFY_SOCKET");
	nsv_autofd int fd = NSV_FD_NONE;
	size_t length;

	if (!name || !*name)
		return -ENODATA;
	length = strlen(name);
	if ((name[0] != '/' && name[0] != '@') || length < 2)
		return -EAFNOSUPPORT;
	if (length >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, name, length);
	if (name[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* The end of an abstract name is the address's end, that of a path its zero. */
	length += offsetof(struct sockaddr_un, sun_path) + (name[0] == '/');
	if (connect(fd, (struct sockaddr *)&to, (socklen_t)length) < 0)
		return -errno;
	return nsv_steal_fd(&fd);
}

int notify_ready(int sock)
{
	nsv_autofd int fd = sock;
	char state[64];

	if (fd < 0)
		return 0;
	(void)snprintf(state, sizeof(state), "READY=1\nMAINPID=%d", getpid());
	return send(fd, state, strlen(state), MSG_NOSIGNAL) < 0 ? -errno : 1;
}
