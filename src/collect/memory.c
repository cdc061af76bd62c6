/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory.c - one core after the other: what there is is found first, since an archive's member
 * begins with its size; then it is read. What is gone by then is zeroes, and that is said.
 */
#include "collect/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/listings.h"
#include "copy/data.h"

#define SMAPS_MAX ((size_t)256 << 20)
#define LOCKED	  "no answer: it keeps its memory locked, or a page's file system does not answer"

#if defined(__x86_64__)
#define MACHINE	     EM_X86_64
#define MACHINE_NAME "x86_64"
#elif defined(__aarch64__)
#define MACHINE	     EM_AARCH64
#define MACHINE_NAME "aarch64"
#else
#define MACHINE	     EM_NONE
#define MACHINE_NAME "unknown"
#endif

struct memory {
	struct nsv_collection *c;
	struct nsv_proc_reader text;
	struct nsv_memory_reader reader;
	struct nsv_text json;
	struct nsv_jout j;
	uint64_t left; /* of --memory-limit */
};

struct dump {
	struct memory *m;
	struct nsv_memory_process process;
	struct nsv_maps maps;
	struct nsv_memory_ranges ranges;
	char member[32];
	struct nsv_taken taken;
	uint64_t missing; /* pages */
	uint64_t size;
};

/* ---- what is in the core ---- */

