/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner.c - the daemon's side: which workers there are, and what they are asked.
 *
 * A worker that was idle may have ended: then the next is asked, and last a new one. All requests
 * can be made twice.
 */
#include "fuse/owner/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "fuse/owner/owner_process.h"
#include "fuse/owner/owner_wire.h"
#include "reach/idmap.h"
#include "reach/message.h"
#include "reach/util.h"

#define MAX_IDLE 4 /* of one namespace */

struct owner_ns {
	struct owner_ns *next;
	struct owner *owner;
	dev_t dev;
	ino_t ino;
	unsigned refs;
	int fd;
	bool refused; /* to us: workers can't enter */
	bool mapped;  /* the maps are there, and stay */
	struct nsv_idmap uids, gids;
	int idle[MAX_IDLE];
	unsigned n_idle;
};

struct owner {
	pthread_mutex_t lock;
	struct owner_ns *namespaces;
	int procfs;
	int sock; /* the spawner's */
	struct nsv_helper spawner;
};

struct call {
	enum owner_op op;
	uint32_t flags;
	const char *text; /* may be NULL */
	int fds[OWNER_FDS];
	size_t n_fds;
	/* Answered. */
	void *data;
	size_t size, len;
	int fd;
};

/* ---- workers ---- */

/* Also where a forked child of another thread's has a copy of the socket just now. */
static void let_go(int sock)
{
	(void)shutdown(sock, SHUT_RDWR);
	nsv_close(sock);
}

static int take_idle(struct owner_ns *ns)
{
	int sock = NSV_FD_NONE;

	(void)pthread_mutex_lock(&ns->owner->lock);
	if (ns->refused)
		sock = -EACCES;
	else if (ns->n_idle)
		sock = ns->idle[--ns->n_idle];
	(void)pthread_mutex_unlock(&ns->owner->lock);
	return sock;
}

static void give_back(struct owner_ns *ns, int sock)
{
	(void)pthread_mutex_lock(&ns->owner->lock);
	if (ns->n_idle < MAX_IDLE) {
		ns->idle[ns->n_idle++] = sock;
		sock = NSV_FD_NONE;
	}
	(void)pthread_mutex_unlock(&ns->owner->lock);
	if (sock >= 0)
		let_go(sock);
}

/* As this process sees them, and not as the worker does. */
static int read_maps(struct owner_ns *ns, pid_t worker)
{
	struct nsv_idmap uids = { 0 }, gids = { 0 };
	char name[32];
	int r;

	(void)snprintf(name, sizeof(name), "%d/uid_map", (int)worker);
	r = nsv_idmap_read(ns->owner->procfs, name, &uids);
	if (r < 0)
		return r;
	(void)snprintf(name, sizeof(name), "%d/gid_map", (int)worker);
	r = nsv_idmap_read(ns->owner->procfs, name, &gids);
	(void)pthread_mutex_lock(&ns->owner->lock);
	if (r == 0 && !ns->mapped) {
		ns->uids = uids;
		ns->gids = gids;
		uids = gids = (struct nsv_idmap){ 0 };
		ns->mapped = true;
	}
	(void)pthread_mutex_unlock(&ns->owner->lock);
	nsv_idmap_clear(&uids);
	nsv_idmap_clear(&gids);
	return r;
}

static bool has_maps(struct owner_ns *ns)
{
	bool mapped;

	(void)pthread_mutex_lock(&ns->owner->lock);
	mapped = ns->mapped;
	(void)pthread_mutex_unlock(&ns->owner->lock);
	return mapped;
}

