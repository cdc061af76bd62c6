/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inside.c - reads hostname, addresses and TCP sockets that listen through a helper process that
 * joins the target's UTS and network namespaces.
 *
 * The helper (reach/helper.h) stays in the host's mount namespace and sends a bounded answer in
 * fixed records. It has a time limit, so that a hung namespace costs these parts only. Without
 * CAP_SYS_ADMIN over a namespace the helper first joins the user namespace that owns it, as the
 * owner of a rootless container may. No locks: one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "discover/inspect/inspector.h"
#include "reach/clock.h"
#include "reach/helper.h"
#include "reach/message.h"
#include "reach/userns.h"
#include "reach/util.h"

#define TIME_TO_LIVE_S 5

enum { UTS, NET, TCP, KINDS };

struct question {
	enum nsv_ns_kind kind;
	int type;	  /* for setns(2) */
	const char *what; /* name in missing[]; NULL: nothing is missing without an answer */
	int ns;		  /* nsfs fd; NSV_FD_NONE: don't ask */
	int owner;	  /* fd of the user namespace that owns it, or NSV_FD_NONE */
	bool host;	  /* the caller's own namespace: nothing to join */
};

/* Head of the answer; the records follow. */
struct answer {
	int32_t err[KINDS]; /* -errno of each question */
	uint32_t cut;
	uint32_t n_links, n_addresses, n_tcp;
	uint32_t tcp_cut;
	char nodename[65], domainname[65];
};

/* ---- the helper ---- */

/* @joined: the helper has joined a user namespace. */
static int join(const struct question *q, pid_t parent, bool *joined)
{
	if (q->host || setns(q->ns, q->type) == 0)
		return 0;
	if (errno != EPERM || q->owner < 0)
		return -errno;
	if (nsv_helper_join_userns(q->owner, parent) < 0)
		return -EPERM;
	*joined = true;
	return setns(q->ns, q->type) < 0 ? -errno : 0;
}

static void ask_uts(struct answer *a)
{
	struct utsname u;

	if (uname(&u) < 0) {
		a->err[UTS] = -errno;
		return;
	}
	memcpy(a->nodename, u.nodename, sizeof(a->nodename));
	memcpy(a->domainname, u.domainname, sizeof(a->domainname));
}

struct work {
	struct question *q;
	int sock;
};

static void answer(void *data, pid_t parent)
{
	const struct work *w = data;
	const struct question *q = w->q;
	struct nsv_net_records records = { 0 };
	struct nsv_ports tcp = { 0 };
	struct answer a = { 0 };
	bool joined = false;
	int r;

	for (size_t n = 0; n < KINDS; n++)
		a.err[n] = q[n].ns < 0 ? -ENODATA : join(&q[n], parent, &joined);
	if (a.err[UTS] == 0)
		ask_uts(&a);
	if (a.err[NET] == 0)
		a.err[NET] = nsv_net_read(&records);
	/* In another user namespace the kernel would tell other numbers of users. */
	if (a.err[TCP] == 0)
		a.err[TCP] = joined ? -EXDEV : nsv_ports_ask(&tcp);
	a.n_links = (uint32_t)records.n_links;
	a.n_addresses = (uint32_t)records.n_addresses;
	a.cut = records.cut;
	a.n_tcp = (uint32_t)tcp.n;
	a.tcp_cut = tcp.cut;
	r = nsv_send_all(w->sock, &a, sizeof(a));
	if (r == 0)
		r = nsv_send_all(w->sock, records.links, a.n_links * sizeof(*records.links));
	if (r == 0)
		r = nsv_send_all(w->sock, records.addresses,
				 a.n_addresses * sizeof(*records.addresses));
	if (r == 0)
		(void)nsv_send_all(w->sock, tcp.list, a.n_tcp * sizeof(*tcp.list));
}

/* ---- the caller ---- */

static int receive_answer(int fd, struct answer *a, struct nsv_net_records *records,
			  struct nsv_ports *tcp)
{
	int64_t deadline = nsv_now_ms() + TIME_TO_LIVE_S * 1000L;
	int r = nsv_recv_all(fd, a, sizeof(*a), deadline);

	if (r < 0)
		return r;
	if (a->n_links > NSV_ADDRESSES_MAX || a->n_addresses > NSV_ADDRESSES_MAX ||
	    a->n_tcp > NSV_PORTS_MAX)
		return -EBADMSG;
	records->cut = a->cut;
	records->n_links = a->n_links;
	records->n_addresses = a->n_addresses;
	records->links = calloc((size_t)a->n_links + 1, sizeof(*records->links));
	records->addresses = calloc((size_t)a->n_addresses + 1, sizeof(*records->addresses));
	tcp->n = a->n_tcp;
	tcp->cut = a->tcp_cut;
	tcp->list = calloc((size_t)a->n_tcp + 1, sizeof(*tcp->list));
	if (!records->links || !records->addresses || !tcp->list)
		return -ENOMEM;
	r = nsv_recv_all(fd, records->links, a->n_links * sizeof(*records->links), deadline);
	if (r == 0)
		r = nsv_recv_all(fd, records->addresses,
				 a->n_addresses * sizeof(*records->addresses), deadline);
	if (r == 0)
		r = nsv_recv_all(fd, tcp->list, a->n_tcp * sizeof(*tcp->list), deadline);
	return r;
}