/* gdb shows mappings of files only; paths are as the container has them. */
static int fill_files(const struct nsv_maps *maps, struct nsv_core_file **ret, size_t *ret_n)
{
	struct nsv_core_file *list = calloc(maps->n + 1, sizeof(*list));
	size_t n = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < maps->n; i++) {
		const struct nsv_map *m = &maps->list[i];

		if (m->inode && *nsv_map_path(maps, m))
			list[n++] = (struct nsv_core_file){ m->start, m->end, m->offset,
							    nsv_map_path(maps, m) };
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

static int make_head(const struct dump *d, struct nsv_bytes *head)
{
	const struct nsv_memory_process *p = &d->process;
	nsv_autofree struct nsv_core_file *files = NULL;
	struct nsv_core core = { .machine = MACHINE,
				 .pid = p->n_threads ? p->threads[0].tid_inside : 0,
				 .uid = p->status.uids[0],
				 .gid = p->status.gid,
				 .state = p->stat.state,
				 .nice = p->nice,
				 .name = p->stat.comm,
				 .arguments = p->arguments,
				 .auxv = p->auxv,
				 .auxv_len = p->auxv_len,
				 .threads = p->threads,
				 .n_threads = p->n_threads,
				 .ranges = d->ranges.list,
				 .n_ranges = d->ranges.n };
	int r = fill_files(&d->maps, &files, &core.n_files);

	core.files = files;
	return r < 0 ? r : nsv_core_head(&core, head);
}

static void problem(struct dump *d, enum nsv_outcome outcome, const char *text)
{
	d->taken.outcome = outcome;
	(void)snprintf(d->taken.reason, sizeof(d->taken.reason), "%s", text);
}

/* ---- its bytes ---- */

/* After the first failure the rest is zeroes: the member has its size already. */
static int put_range(struct dump *d, const struct nsv_core_range *range, bool *lost)
{
	struct nsv_collection *c = d->m->c;
	int r = 0;

	for (uint64_t at = range->at, end = range->at + range->len; at < end && r == 0;) {
		size_t n = (size_t)nsv_min(end - at, (uint64_t)NSV_BUFFER);
		int got =
		    *lost ? -ESRCH : nsv_memory_read(&d->m->reader, at, c->buf, n, &d->missing);

		if (got < 0 && !*lost) {
			*lost = true;
			problem(d, NSV_TRUNCATED,
				got == -ESRCH ? "the process ended while its memory was read"
					      : LOCKED);
		}
		if (nsv_stop(c)) {
			problem(d, NSV_FAILED, "the collection was ended");
			*lost = true;
			if (nsv_package_may_drop(c->package))
				return -ENOSPC;
		}
		if (*lost)
			memset(c->buf, 0, n);
		r = nsv_package_data(c->package, c->buf, n);
		at += n;
		(void)atomic_fetch_add(&c->progress_bytes, n);
	}
	return r;
}

static int put_core(struct dump *d, struct nsv_entity *m)
{
	struct nsv_collection *c = d->m->c;
	struct nsv_bytes head = { 0 };
	bool lost = false;
	int r = make_head(d, &head);

	d->taken.outcome = NSV_TAKEN;
	if (r == 0) {
		nsv_member_own(m, d->member, head.len + d->ranges.bytes, c->started.tv_sec);
		m->own = false; /* a full disk takes it out again */
		d->size = m->size;
		r = nsv_package_begin(c->package, m);
	}
	if (r == 0)
		r = nsv_package_data(c->package, head.buf, head.len);
	nsv_bytes_free(&head);
	for (size_t i = 0; i < d->ranges.n && r == 0; i++)
		r = put_range(d, &d->ranges.list[i], &lost);
	if (r == -ENOSPC) {
		problem(d, NSV_FAILED, nsv_stop(c) ? "the collection was ended" : strerror(ENOSPC));
		return nsv_package_drop(c->package);
	}
	if (r == 0)
		r = nsv_package_end(c->package, &d->taken.sums);
	d->taken.in_package = r == 0;
	return r;
}

/* ---- one process ---- */

static void put_thread(struct nsv_jout *j, const struct nsv_core_thread *t)
{
	nsv_jout_begin(j, NULL, '{');
	nsv_jout_i64(j, "tid", t->tid);
	nsv_jout_i64(j, "tid_inside", t->tid_inside);
	nsv_jout_bool(j, "registers", t->known);
	nsv_jout_end(j, '{');
}

static void put_json_head(struct dump *d)
{
	const struct nsv_memory_process *p = &d->process;
	struct nsv_jout *j = &d->m->j;

	nsv_jout_i64(j, "pid_inside", nsv_memory_pid_inside(d->m->c, &p->status));
	nsv_jout_text(j, "name", p->stat.comm);
	nsv_jout_text(j, "machine", MACHINE_NAME);
	nsv_jout_begin(j, "threads", '[');
	for (size_t i = 0; i < p->n_threads; i++)
		put_thread(j, &p->threads[i]);
	nsv_jout_end(j, '[');
}

static void find_threads_stacks(struct dump *d)
{
	for (size_t i = 0; i < d->process.n_threads; i++) {
		const struct nsv_core_thread *t = &d->process.threads[i];
		struct nsv_map *m = t->known ? nsv_maps_find(&d->maps, t->sp) : NULL;

		if (m && m->kind == NSV_MAP_ANONYMOUS)
			m->kind = NSV_MAP_STACK;
	}
}

/* What there is. 0 or -errno of the process. */
static int find(struct dump *d)
{
	struct nsv_collection *c = d->m->c;
	int r = nsv_memory_process_read(&d->process, c, &d->m->text);

	if (r == 0)
		r = nsv_memory_open(&d->m->reader, d->process.p->pid, d->process.stat.start);
	if (r < 0)
		return r;
	put_json_head(d);
	r = nsv_memory_maps(&d->m->reader, SMAPS_MAX, nsv_maps_take, &d->maps);
	nsv_maps_finish(&d->maps);
	if (r > 0)
		d->maps.cut = true;
	if (r > 0)
		r = 0;
	find_threads_stacks(d);
	d->ranges.most =
	    c->o->max_file_size ? nsv_min(c->o->max_file_size, d->m->left) : d->m->left;
	nsv_jout_begin(&d->m->j, "maps", '[');
	if (r == 0)
		r = nsv_memory_ranges_find(&d->ranges, &d->m->reader, &d->maps, c->o->memory_filter,
					   &d->m->j);
	nsv_jout_end(&d->m->j, '[');
	return r;
}

static const char *why_failed(int r, char buf[80])
{
	if (r == -ESRCH || r == -EIO)
		return "it ended meanwhile";
	if (r == -ETIMEDOUT)
		return LOCKED;
	(void)snprintf(buf, 80, "its memory can't be read: %s", strerror(-r));
	return buf;
}

/* What is less than what there was. */
static void tell(struct dump *d)
{
	char text[96];

	if (d->taken.outcome != NSV_TAKEN)
		return;
	(void)snprintf(text, sizeof(text), "%llu pages were gone when they were read",
		       (unsigned long long)d->missing);
	if (d->ranges.cut || d->maps.cut || d->process.threads_cut)
		problem(d, NSV_TRUNCATED,
			d->ranges.cut ? d->ranges.cut
			: d->maps.cut ? "too many mappings"
				      : "too many threads");
	else if (d->missing)
		problem(d, NSV_CHANGED, text);
}

static void put_json_end(struct dump *d)
{
	struct nsv_jout *j = &d->m->j;
	bool in = d->taken.in_package;
	char hex[NSV_SHA_HEX];

	nsv_hex(d->taken.sums.data, NSV_SHA_LEN, hex);
	nsv_jout_text(j, "member", in ? d->member : NULL);
	if (in) {
		nsv_jout_u64(j, "size", d->size);
		nsv_jout_text(j, "sha256", hex);
		nsv_jout_u64(j, "pages_missing", d->missing);
	}
	nsv_jout_text(j, "outcome", nsv_outcome_word(d->taken.outcome));
	nsv_jout_text(j, "reason", *d->taken.reason ? d->taken.reason : NULL);
}

static int dump(struct memory *m, const struct nsv_process *p)
{
	struct dump d = { .m = m, .process = { .p = p } };
	struct nsv_entity entity;
	char buf[80], hex[NSV_SHA_HEX];
	int r;

	(void)snprintf(d.member, sizeof(d.member), "memory/%d.core", (int)p->pid);
	nsv_progress(m->c, NULL, d.member);
	nsv_jout_begin(&m->j, NULL, '{');
	nsv_jout_i64(&m->j, "pid", p->pid);
	r = find(&d);
	if (r < 0)
		problem(&d, r == -ESRCH || r == -EIO ? NSV_MISSING : NSV_FAILED,
			why_failed(r, buf));
	r = r < 0 ? 0 : put_core(&d, &entity);
	tell(&d);
	if (d.taken.in_package) {
		nsv_hex(d.taken.sums.data, NSV_SHA_LEN, hex);
		nsv_list_member(m->c, &entity, d.taken.sums.whole ? hex : NULL, &d.taken);
		m->c->n_bytes += d.size;
		m->left -= nsv_min(m->left, d.ranges.bytes);
	}
	put_json_end(&d);
	nsv_jout_end(&m->j, '{');
	nsv_outcome(m->c, "memory", d.member, d.taken.outcome,
		    *d.taken.reason ? d.taken.reason : NULL);
	nsv_memory_process_free(&d.process);
	nsv_maps_free(&d.maps);
	free(d.ranges.list);
	return nsv_wrote(m->c, r);
}

static int dump_all(struct memory *m, const bool *wanted)
{
	struct nsv_collection *c = m->c;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < c->members->n && r == 0 && !nsv_stop(c); i++) {
		if (!wanted[i])
			continue;
		r = dump(m, &c->members->list[i]);
		n++;
	}
	nsv_log(c, "memory", "of %zu processes", n);
	return r;
}

