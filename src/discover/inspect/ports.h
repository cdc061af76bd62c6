/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ports.h - TCP and UDP sockets that wait for peers in a process's network namespace, as
 * /proc/PID/net lists them (proc_pid_net(5)); for nsps and nsinfo.
 *
 * Nothing of the container is asked: the kernel prints the tables. Their length is the container's
 * choice, so reading is bounded. Any thread.
 */
#ifndef NSV_DISCOVER_PORTS_H
#define NSV_DISCOVER_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sockets of one namespace, and bytes of one table: some 27,000 sockets. */
#define NSV_PORTS_MAX	    4096
#define NSV_PORTS_TABLE_MAX ((size_t)4 << 20)

struct nsv_port {
	bool udp;
	int family; /* AF_INET, AF_INET6 */
	uint8_t address[16];
	uint16_t port;
	uint32_t uid; /* the host's number */
	uint64_t inode;
};

struct nsv_ports {
	struct nsv_port *list; /* malloc'd; sorted: TCP first, then by port, family and address */
	size_t n;
	bool cut; /* there may be more */
};

/*
 * Of the process directory @dir. 0, or -errno: -ESRCH or -ENOENT it has ended, -ENOMEM. The caller
 * frees *ret with nsv_ports_done().
 */
int nsv_ports_read(int procfs, const char *dir, struct nsv_ports *ret);
/*
 * The same where nsv_ports_ask() told those of TCP already: @tcp_take is emptied. The tables of UDP
 * are short.
 */
int nsv_ports_read_rest(int procfs, const char *dir, struct nsv_ports *tcp_take,
			struct nsv_ports *ret);
/*
 * Sockets of TCP that listen in the calling thread's network namespace, in any order; uid is as the
 * caller's user namespace numbers it. 0, or -errno: the kernel may have no sock_diag(7), may not
 * list TCP or IPv6 through it, or the list changed while it was read: read the tables instead. The
 * kernel loads its module for this if need be.
 */
int nsv_ports_ask(struct nsv_ports *ret);
void nsv_ports_done(struct nsv_ports *ports);

/* A line of such a table: false if it is no socket that waits. For tests. */
bool nsv_port_parse(const char *line, bool udp, struct nsv_port *ret);

#endif