static int start_worker(struct owner_ns *ns)
{
	struct owner_answer hello = { 0 };
	struct nsv_packet answer = { .head = &hello, .head_len = sizeof(hello) };
	struct nsv_packet rq = { .head = "", .head_len = 1, .n_fds = OWNER_FDS };
	int socks[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	rq.fds = (int[OWNER_FDS]){ ns->fd, socks[1] };
	r = nsv_packet_send(ns->owner->sock, &rq);
	nsv_close(socks[1]);
	if (r == 0)
		r = nsv_packet_recv(socks[0], &answer, NSV_NO_DEADLINE);
	if (r == 0 && hello.result < 0) {
		r = hello.result;
		(void)pthread_mutex_lock(&ns->owner->lock);
		ns->refused = r == -EPERM || r == -EINVAL;
		(void)pthread_mutex_unlock(&ns->owner->lock);
	}
	if (r == 0 && !has_maps(ns))
		r = read_maps(ns, hello.result);
	if (r == 0)
		return socks[0];
	nsv_close(socks[0]);
	return r;
}

static int ask(int sock, struct call *c)
{
	struct owner_request rq = { .op = c->op, .flags = c->flags };
	struct owner_answer a = { 0 };
	int fds[OWNER_FDS] = { NSV_FD_NONE, NSV_FD_NONE };
	const struct nsv_packet asked = { .head = &rq,
					  .head_len = sizeof(rq),
					  .data = (void *)c->text,
					  .len = c->text ? strlen(c->text) : 0,
					  .fds = c->fds,
					  .n_fds = c->n_fds };
	struct nsv_packet answer = { .head = &a,
				     .head_len = sizeof(a),
				     .data = c->data,
				     .len = c->size,
				     .fds = fds,
				     .n_fds = OWNER_FDS };
	int r = nsv_packet_send(sock, &asked);

	if (r == 0)
		r = nsv_packet_recv(sock, &answer, NSV_NO_DEADLINE);
	if (r < 0)
		return r == -EMFILE ? r : -ECONNRESET;
	c->len = answer.len;
	c->fd = fds[0];
	nsv_close(fds[1]);
	return a.result;
}

static int request(struct owner_ns *ns, struct call *c)
{
	bool fresh = false;
	int r = -ECONNRESET;

	if (!ns)
		return -EACCES;
	if (c->text && strlen(c->text) >= OWNER_TEXT_MAX)
		return -ENAMETOOLONG;
	while (r == -ECONNRESET && !fresh) {
		int sock = take_idle(ns);

		if (sock == -EACCES)
			return sock;
		fresh = sock < 0;
		if (fresh)
			sock = start_worker(ns);
		if (sock < 0)
			return -EACCES;
		r = ask(sock, c);
		if (r == -ECONNRESET || r == -EMFILE)
			let_go(sock);
		else
			give_back(ns, sock);
	}
	return r == -ECONNRESET ? -EACCES : r;
}

/* ---- requests ---- */

static int request_fd(struct owner_ns *ns, struct call *c)
{
	int r = request(ns, c);

	if (r >= 0 && c->fd < 0)
		return -EMFILE;
	return r < 0 ? r : c->fd;
}

int owner_open(struct owner_ns *ns, int dirfd, const char *path, int flags)
{
	struct call c = { .op = OWNER_OPEN,
			  .flags = (uint32_t)flags,
			  .text = path,
			  .fds = { dirfd },
			  .n_fds = 1 };

	return request_fd(ns, &c);
}

int owner_reopen(struct owner_ns *ns, int fd)
{
	struct call c = { .op = OWNER_REOPEN, .fds = { fd }, .n_fds = 1 };

	return request_fd(ns, &c);
}

int owner_watch(struct owner_ns *ns, int inotify, int fd, uint32_t mask)
{
	struct call c = { .op = OWNER_WATCH, .flags = mask, .fds = { inotify, fd }, .n_fds = 2 };

	return request(ns, &c);
}

ssize_t owner_xattr(struct owner_ns *ns, int fd, const char *name, char *buf, size_t size)
{
	struct call c = { .op = OWNER_XATTR,
			  .flags = (uint32_t)nsv_min(size, OWNER_DATA_MAX),
			  .text = name,
			  .fds = { fd },
			  .n_fds = 1,
			  .data = buf,
			  .size = size };

	return request(ns, &c);
}

int owner_statx(struct owner_ns *ns, int fd, int flags, struct statx *ret)
{
	struct statx st;
	struct call c = { .op = OWNER_STATX,
			  .flags = (uint32_t)flags,
			  .fds = { fd },
			  .n_fds = 1,
			  .data = &st,
			  .size = sizeof(st) };
	int r = request(ns, &c);

	if (r < 0)
		return r;
	if (c.len != sizeof(st))
		return -EBADMSG;
	/* Of the first worker's coming: they stay as they are. */
	st.stx_uid = nsv_idmap_to_host(&ns->uids, st.stx_uid);
	st.stx_gid = nsv_idmap_to_host(&ns->gids, st.stx_gid);
	*ret = st;
	return 0;
}

/* ---- life ---- */

static struct owner_ns *ns_new(struct owner *o, int userns, const struct stat *st)
{
	struct owner_ns *ns = calloc(1, sizeof(*ns));

	if (!ns)
		return NULL;
	*ns = (struct owner_ns){ .owner = o, .dev = st->st_dev, .ino = st->st_ino };
	ns->fd = fcntl(userns, F_DUPFD_CLOEXEC, 3);
	if (ns->fd < 0) {
		free(ns);
		return NULL;
	}
	ns->next = o->namespaces;
	o->namespaces = ns;
	return ns;
}

struct owner_ns *owner_ns_get(struct owner *o, int userns)
{
	struct owner_ns *ns;
	struct stat st;

	if (!o || fstat(userns, &st) < 0)
		return NULL;
	(void)pthread_mutex_lock(&o->lock);
	ns = o->namespaces;
	while (ns && (ns->ino != st.st_ino || ns->dev != st.st_dev))
		ns = ns->next;
	if (!ns)
		ns = ns_new(o, userns, &st);
	if (ns)
		ns->refs++;
	(void)pthread_mutex_unlock(&o->lock);
	return ns;
}

void owner_ns_put(struct owner_ns *ns)
{
	struct owner_ns **at;

	if (!ns)
		return;
	(void)pthread_mutex_lock(&ns->owner->lock);
	if (--ns->refs == 0)
		for (at = &ns->owner->namespaces; *at; at = &(*at)->next)
			if (*at == ns) {
				*at = ns->next;
				break;
			}
	at = ns->refs ? NULL : &ns;
	(void)pthread_mutex_unlock(&ns->owner->lock);
	if (!at)
		return;
	for (unsigned i = 0; i < ns->n_idle; i++)
		let_go(ns->idle[i]);
	nsv_close(ns->fd);
	nsv_idmap_clear(&ns->uids);
	nsv_idmap_clear(&ns->gids);
	free(ns);
}

int owner_new(int procfs, struct owner **ret_owner)
{
	struct owner *o = calloc(1, sizeof(*o));
	int r = o ? owner_spawner_start(procfs, &o->spawner, &o->sock) : -ENOMEM;

	if (r < 0) {
		free(o);
		return r;
	}
	o->procfs = procfs;
	(void)pthread_mutex_init(&o->lock, NULL);
	*ret_owner = o;
	return 0;
}

pid_t owner_session(const struct owner *o)
{
	return o ? o->spawner.pid : 0;
}

struct owner *owner_free(struct owner *o)
{
	if (!o)
		return NULL;
	let_go(o->sock);
	(void)nsv_helper_end(&o->spawner, NSV_HELPER_END_MS);
	/* Else a thread that hangs has one still, until the process ends. */
	if (!o->namespaces) {
		(void)pthread_mutex_destroy(&o->lock);
		free(o);
	}
	return NULL;
}
