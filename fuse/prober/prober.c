/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prober.c - the daemon's side: which workers there are, and what they are asked.
 *
 * A worker that was idle may have ended: then the next is asked, and last a new one. All requests
 * can be made twice.
 */
#include "fuse/prober/prober.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuse/prober/prober_process.h"
#include "fuse/prober/prober_wire.h"
#include "reach/message.h"
#include "reach/proc_reader.h"
#include "reach/userns.h"
#include "reach/util.h"

#define MAX_IDLE 4

struct prober {
	pthread_mutex_t lock;
	struct nsv_helper spawner;
	int sock; /* the spawner's */
	int idle[MAX_IDLE];
	unsigned n_idle;
};

struct call {
	struct prober_request rq;
	const void *items;
	size_t size; /* of all items */
	int fd;	     /* borrowed, or none */
	size_t most; /* bytes of the answer */
	/* Answered: the caller's, to be freed. */
	void *bytes;
	size_t n_bytes;
};

/* ---- workers ---- */

static int take_idle(struct prober *p)
{
	int sock = NSV_FD_NONE;

	(void)pthread_mutex_lock(&p->lock);
	if (p->n_idle)
		sock = p->idle[--p->n_idle];
	(void)pthread_mutex_unlock(&p->lock);
	return sock;
}

static void give_back(struct prober *p, int sock)
{
	(void)pthread_mutex_lock(&p->lock);
	if (p->n_idle < MAX_IDLE) {
		p->idle[p->n_idle++] = sock;
		sock = NSV_FD_NONE;
	}
	(void)pthread_mutex_unlock(&p->lock);
	nsv_close(sock);
}

static int start_worker(struct prober *p)
{
	struct nsv_packet rq = { .head = "", .head_len = 1, .n_fds = 1 };
	int socks[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	rq.fds = &socks[1];
	r = nsv_packet_send(p->sock, &rq);
	nsv_close(socks[1]);
	if (r == 0)
		return socks[0];
	nsv_close(socks[0]);
	return r;
}

static int ask(int sock, struct call *c)
{
	const struct nsv_packet asked = {
		.head = &c->rq, .head_len = sizeof(c->rq), .fds = &c->fd, .n_fds = c->fd >= 0
	};
	struct prober_answer a = { 0 };
	int r = nsv_packet_send(sock, &asked);

	if (r == 0)
		r = nsv_send_all(sock, c->items, c->size);
	if (r == 0)
		r = nsv_recv_all(sock, &a, sizeof(a), NSV_NO_DEADLINE);
	if (r < 0)
		return r == -EPIPE ? -ECONNRESET : r;
	if (a.result > 0 || a.size > c->most || (a.result < 0 && a.size))
		return -ECONNRESET;
	c->bytes = malloc(a.size + 1);
	if (!c->bytes)
		return -ENOMEM;
	c->n_bytes = a.size;
	r = nsv_recv_all(sock, c->bytes, a.size, NSV_NO_DEADLINE);
	if (r < 0) {
		free(nsv_steal_ptr(c->bytes));
		return r;
	}
	return a.result;
}

/* A worker is asked again only if it answered whole; @alone: a new one, that ends. */
static int request(struct prober *p, struct call *c, bool alone)
{
	bool fresh = false;
	int r = -ECONNRESET;

	while (r == -ECONNRESET && !fresh) {
		int sock = alone ? NSV_FD_NONE : take_idle(p);

		fresh = sock < 0;
		if (fresh)
			sock = start_worker(p);
		if (sock < 0)
			return -EAGAIN;
		r = ask(sock, c);
		if (!alone && c->bytes)
			give_back(p, sock);
		else
			nsv_close(sock);
	}
	if (r < 0)
		free(nsv_steal_ptr(c->bytes));
	return r == -ECONNRESET ? -EAGAIN : r;
}

/* ---- requests ---- */

int prober_scan(struct prober *p, int procfs, bool names, struct probe_list *ret)
{
	struct call c = { .rq = { .op = PROBER_SCAN, .n = names },
			  .fd = NSV_FD_NONE,
			  .most = PROBE_BYTES_MAX };
	char *bytes = NULL;
	size_t size = 0;
	int r;

	if (p) {
		r = request(p, &c, true);
		bytes = c.bytes;
		size = c.n_bytes;
	} else {
		r = probe_scan(procfs, names, &bytes, &size);
	}
	return r < 0 ? r : probe_list_read(bytes, size, ret);
}

int prober_look(struct prober *p, int procfs, pid_t pid, struct probe_look *ret)
{
	struct call c = { .rq = { .op = PROBER_LOOK, .n = (uint32_t)pid },
			  .fd = NSV_FD_NONE,
			  .most = sizeof(*ret) };
	int r;

	if (!p) {
		probe_look(procfs, pid, ret);
		return 0;
	}
	r = request(p, &c, false);
	if (r == 0 && c.n_bytes != sizeof(*ret))
		r = -EBADMSG;
	*ret = (struct probe_look){ .ns_result = r, .root_result = r };
	if (r == 0)
		memcpy(ret, c.bytes, sizeof(*ret));
	free(c.bytes);
	return r;
}

/* Hands what was found to the groups. */
static int take_members(struct process_group *first, const struct prober_member *members, size_t n)
{
	struct process_group *g = first;
	uint32_t at = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		for (; g && at < members[i].group; at++)
			g = g->next;
		if (!g || at != members[i].group)
			return -EBADMSG;
		r = process_group_add(g, members[i].pid, members[i].tid);
	}
	return r;
}