static int run_child(struct question q[KINDS], struct answer *a, struct nsv_net_records *records,
		     struct nsv_ports *tcp)
{
	struct nsv_helper h = NSV_HELPER_NONE;
	int socks[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	const int keep[] = { socks[1],	   q[UTS].ns, q[UTS].owner, q[NET].ns,
			     q[NET].owner, q[TCP].ns, q[TCP].owner };
	const struct nsv_helper_plan plan = {
		.run = answer,
		.data = &(struct work){ .q = q, .sock = socks[1] },
		.keep = keep,
		.n_keep = NSV_ARRAY_SIZE(keep),
		.seconds = TIME_TO_LIVE_S + 1,
	};
	r = nsv_helper_start(&plan, &h);
	nsv_close(socks[1]);
	if (r == 0)
		r = receive_answer(socks[0], a, records, tcp);
	nsv_close(socks[0]);
	(void)nsv_helper_end(&h, NSV_HELPER_END_MS);
	/* The helper ended before its answer was complete. */
	return r == -ECONNRESET ? -EPIPE : r;
}

static int take_uts(struct nsv_inspector *in, const struct answer *a)
{
	in->i.hostname =
	    nsv_arena_strn(&in->arena, a->nodename, strnlen(a->nodename, sizeof(a->nodename)));
	in->i.domainname = nsv_arena_strn(&in->arena, a->domainname,
					  strnlen(a->domainname, sizeof(a->domainname)));
	return in->i.hostname && in->i.domainname ? 0 : -ENOMEM;
}

/* What can't be asked is read from the tables in /proc. */
static void take_tcp(struct nsv_inspector *in, int err, struct nsv_ports *tcp)
{
	in->tcp_known = err == 0;
	if (err == 0) {
		in->tcp = *tcp;
		*tcp = (struct nsv_ports){ 0 };
	}
}

static int take(struct nsv_inspector *in, size_t n, const struct answer *a,
		struct nsv_net_records *records)
{
	return n == UTS ? take_uts(in, a) : nsv_net_show(in, records);
}

/* Asks each question that has a namespace fd. With @again a part that was refused keeps its fd, for
 * another try. */
static int ask(struct nsv_inspector *in, struct question q[KINDS], bool again)
{
	struct nsv_net_records records = { 0 };
	struct nsv_ports tcp = { 0 };
	struct answer a = { 0 };
	int r = run_child(q, &a, &records, &tcp);

	if (r < 0 && r != -ENOMEM)
		a.err[UTS] = a.err[NET] = a.err[TCP] = r;
	r = r == -ENOMEM ? r : 0;
	for (size_t n = 0; r == 0 && n < KINDS; n++) {
		if (q[n].ns < 0 || (a.err[n] == -EPERM && again))
			continue;
		if (n == TCP)
			take_tcp(in, a.err[n], &tcp);
		else if (a.err[n] < 0)
			r = nsv_inspect_missing(in, q[n].what, a.err[n], NULL);
		else
			r = take(in, n, &a, &records);
		nsv_close_p(&q[n].ns);
	}
	nsv_net_done(&records);
	nsv_ports_done(&tcp);
	return r;
}

static int open_question(struct nsv_inspector *in, struct question *q)
{
	char path[16];

	(void)snprintf(path, sizeof(path), "ns/%s", nsv_ns_name(q->kind));
	q->host = in->lists.ns[q->kind].host;
	q->ns = openat(in->target->procdir, path, O_RDONLY | O_CLOEXEC);
	if (q->ns < 0 && !q->what)
		return 0;
	if (q->ns < 0)
		return nsv_inspect_missing(in, q->what, errno, NULL);
	q->owner = nsv_userns_of(q->ns);
	return 0;
}

int nsv_inspect_inside(struct nsv_inspector *in, unsigned flags)
{
	struct question q[KINDS] = {
		[UTS] = { NSV_NS_UTS, CLONE_NEWUTS, "hostname", NSV_FD_NONE, NSV_FD_NONE, false },
		[NET] = { NSV_NS_NET, CLONE_NEWNET, "addresses", NSV_FD_NONE, NSV_FD_NONE, false },
		[TCP] = { NSV_NS_NET, CLONE_NEWNET, NULL, NSV_FD_NONE, NSV_FD_NONE, false },
	};
	int r = 0;

	if (flags & NSV_INSPECT_HOSTNAME)
		r = open_question(in, &q[UTS]);
	if (r == 0 && (flags & NSV_INSPECT_ADDRESSES))
		r = open_question(in, &q[NET]);
	if (r == 0 && (flags & NSV_INSPECT_LISTENERS))
		r = open_question(in, &q[TCP]);
	/* A helper can join one user namespace only. A part that was refused after the helper
	 * joined the other part's owner gets a helper of its own. */
	if (r == 0 && (q[UTS].ns >= 0 || q[NET].ns >= 0 || q[TCP].ns >= 0))
		r = ask(in, q, q[UTS].ns >= 0 && q[NET].ns >= 0);
	if (r == 0 && (q[UTS].ns >= 0 || q[NET].ns >= 0))
		r = ask(in, q, false);
	for (size_t n = 0; n < KINDS; n++) {
		nsv_close(q[n].ns);
		nsv_close(q[n].owner);
	}
	return r;
}
