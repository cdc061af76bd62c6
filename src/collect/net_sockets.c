/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net_sockets.c - sockets as /proc/PID/net tells (proc_pid_net(5)), line by line; those of
 * vsock(7), which it does not have, by sock_diag(7).
 */
#include "collect/net_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sock_diag.h>
#include <linux/vm_sockets_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#ifndef AF_VSOCK
#define AF_VSOCK 40
#endif

struct put {
	struct nsv_collection *c;
	struct nsv_jout *j;
	bool ours;
	const char *protocol;
};

/* Begins a socket's object, or leaves it out. */
static bool begin(struct put *p, const char *family, uint64_t inode)
{
	if (p->ours && !nsv_sockets_has(p->c->sockets, inode))
		return false;
	nsv_jout_begin(p->j, NULL, '{');
	nsv_jout_text(p->j, "family", family);
	nsv_jout_text(p->j, "protocol", p->protocol);
	nsv_jout_u64(p->j, "inode", inode);
	return true;
}

static void end(struct put *p, uint64_t inode)
{
	nsv_sockets_put(p->c->sockets, inode, p->j);
	nsv_jout_end(p->j, '{');
}

/* Words of 32 bits in the machine's order, each in hex. */
static void put_ip(struct nsv_jout *j, const char *key, const char *hex)
{
	uint32_t words[4] = { 0 };
	char text[INET6_ADDRSTRLEN] = "";
	size_t n = strlen(hex) / 8;

	for (size_t i = 0; i < n && i < 4; i++)
		(void)sscanf(hex + 8 * i, "%8" SCNx32, &words[i]);
	(void)inet_ntop(n == 4 ? AF_INET6 : AF_INET, words, text, sizeof(text));
	nsv_jout_text(j, key, text);
}

static const char *tcp_state(unsigned state)
{
	static const char *const words[] = {
		"?",	      "established", "syn-sent",	"syn-received", "fin-wait-1",
		"fin-wait-2", "time-wait",   "close",		"close-wait",	"last-ack",
		"listen",     "closing",     "new-syn-received"
	};

	return state < NSV_ARRAY_SIZE(words) ? words[state] : "?";
}

static void put_inet(struct put *p, char *line)
{
	char local[33], remote[33];
	unsigned local_port, remote_port, state;
	uint64_t tx, rx, uid, inode;

	if (sscanf(line,
		   " %*u: %32[0-9A-Fa-f]:%x %32[0-9A-Fa-f]:%x %x %" SCNx64 ":%" SCNx64
		   " %*x:%*x %*x %" SCNu64 " %*u %" SCNu64,
		   local, &local_port, remote, &remote_port, &state, &tx, &rx, &uid, &inode) != 9)
		return;
	if (!begin(p, strlen(local) == 32 ? "inet6" : "inet", inode))
		return;
	put_ip(p->j, "local_address", local);
	nsv_jout_u64(p->j, "local_port", local_port);
	put_ip(p->j, "remote_address", remote);
	nsv_jout_u64(p->j, "remote_port", remote_port);
	nsv_jout_text(p->j, "state", tcp_state(state));
	nsv_jout_u64(p->j, "uid", uid);
	nsv_jout_u64(p->j, "send_queue", tx);
	nsv_jout_u64(p->j, "receive_queue", rx);
	end(p, inode);
}

static void put_unix(struct put *p, char *line)
{
	unsigned flags, type, state;
	uint64_t inode;
	int at = 0;

	if (sscanf(line, "%*x: %*x %*x %x %x %x %" SCNu64 " %n", &flags, &type, &state, &inode,
		   &at) < 4 ||
	    !begin(p, "unix", inode))
		return;
	nsv_jout_text(p->j, "type",
		      type == SOCK_STREAM  ? "stream"
		      : type == SOCK_DGRAM ? "datagram"
					   : "seqpacket");
	nsv_jout_bool(p->j, "listening", flags & 0x10000);
	nsv_jout_u64(p->j, "state", state);
	nsv_jout_text(p->j, "path", at && line[at] ? line + at : NULL);
	end(p, inode);
}

