/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listeners.c - sockets that wait for peers, and which process of the container has each of them:
 * by the socket's inode number, which the links in /proc/PID/fd show.
 *
 * Defends against: containers with very many sockets, processes and fds (both are bounded, and what
 * is left out is said). Reading such a link asks no file system anything. No locks: one thread.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "discover/inspect/inspector.h"
#include "discover/inspect/ports.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define FDS_MAX ((size_t)1 << 18)

struct holder {
	uint64_t inode;
	size_t port; /* index in the list */
	pid_t pid;
	int fd;
};

struct search {
	struct nsv_inspector *in;
	struct holder *holders; /* sorted by inode */
	size_t n, found, fds;
	int err; /* of the last process whose fds can't be read */
};

static int by_inode(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static void take_link(struct search *s, int dir, const char *name, pid_t pid)
{
	char link[64];
	struct holder key, *h;
	uint64_t fd;
	ssize_t n;

	if (nsv_parse_u64(name, INT32_MAX, &fd) < 0)
		return;
	s->fds++;
	n = readlinkat(dir, name, link, sizeof(link) - 1);
	if (n < 0 || strncmp(link, "socket:[", 8) != 0)
		return;
	link[n] = '\0';
	link[strcspn(link, "]")] = '\0';
	if (nsv_parse_u64(link + 8, UINT64_MAX, &key.inode) < 0)
		return;
	h = bsearch(&key, s->holders, s->n, sizeof(*h), by_inode);
	/* The first process, the lowest fd: children have the same sockets. */
	if (!h || h->pid)
		return;
	h->pid = pid;
	h->fd = (int)fd;
	s->found++;
}

static bool is_done(const struct search *s)
{
	return s->found >= s->n || s->fds >= FDS_MAX;
}

static void look_at_process(struct search *s, const char *process, pid_t pid)
{
	char path[NSV_PROCESS_DIR + 8];
	struct dirent *entry;
	DIR *dir;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/fd", process);
	fd = openat(s->in->target->procfs, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (!nsv_process_gone(-errno))
			s->err = errno;
		nsv_close(fd);
		return;
	}
	while (!is_done(s) && (entry = readdir(dir)))
		take_link(s, dirfd(dir), entry->d_name, pid);
	(void)closedir(dir);
}

static void look_at(struct search *s, pid_t pid)
{
	const struct nsv_target *t = s->in->target;
	char process[NSV_PROCESS_DIR];
	uint64_t mntns;

	if (nsv_process_mntns(t->procfs, pid, process, &mntns) == 0 && mntns == t->mntns_ino)
		look_at_process(s, process, pid);
}

/* Each process of the container, until every socket has one. */
static void look_at_all(struct search *s)
{
	const struct nsv_target *t = s->in->target;
	struct dirent *entry;
	DIR *dir;
	int fd;

	/* nsv_inspect_members() has looked for them already. */
	for (size_t n = 0; !is_done(s) && n < s->in->i.n_members; n++)
		look_at(s, s->in->lists.members[n].pid);
	if (is_done(s) || s->in->i.n_members)
		return;
	fd = openat(t->procfs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		s->err = errno;
		nsv_close(fd);
		return;
	}
	while (!is_done(s) && (entry = readdir(dir))) {
		uint64_t pid;

		if (nsv_parse_u64(entry->d_name, INT32_MAX, &pid) == 0)
			look_at(s, (pid_t)pid);
	}
	(void)closedir(dir);
}

static int show(struct nsv_inspector *in, const struct nsv_port *p, const struct holder *h,
		struct nsv_listener *to)
{
	struct nsv_process_stat stat;
	char dir[16];

	*to = (struct nsv_listener){
		.protocol = p->udp ? "udp" : "tcp",
		.family = p->family,
		.port = p->port,
		.uid = p->uid,
		.pid = h->pid,
		.fd = h->pid ? h->fd : -1,
	};
	if (!inet_ntop(p->family, p->address, to->text, sizeof(to->text)))
		return -EINVAL;
	if (!h->pid)
		return 0;
	(void)snprintf(dir, sizeof(dir), "%d", (int)h->pid);
	if (nsv_process_stat(in->target->procfs, dir, &stat) < 0)
		return 0;
	to->program = nsv_arena_str(&in->arena, stat.comm);
	return to->program ? 0 : -ENOMEM;
}

static int show_all(struct search *s, const struct nsv_ports *ports)
{
	struct nsv_inspector *in = s->in;
	struct nsv_listener *list = nsv_arena_alloc(&in->arena, (s->n + 1) * sizeof(*list));
	nsv_autofree const struct holder **of = calloc(s->n + 1, sizeof(struct holder *));
	size_t n = 0;
	int r = list && of ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < s->n; i++)
		of[s->holders[i].port] = &s->holders[i];
	for (size_t i = 0; r == 0 && i < s->n; i++)
		/* The host's network is everybody's: its other sockets are not this container's. */
		if (of[i]->pid || !in->lists.ns[NSV_NS_NET].host)
			r = show(in, &ports->list[i], of[i], &list[n++]);
	if (r == 0) {
		in->lists.listeners = list;
		in->i.n_listeners = n;
	}
	return r;
}

static int find(struct search *s, const struct nsv_ports *ports)
{
	int r = 0;

	s->n = ports->n;
	s->holders = calloc(s->n + 1, sizeof(*s->holders));
	if (!s->holders)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++)
		s->holders[i] = (struct holder){ .inode = ports->list[i].inode, .port = i };
	if (s->n)
		qsort(s->holders, s->n, sizeof(*s->holders), by_inode);
	look_at_all(s);
	if (ports->cut)
		r = nsv_inspect_missing(s->in, "ports", 0, "too many: the rest is left out");
	if (r == 0 && s->fds >= FDS_MAX)
		r = nsv_inspect_missing(s->in, "processes of ports", 0,
					"too many open files: the rest is not looked at");
	if (r == 0 && s->err)
		r = nsv_inspect_missing(s->in, "processes of ports", s->err, NULL);
	return r < 0 ? r : show_all(s, ports);
}

int nsv_inspect_listeners(struct nsv_inspector *in)
{
	struct search s = { .in = in };
	struct nsv_ports ports;
	int procdir = in->target->procdir;
	int r = in->tcp_known ? nsv_ports_read_rest(procdir, ".", &in->tcp, &ports)
			      : nsv_ports_read(procdir, ".", &ports);

	if (r < 0)
		return r == -ENOMEM ? r : nsv_inspect_missing(in, "ports", r, NULL);
	r = find(&s, &ports);
	free(s.holders);
	nsv_ports_done(&ports);
	return r;
}
