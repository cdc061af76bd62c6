/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prober_process.c - the spawner, which has one thread for ever, and the workers.
 *
 * Neither is under Landlock, which would refuse what they are for. They keep the three capabilities
 * that looking takes, and a filter leaves them no way to write, run, connect, kill or trace.
 *
 * Defends against: a daemon that was taken over (requests are few and bounded, workers counted), a
 * process that keeps its reader (the worker hangs, and ends with the spawner).
 */
#include "fuse/prober/prober_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuse/coherence/mapped_scan.h"
#include "fuse/daemon/filter_outside.h"
#include "fuse/prober/probe.h"
#include "fuse/prober/prober_wire.h"
#include "reach/caps.h"
#include "reach/idmap.h"
#include "reach/message.h"
#include "reach/proc_reader.h"
#include "reach/userns.h"
#include "reach/util.h"

#define IDLE_MS 30000 /* a worker that nobody needs for so long ends */

struct post {
	int sock, procfs;
};

/* ---- the worker ---- */

struct work {
	const struct post *post;
	struct prober_request rq;
	int fd; /* of the request, or none */
};

/* Both take what they send. */
static int answer(const struct work *w, int result, const void *bytes, size_t size)
{
	struct prober_answer a = { .result = result, .size = result < 0 ? 0 : size };
	int r = nsv_send_all(w->post->sock, &a, sizeof(a));

	return r < 0 || a.size == 0 ? r : nsv_send_all(w->post->sock, bytes, a.size);
}

/* The request's items, malloc'd. */
static int take_items(const struct work *w, size_t size, void **ret)
{
	void *items = w->rq.n <= PROBER_ITEMS_MAX ? calloc((size_t)w->rq.n + 1, size) : NULL;
	int r =
	    items ? nsv_recv_all(w->post->sock, items, w->rq.n * size, NSV_NO_DEADLINE) : -ENOMEM;

	if (r < 0)
		free(items);
	else
		*ret = items;
	return r;
}

static int scan(const struct work *w)
{
	nsv_autofree char *bytes = NULL;
	size_t size = 0;
	int r = probe_scan(w->post->procfs, w->rq.n != 0, &bytes, &size);

	return answer(w, r, bytes, size);
}

static int look(const struct work *w)
{
	struct probe_look look;

	probe_look(w->post->procfs, (pid_t)w->rq.n, &look);
	return answer(w, 0, &look, sizeof(look));
}

static int answer_members(const struct work *w, const struct process_group *groups)
{
	nsv_autofree struct prober_member *members = NULL;
	size_t n = 0, at = 0;

	for (uint32_t i = 0; i < w->rq.n; i++)
		n += groups[i].n;
	members = calloc(n + 1, sizeof(*members));
	if (!members)
		return answer(w, -ENOMEM, NULL, 0);
	for (uint32_t i = 0; i < w->rq.n; i++)
		for (size_t k = 0; k < groups[i].n; k++)
			members[at++] = (struct prober_member){ .group = i,
								.pid = groups[i].processes[k].pid,
								.tid = groups[i].processes[k].tid };
	return answer(w, 0, members, n * sizeof(*members));
}

static int find(const struct work *w)
{
	nsv_autofree struct prober_group *asked = NULL;
	nsv_autofree struct process_group *groups = NULL;
	void *items = NULL;
	int r = take_items(w, sizeof(*asked), &items);

	if (r < 0)
		return r;
	asked = items;
	groups = calloc((size_t)w->rq.n + 1, sizeof(*groups));
	if (!groups)
		return answer(w, -ENOMEM, NULL, 0);
	for (uint32_t i = 0; i < w->rq.n; i++)
		groups[i] = (struct process_group){ .next = i + 1 < w->rq.n ? &groups[i + 1] : NULL,
						    .mntns = asked[i].mntns,
						    .pid = asked[i].pid };
	r = mapped_find_processes(w->post->procfs, w->rq.n ? groups : NULL);
	r = r < 0 ? answer(w, r, NULL, 0) : answer_members(w, groups);
	for (uint32_t i = 0; i < w->rq.n; i++)
		process_group_clear(&groups[i]);
	return r;
}

static int look_for_mapped(const struct work *w)
{
	nsv_autofree struct process *processes = NULL;
	struct file_set set = { 0 };
	void *items = NULL;
	int r = take_items(w, sizeof(*processes), &items);

	if (r < 0)
		return r;
	processes = items;
	for (uint32_t i = 0; r == 0 && i < w->rq.n; i++)
		r = mapped_scan_process(w->post->procfs, &processes[i], &set, (size_t)w->rq.max);
	r = answer(w, r, set.ids, set.n * sizeof(*set.ids));
	file_set_clear(&set);
	return r;
}

