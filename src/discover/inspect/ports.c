/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ports.c - reads the four tables of sockets in /proc/PID/net. See ports.h.
 *
 * Defends against: a container with hundreds of thousands of sockets. The kernel lists those of TCP
 * that listen before all others, so a bound on the bytes loses none of them.
 */
#include "discover/inspect/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "reach/proc.h"
#include "reach/util.h"

#define CHUNK ((size_t)16 * 1024)

/* States as the kernel numbers them: a UDP socket without a peer is "closed". */
#define TCP_LISTENS 0x0A
#define UDP_WAITS   0x07

bool nsv_port_parse(const char *line, bool udp, struct nsv_port *ret)
{
	unsigned port, remote_port, state;
	char local[33], remote[33];
	struct nsv_port p = { .udp = udp };
	uint32_t words[4] = { 0 };
	size_t n;

	if (sscanf(line,
		   " %*u: %32[0-9A-Fa-f]:%x %32[0-9A-Fa-f]:%x %x %*x:%*x %*x:%*x %*x %" SCNu32
		   " %*u %" SCNu64,
		   local, &port, remote, &remote_port, &state, &p.uid, &p.inode) != 7)
		return false;
	n = strlen(local);
	if ((n != 8 && n != 32) || port > UINT16_MAX || remote_port != 0 ||
	    state != (udp ? UDP_WAITS : TCP_LISTENS))
		return false;
	/* Words of 32 bits in the machine's order, each in hex. */
	for (size_t i = 0; i < n / 8; i++)
		(void)sscanf(local + 8 * i, "%8" SCNx32, &words[i]);
	memcpy(p.address, words, n / 2);
	p.family = n == 8 ? AF_INET : AF_INET6;
	p.port = (uint16_t)port;
	*ret = p;
	return true;
}

struct table {
	struct nsv_ports *ports;
	size_t room;
	bool udp;
	bool past; /* a socket of TCP that does not listen was seen: no other follows */
};

static int take_line(struct table *t, const char *line)
{
	struct nsv_ports *p = t->ports;
	struct nsv_port port;

	if (!nsv_port_parse(line, t->udp, &port)) {
		t->past = !t->udp && strstr(line, "local_address") == NULL;
		return 0;
	}
	if (p->n == NSV_PORTS_MAX) {
		p->cut = true;
		return -E2BIG;
	}
	if (p->n == t->room) {
		size_t room = t->room ? 2 * t->room : 16;
		struct nsv_port *list = reallocarray(p->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		p->list = list;
		t->room = room;
	}
	p->list[p->n++] = port;
	return 0;
}

/* Takes the whole lines of @text and keeps the rest. Returns its length, or -errno. */
static ssize_t take_lines(struct table *t, char *text)
{
	char *end;

	while ((end = strchr(text, '\n'))) {
		int r;

		*end = '\0';
		r = take_line(t, text);
		if (r < 0)
			return r;
		text = end + 1;
	}
	return (ssize_t)strlen(text);
}

static int read_table(int fd, struct table *t)
{
	nsv_autofree char *buf = malloc(CHUNK + 1);
	size_t used = 0, total = 0;
	ssize_t n, left;

	if (!buf)
		return -ENOMEM;
	for (;;) {
		n = read(fd, buf + used, CHUNK - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		used += (size_t)n;
		buf[used] = '\0';
		left = take_lines(t, buf);
		if (left < 0)
			return left == -E2BIG ? 0 : (int)left;
		memmove(buf, buf + used - (size_t)left, (size_t)left);
		used = (size_t)left;
		total += (size_t)n;
		/* No line is that long. */
		if (used == CHUNK || (total >= NSV_PORTS_TABLE_MAX && !t->past)) {
			t->ports->cut = true;
			return 0;
		}
		if (total >= NSV_PORTS_TABLE_MAX)
			return 0;
	}
}

static int by_port(const void *a, const void *b)
{
	const struct nsv_port *x = a, *y = b;

	if (x->udp != y->udp)
		return x->udp - y->udp;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	return memcmp(x->address, y->address, sizeof(x->address));
}

/* From the table @first on; adds to @ports, which it takes. */
static int read_tables(int procfs, const char *dir, size_t first, struct nsv_ports ports,
		       struct nsv_ports *ret)
{
	static const char *const names[] = { "tcp", "tcp6", "udp", "udp6" };
	struct table t = { .ports = &ports, .room = ports.n };
	int r = 0;

	for (size_t i = first; r == 0 && i < NSV_ARRAY_SIZE(names); i++) {
		nsv_autofd int fd = NSV_FD_NONE;
		char path[NSV_PROCESS_DIR + 16];

		(void)snprintf(path, sizeof(path), "%s/net/%s", dir, names[i]);
		fd = openat(procfs, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0) {
			/* A kernel without IPv6 has no such table. */
			r = errno == ENOENT && i % 2 ? 0 : -errno;
			continue;
		}
		t.udp = i >= 2;
		t.past = false;
		r = read_table(fd, &t);
	}
	if (r < 0) {
		nsv_ports_done(&ports);
		return r;
	}
	if (ports.n)
		qsort(ports.list, ports.n, sizeof(*ports.list), by_port);
	*ret = ports;
	return 0;
}

int nsv_ports_read(int procfs, const char *dir, struct nsv_ports *ret)
{
	return read_tables(procfs, dir, 0, (struct nsv_ports){ 0 }, ret);
}

int nsv_ports_read_rest(int procfs, const char *dir, struct nsv_ports *tcp_take,
			struct nsv_ports *ret)
{
	struct nsv_ports tcp = *tcp_take;

	*tcp_take = (struct nsv_ports){ 0 };
	return read_tables(procfs, dir, 2, tcp, ret);
}

void nsv_ports_done(struct nsv_ports *ports)
{
	free(ports->list);
	*ports = (struct nsv_ports){ 0 };
}
