/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probe.c - looks at processes, and packs what a scan found into bytes. No state, no locks. */
#include "fuse/prober/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuse/containers/container.h"
#include "reach/proc.h"
#include "reach/util.h"

enum text { TEXT_ENGINE, TEXT_ID, TEXT_ENGINE_NAME, TEXT_HOSTNAME, TEXTS };

/* One container; its texts follow, each with its end. */
struct record {
	struct probe_look look;
	uint64_t start, mntns, utsns;
	int32_t pid;
	uint32_t kind;
	uint32_t lengths[TEXTS]; /* with the end; 0: none */
};

static int look_at_root(int procfs, pid_t pid, struct probe_look *look)
{
	char path[32];
	struct statx st;

	(void)snprintf(path, sizeof(path), "%d/root", (int)pid);
	if (statx(procfs, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO | STATX_MNT_ID,
		  &st) < 0)
		return -errno;
	look->root_mnt = st.stx_mnt_id;
	look->root_ino = st.stx_ino;
	look->root_dev = container_dev(&st);
	return 0;
}

void probe_look(int procfs, pid_t pid, struct probe_look *ret)
{
	char dir[16];

	*ret = (struct probe_look){ 0 };
	(void)snprintf(dir, sizeof(dir), "%d", (int)pid);
	ret->ns_result = nsv_process_ns(procfs, dir, "mnt", &ret->mntns);
	ret->root_result = look_at_root(procfs, pid, ret);
}

/* ---- packed ---- */

struct buffer {
	char *bytes;
	size_t n, room;
};

static int add(struct buffer *b, const void *data, size_t n)
{
	if (b->room - b->n < n) {
		size_t room = b->room * 2 + n + 4096;
		char *bigger = room <= PROBE_BYTES_MAX ? realloc(b->bytes, room) : NULL;

		if (!bigger)
			return room > PROBE_BYTES_MAX ? -E2BIG : -ENOMEM;
		b->bytes = bigger;
		b->room = room;
	}
	memcpy(b->bytes + b->n, data, n);
	b->n += n;
	return 0;
}

static int add_container(struct buffer *b, int procfs, const struct nsv_container *c)
{
	const char *const texts[TEXTS] = {
		[TEXT_ENGINE] = c->engine,
		[TEXT_ID] = c->id,
		[TEXT_ENGINE_NAME] = c->engine_name,
		[TEXT_HOSTNAME] = c->hostname,
	};
	struct record record = { .start = c->start,
				 .mntns = c->mntns,
				 .utsns = c->utsns,
				 .pid = c->pid,
				 .kind = c->kind };
	int r;

	probe_look(procfs, c->pid, &record.look);
	for (unsigned i = 0; i < TEXTS; i++)
		if (texts[i] && strlen(texts[i]) < PROBE_TEXT_MAX)
			record.lengths[i] = (uint32_t)strlen(texts[i]) + 1;
	r = add(b, &record, sizeof(record));
	for (unsigned i = 0; r == 0 && i < TEXTS; i++)
		if (record.lengths[i])
			r = add(b, texts[i], record.lengths[i]);
	return r;
}

int probe_scan(int procfs, bool names, char **ret_bytes, size_t *ret_size)
{
	struct nsv_scan_options options = NSV_SCAN_OPTIONS_INIT;
	const struct nsv_container *c;
	struct nsv_scan *scan = NULL;
	struct buffer b = { 0 };
	int r;

	options.flags = names ? NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES : 0;
	r = nsv_scan_new(&options, &scan, NULL);
	for (size_t i = 0; r == 0 && (c = nsv_scan_get(scan, i)); i++)
		if (c->kind == NSV_KIND_CONTAINER)
			r = add_container(&b, procfs, c);
	nsv_scan_free(scan);
	if (r < 0) {
		free(b.bytes);
		return r;
	}
	*ret_bytes = b.bytes;
	*ret_size = b.n;
	return 0;
}

/* ---- unpacked ---- */

static int read_one(char **at, const char *end, struct probed *ret)
{
	const char *texts[TEXTS] = { NULL };
	struct record record;

	if ((size_t)(end - *at) < sizeof(record))
		return -EBADMSG;
	memcpy(&record, *at, sizeof(record));
	*at += sizeof(record);
	for (unsigned i = 0; i < TEXTS; i++) {
		size_t n = record.lengths[i];

		if (n == 0)
			continue;
		if (n > PROBE_TEXT_MAX || n > (size_t)(end - *at) ||
		    memchr(*at, '\0', n) != *at + n - 1)
			return -EBADMSG;
		texts[i] = *at;
		*at += n;
	}
	if (record.kind != NSV_KIND_CONTAINER || record.pid <= 0)
		return -EBADMSG;
	*ret = (struct probed){ .look = record.look,
				.c = { .kind = NSV_KIND_CONTAINER,
				       .pid = record.pid,
				       .start = record.start,
				       .mntns = record.mntns,
				       .utsns = record.utsns,
				       .engine = texts[TEXT_ENGINE],
				       .id = texts[TEXT_ID],
				       .engine_name = texts[TEXT_ENGINE_NAME],
				       .hostname = texts[TEXT_HOSTNAME] } };
	return 0;
}

int probe_list_read(char *bytes, size_t size, struct probe_list *ret)
{
	struct probe_list list = { .bytes = bytes };
	size_t most = size / sizeof(struct record);
	char *at = bytes;
	int r = 0;

	list.items = calloc(most + 1, sizeof(*list.items));
	if (!list.items)
		r = -ENOMEM;
	while (r == 0 && at < bytes + size)
		r = read_one(&at, bytes + size, &list.items[list.n++]);
	if (r < 0) {
		probe_list_clear(&list);
		return r;
	}
	*ret = list;
	return 0;
}

void probe_list_clear(struct probe_list *list)
{
	free(list->items);
	free(list->bytes);
	*list = (struct probe_list){ 0 };
}