static int maps(const struct work *w)
{
	struct nsv_id_extent extents[2 * NSV_IDMAP_EXTENTS];
	struct nsv_idmap uids = { 0 }, gids = { 0 };
	struct prober_maps head;
	size_t size;
	int r = nsv_userns_maps(w->post->procfs, w->fd, &uids, &gids);

	head = (struct prober_maps){ uids.n, gids.n };
	size = (uids.n + gids.n) * sizeof(*extents);
	if (r == 0 && size > sizeof(extents))
		r = -E2BIG;
	if (r < 0)
		return answer(w, r, NULL, 0);
	for (unsigned i = 0; i < uids.n; i++)
		extents[i] = uids.extents[i];
	for (unsigned i = 0; i < gids.n; i++)
		extents[uids.n + i] = gids.extents[i];
	nsv_idmap_clear(&uids);
	nsv_idmap_clear(&gids);
	r = nsv_send_all(w->post->sock, &(struct prober_answer){ .size = sizeof(head) + size },
			 sizeof(struct prober_answer));
	if (r == 0)
		r = nsv_send_all(w->post->sock, &head, sizeof(head));
	return r < 0 ? r : nsv_send_all(w->post->sock, extents, size);
}

static int read_text(const struct work *w)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(w->fd, "", text, sizeof(text));

	return answer(w, n < 0 ? -errno : 0, text, n < 0 ? 0 : (size_t)n);
}

static int differs(const struct work *w)
{
	const uint32_t bits = nsv_proc_differs(w->post->procfs, w->fd, w->rq.n);

	return answer(w, 0, &bits, sizeof(bits));
}

static int serve(const struct work *w)
{
	switch ((enum prober_op)w->rq.op) {
	case PROBER_SCAN:
		return scan(w);
	case PROBER_LOOK:
		return look(w);
	case PROBER_FIND:
		return find(w);
	case PROBER_MAPPED:
		return look_for_mapped(w);
	case PROBER_READLINK:
		return read_text(w);
	case PROBER_DIFFERS:
		return differs(w);
	case PROBER_MAPS:
		return maps(w);
	}
	return -EBADMSG;
}

static void work(void *data, pid_t parent)
{
	struct work w = { .post = data };
	int r = 0;

	(void)prctl(PR_SET_NAME, "nsviewd-probe");
	while (r == 0) {
		struct nsv_packet p = {
			.head = &w.rq, .head_len = sizeof(w.rq), .fds = &w.fd, .n_fds = 1
		};

		w.fd = NSV_FD_NONE;
		r = nsv_packet_recv(w.post->sock, &p, nsv_now_ms() + IDLE_MS);
		if (r == 0)
			r = serve(&w);
		nsv_close_p(&w.fd);
	}
}

/* ---- the spawner ---- */

/* What looking takes; of CAP_SYS_ADMIN setns(2), for hostnames. */
static int keep_capabilities(void)
{
	return nsv_caps_keep(NSV_CAP(CAP_SYS_PTRACE) | NSV_CAP(CAP_DAC_READ_SEARCH) |
			     NSV_CAP(CAP_SYS_ADMIN));
}

static bool start_worker(const struct post *spawner, int sock)
{
	struct nsv_helper worker = NSV_HELPER_NONE;
	struct post post = { .sock = sock, .procfs = spawner->procfs };
	const int keep[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, post.sock, post.procfs };

	/* Where it fails the socket's other end is told by its end. */
	return nsv_helper_start(&(struct nsv_helper_plan){ .run = work,
							   .data = &post,
							   .keep = keep,
							   .n_keep = NSV_ARRAY_SIZE(keep),
							   .nested = true },
				&worker) == 0;
}

static void spawn(void *data, pid_t parent)
{
	const struct post *post = data;
	unsigned workers = 0;

	(void)prctl(PR_SET_NAME, "nsviewd-prober");
	(void)setsid();
	(void)!chdir("/");
	if (nsv_helper_null_stdio() < 0 || keep_capabilities() < 0 || filter_outside() < 0)
		return;
	for (;;) {
		nsv_autofd int sock = NSV_FD_NONE;
		char byte;
		struct nsv_packet p = { .head = &byte, .head_len = 1, .fds = &sock, .n_fds = 1 };
		int r = nsv_packet_recv(post->sock, &p, NSV_NO_DEADLINE);

		if (r == -ECONNRESET)
			return;
		while (workers > 0 && waitpid(-1, NULL, WNOHANG) > 0)
			workers--;
		if (r == 0 && sock >= 0 && workers < PROBER_WORKERS_MAX)
			workers += start_worker(post, sock);
	}
}

int prober_spawner_start(int procfs, struct nsv_helper *ret, int *ret_sock)
{
	int socks[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	r = nsv_helper_start(
	    &(struct nsv_helper_plan){
		.run = spawn,
		.data = &(struct post){ .sock = socks[1], .procfs = procfs },
		.keep = (int[]){ socks[1], procfs },
		.n_keep = 2,
	    },
	    ret);
	nsv_close(socks[1]);
	if (r < 0)
		nsv_close(socks[0]);
	else
		*ret_sock = socks[0];
	return r;
}