int prober_find_processes(struct prober *p, int procfs, struct process_group *first)
{
	struct call c = { .rq = { .op = PROBER_FIND }, .fd = NSV_FD_NONE, .most = PROBE_BYTES_MAX };
	nsv_autofree struct prober_group *groups = NULL;
	size_t n = 0;
	int r;

	if (!p)
		return mapped_find_processes(procfs, first);
	for (const struct process_group *g = first; g; g = g->next)
		n++;
	groups = n <= PROBER_ITEMS_MAX ? calloc(n + 1, sizeof(*groups)) : NULL;
	if (!groups)
		return -ENOMEM;
	for (const struct process_group *g = first; g; g = g->next)
		groups[c.rq.n++] = (struct prober_group){ .mntns = g->mntns, .pid = g->pid };
	c.items = groups;
	c.size = n * sizeof(*groups);
	r = request(p, &c, false);
	if (r == 0)
		r = take_members(first, c.bytes, c.n_bytes / sizeof(struct prober_member));
	free(c.bytes);
	return r;
}

int prober_scan_processes(struct prober *p, int procfs, const struct process_group *g,
			  struct file_set *set, size_t max)
{
	struct call c = { .rq = { .op = PROBER_MAPPED, .max = max },
			  .items = g->processes,
			  .size = g->n * sizeof(*g->processes),
			  .fd = NSV_FD_NONE,
			  .most = max * sizeof(*set->ids) };
	int r = 0;

	for (size_t i = 0; !p && r == 0 && i < g->n; i++)
		r = mapped_scan_process(procfs, &g->processes[i], set, max);
	if (!p || g->n == 0)
		return r;
	if (g->n > PROBER_ITEMS_MAX)
		return -EOVERFLOW;
	c.rq.n = (uint32_t)g->n;
	r = request(p, &c, false);
	if (r < 0)
		return r;
	file_set_clear(set);
	set->ids = c.bytes;
	set->n = set->room = c.n_bytes / sizeof(*set->ids);
	return 0;
}

ssize_t prober_readlink(struct prober *p, int link, char *buf, size_t size)
{
	struct call c = { .rq = { .op = PROBER_READLINK }, .fd = link, .most = size };
	ssize_t n = p ? request(p, &c, false) : readlinkat(link, "", buf, size);

	if (!p || n < 0)
		return n < 0 && !p ? -errno : n;
	memcpy(buf, c.bytes, c.n_bytes);
	free(c.bytes);
	return (ssize_t)c.n_bytes;
}

unsigned prober_differs(struct prober *p, int procfs, int procdir, unsigned depends)
{
	uint32_t bits = depends;
	struct call c = { .rq = { .op = PROBER_DIFFERS, .n = depends },
			  .fd = procdir,
			  .most = sizeof(bits) };

	if (!p || !depends)
		return nsv_proc_differs(procfs, procdir, depends);
	if (request(p, &c, false) == 0 && c.n_bytes == sizeof(bits))
		memcpy(&bits, c.bytes, sizeof(bits));
	free(c.bytes);
	return bits;
}

static int take_map(const struct nsv_id_extent *extents, unsigned n, struct nsv_idmap *ret)
{
	*ret = (struct nsv_idmap){ .n = n, .extents = calloc((size_t)n + 1, sizeof(*extents)) };
	if (!ret->extents)
		return -ENOMEM;
	memcpy(ret->extents, extents, n * sizeof(*extents));
	return 0;
}

int prober_maps(struct prober *p, int procfs, int userns, struct nsv_idmap *ret_uids,
		struct nsv_idmap *ret_gids)
{
	struct call c = { .rq = { .op = PROBER_MAPS },
			  .fd = userns,
			  .most = sizeof(struct prober_maps) +
				  (size_t)2 * NSV_IDMAP_EXTENTS * sizeof(struct nsv_id_extent) };
	const struct nsv_id_extent *extents;
	struct prober_maps head;
	int r;

	if (!p)
		return nsv_userns_maps(procfs, userns, ret_uids, ret_gids);
	r = request(p, &c, false);
	if (r < 0)
		return r;
	if (c.n_bytes >= sizeof(head))
		memcpy(&head, c.bytes, sizeof(head));
	if (c.n_bytes < sizeof(head) || head.n_uids > NSV_IDMAP_EXTENTS ||
	    head.n_gids > NSV_IDMAP_EXTENTS ||
	    c.n_bytes != sizeof(head) + (head.n_uids + head.n_gids) * sizeof(*extents)) {
		free(c.bytes);
		return -EBADMSG;
	}
	extents = (const void *)((const char *)c.bytes + sizeof(head));
	r = take_map(extents, head.n_uids, ret_uids);
	if (r == 0)
		r = take_map(extents + head.n_uids, head.n_gids, ret_gids);
	if (r < 0)
		nsv_idmap_clear(ret_uids);
	free(c.bytes);
	return r;
}

/* ---- life ---- */

int prober_new(int procfs, struct prober **ret)
{
	struct prober *p = calloc(1, sizeof(*p));
	int r = p ? prober_spawner_start(procfs, &p->spawner, &p->sock) : -ENOMEM;

	if (r < 0) {
		free(p);
		return r;
	}
	(void)pthread_mutex_init(&p->lock, NULL);
	*ret = p;
	return 0;
}

pid_t prober_session(const struct prober *p)
{
	return p ? p->spawner.pid : 0;
}

struct prober *prober_free(struct prober *p)
{
	if (!p)
		return NULL;
	for (unsigned i = 0; i < p->n_idle; i++)
		nsv_close(p->idle[i]);
	nsv_close(p->sock);
	(void)nsv_helper_end(&p->spawner, NSV_HELPER_END_MS);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
	return NULL;
}