int nsv_collect_memory(struct nsv_collection *c)
{
	struct memory m = { .c = c,
			    .text = NSV_PROC_READER_INIT(c->target->procfs),
			    .reader = NSV_MEMORY_READER_INIT(c->target->procfs),
			    .json = NSV_TEXT_INIT,
			    .left = c->o->memory_limit ? c->o->memory_limit : UINT64_MAX };
	nsv_autofree bool *wanted = NULL;
	int r = 0;

	if (!nsv_wants(c, NSV_COLLECT_MEMORY) || nsv_stop(c))
		return 0;
	nsv_progress(c, "memory", NULL);
	if (MACHINE == EM_NONE) {
		nsv_outcome(c, "memory", "memory", NSV_FAILED, "no form for this machine's cores");
		return 0;
	}
	wanted = calloc(c->members->n + 1, sizeof(*wanted));
	if (!wanted)
		return -ENOMEM;
	m.j = (struct nsv_jout){ .t = &m.json, .lines = 1 };
	nsv_jout_begin(&m.j, NULL, '[');
	nsv_memory_choose(c, wanted);
	r = dump_all(&m, wanted);
	nsv_jout_end(&m.j, '[');
	nsv_jout_line(&m.j);
	nsv_proc_reader_done(&m.text);
	nsv_memory_reader_done(&m.reader);
	if (r == 0)
		r = nsv_wrote(c, nsv_package_text(c->package, "memory.json", &m.json));
	nsv_text_free(&m.json);
	return r;
}