static void put_netlink(struct put *p, char *line)
{
	unsigned protocol, port, groups;
	uint64_t inode;

	if (sscanf(line, "%*x %u %u %x %*d %*d %*d %*d %*u %" SCNu64, &protocol, &port, &groups,
		   &inode) != 4 ||
	    !begin(p, "netlink", inode))
		return;
	nsv_jout_u64(p->j, "netlink_protocol", protocol);
	nsv_jout_u64(p->j, "port", port);
	nsv_jout_u64(p->j, "groups", groups);
	end(p, inode);
}

static void put_packet(struct put *p, char *line)
{
	unsigned type, protocol, interface, running;
	uint64_t uid, inode;

	if (sscanf(line, "%*x %*d %u %x %u %u %*u %" SCNu64 " %" SCNu64, &type, &protocol,
		   &interface, &running, &uid, &inode) != 6 ||
	    !begin(p, "packet", inode))
		return;
	nsv_jout_text(p->j, "type", type == SOCK_RAW ? "raw" : "datagram");
	nsv_jout_u64(p->j, "ethernet_protocol", protocol);
	nsv_jout_u64(p->j, "interface", interface);
	nsv_jout_bool(p->j, "running", running);
	nsv_jout_u64(p->j, "uid", uid);
	end(p, inode);
}

static void put_vsock(void *ctx, const struct nlmsghdr *h, const void *data, size_t len)
{
	const struct vsock_diag_msg *m = data;
	struct put *p = ctx;

	(void)h;
	if (len < sizeof(*m) || !begin(p, "vsock", m->vdiag_ino))
		return;
	nsv_jout_u64(p->j, "local_address", m->vdiag_src_cid);
	nsv_jout_u64(p->j, "local_port", m->vdiag_src_port);
	nsv_jout_u64(p->j, "remote_address", m->vdiag_dst_cid);
	nsv_jout_u64(p->j, "remote_port", m->vdiag_dst_port);
	nsv_jout_text(p->j, "state", tcp_state(m->vdiag_state));
	end(p, m->vdiag_ino);
}

static void read_file(struct put *p, int procfs, const char *dir, const char *name,
		      void (*put)(struct put *, char *), struct nsv_text *missing)
{
	nsv_autofree char *line = NULL;
	char path[64];
	size_t size = 0;
	FILE *f;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/net/%s", dir, name);
	fd = openat(procfs, path, O_RDONLY | O_CLOEXEC);
	f = fd < 0 ? NULL : fdopen(fd, "r");
	if (!f) {
		/* A kernel without that protocol has no such file. */
		if (errno != ENOENT)
			nsv_text_printf(missing, "%s: %s\n", name, strerrordesc_np(errno));
		nsv_close(fd);
		return;
	}
	p->protocol = name;
	if (getline(&line, &size, f) > 0)
		while (getline(&line, &size, f) > 0) {
			line[strcspn(line, "\n")] = '\0';
			put(p, line);
		}
	(void)fclose(f);
}

void nsv_net_sockets_put(struct nsv_collection *c, struct nsv_jout *j, const char *dir,
			 const struct nsv_netlink *n, bool ours, struct nsv_text *missing)
{
	static const struct {
		const char *name;
		void (*put)(struct put *, char *);
	} files[] = {
		{ "tcp", put_inet },	  { "tcp6", put_inet },	   { "udp", put_inet },
		{ "udp6", put_inet },	  { "udplite", put_inet }, { "udplite6", put_inet },
		{ "raw", put_inet },	  { "raw6", put_inet },	   { "icmp", put_inet },
		{ "icmp6", put_inet },	  { "unix", put_unix },	   { "netlink", put_netlink },
		{ "packet", put_packet },
	};
	const struct vsock_diag_req q = { .sdiag_family = AF_VSOCK, .vdiag_states = ~0U };
	struct put p = { .c = c, .j = j, .ours = ours };
	int r;

	nsv_jout_begin(j, "sockets", '[');
	for (size_t i = 0; i < NSV_ARRAY_SIZE(files); i++)
		read_file(&p, c->target->procfs, dir, files[i].name, files[i].put, missing);
	p.protocol = "vsock";
	r = nsv_netlink_dump(n->diag, SOCK_DIAG_BY_FAMILY, &q, sizeof(q), put_vsock, &p);
	nsv_jout_end(j, '[');
	if (r < 0)
		nsv_text_printf(missing, "vsock: %s\n",
				r == -ENOENT ? "the kernel has no vsock_diag"
					     : strerrordesc_np(-r));
}
