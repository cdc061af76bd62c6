/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * output.c - a ring of chunks: the caller fills one, threads compress those that are full, each
 * writes its own when the one before is written. See output.h.
 */
#include "collect/output.h"

#include <errno.h>
#include <libdeflate.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "reach/clock.h"
#include "reach/util.h"

#define CHUNK	    ((size_t)1 << 20)
#define CHUNK_ZSTD  ((size_t)2 << 20) /* each begins without knowing those before: 12% faster */
#define THREADS_MAX 4
#define SLOTS	    (THREADS_MAX + 2)
#define GZIP_LEVEL  6
#define ZSTD_LEVEL  3

struct slot {
	char *in, *out;
	size_t used;
};

struct nsv_output {
	int fd;
	enum nsv_packing packing;
	size_t chunk, bound; /* of a compressed one at most */
	uint64_t per_second, taken;
	int64_t since; /* ns: when the counting of @taken began */
	bool (*full)(void *data);
	void *data;
	struct slot slots[SLOTS]; /* chunk N is in slot N % SLOTS */
	unsigned n_slots, n_threads;
	pthread_t threads[THREADS_MAX];
	pthread_mutex_t lock; /* over all below */
	pthread_cond_t change;
	uint64_t filled, picked, written; /* chunks */
	int err;
	bool ending;
};

static int write_out(struct nsv_output *o, const char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = write(o->fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == ENOSPC || errno == EDQUOT) && o->full(o->data))
			continue;
		if (n < 0)
			return -errno;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

static size_t pack(struct nsv_output *o, const struct slot *s, void *ctx)
{
	if (o->packing == NSV_PACK_GZIP)
		return libdeflate_gzip_compress(ctx, s->in, s->used, s->out, o->bound);
	size_t n = ZSTD_compressCCtx(ctx, s->out, o->bound, s->in, s->used, ZSTD_LEVEL);

	return ZSTD_isError(n) ? 0 : n;
}

static void *context_new(enum nsv_packing packing)
{
	return packing == NSV_PACK_GZIP ? (void *)libdeflate_alloc_compressor(GZIP_LEVEL)
					: (void *)ZSTD_createCCtx();
}

static void context_free(enum nsv_packing packing, void *ctx)
{
	if (packing == NSV_PACK_GZIP)
		libdeflate_free_compressor(ctx);
	else
		(void)ZSTD_freeCCtx(ctx);
}

/* With the lock, which is let go of meanwhile. */
static void pack_one(struct nsv_output *o, void *ctx)
{
	uint64_t n = o->picked++;
	struct slot *s = &o->slots[n % o->n_slots];
	size_t len;
	int r = 0;

	(void)pthread_mutex_unlock(&o->lock);
	len = ctx ? pack(o, s, ctx) : 0;
	(void)pthread_mutex_lock(&o->lock);
	while (o->written != n)
		(void)pthread_cond_wait(&o->change, &o->lock);
	if (o->err == 0) {
		(void)pthread_mutex_unlock(&o->lock);
		r = len ? write_out(o, s->out, len) : -ENOMEM;
		(void)pthread_mutex_lock(&o->lock);
		if (o->err == 0)
			o->err = r;
	}
	o->written++;
	(void)pthread_cond_broadcast(&o->change);
}

static void *work(void *data)
{
	struct nsv_output *o = data;
	void *ctx = context_new(o->packing);

	(void)pthread_mutex_lock(&o->lock);
	for (;;) {
		while (o->picked == o->filled && !o->ending)
			(void)pthread_cond_wait(&o->change, &o->lock);
		if (o->picked == o->filled)
			break;
		pack_one(o, ctx);
	}
	(void)pthread_mutex_unlock(&o->lock);
	if (ctx)
		context_free(o->packing, ctx);
	return NULL;
}

/* Signals are for the caller's thread. */
static int start_threads(struct nsv_output *o)
{
	cpu_set_t cpus;
	unsigned want = sched_getaffinity(0, sizeof(cpus), &cpus) < 0
			    ? 1
			    : nsv_min((unsigned)CPU_COUNT(&cpus), (unsigned)THREADS_MAX);
	sigset_t all, before;
	int r = 0;

	o->n_slots = want + 2;
	o->bound = o->packing == NSV_PACK_GZIP ? libdeflate_gzip_compress_bound(NULL, o->chunk)
					       : ZSTD_compressBound(o->chunk);
	for (unsigned i = 0; i < o->n_slots; i++) {
		o->slots[i].in = malloc(o->chunk);
		o->slots[i].out = malloc(o->bound);
		if (!o->slots[i].in || !o->slots[i].out)
			return -ENOMEM;
	}
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	while (o->n_threads < want && r == 0) {
		r = pthread_create(&o->threads[o->n_threads], NULL, work, o);
		o->n_threads += r == 0;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return o->n_threads ? 0 : -r;
}

int nsv_output_new(int fd, enum nsv_packing packing, uint64_t per_second, bool (*full)(void *data),
		   void *data, struct nsv_output **ret)
{
	struct nsv_output *o = calloc(1, sizeof(*o));
	int r = 0;

	if (!o)
		return -ENOMEM;
	o->fd = fd;
	o->packing = packing;
	o->chunk = packing == NSV_PACK_ZSTD ? CHUNK_ZSTD : CHUNK;
	o->per_second = per_second;
	o->full = full;
	o->data = data;
	o->since = nsv_now_ns();
	(void)pthread_mutex_init(&o->lock, NULL);
	(void)pthread_cond_init(&o->change, NULL);
	if (packing == NSV_PACK_NONE) {
		o->n_slots = 1;
		o->slots[0].in = malloc(o->chunk);
		r = o->slots[0].in ? 0 : -ENOMEM;
	} else {
		r = start_threads(o);
	}
	if (r < 0) {
		(void)nsv_output_free(o);
		return r;
	}
	*ret = o;
	return 0;
}

/* Hands the chunk on that is being filled, if there is anything in it. */
static int hand_on(struct nsv_output *o)
{
	struct slot *s = &o->slots[o->filled % o->n_slots];
	int r;

	if (s->used == 0)
		return 0;
	if (o->packing == NSV_PACK_NONE) {
		r = o->err ? o->err : write_out(o, s->in, s->used);
		s->used = 0;
		return o->err = r;
	}
	(void)pthread_mutex_lock(&o->lock);
	o->filled++;
	(void)pthread_cond_broadcast(&o->change);
	while (o->filled - o->written >= o->n_slots)
		(void)pthread_cond_wait(&o->change, &o->lock);
	r = o->err;
	(void)pthread_mutex_unlock(&o->lock);
	o->slots[o->filled % o->n_slots].used = 0;
	return r;
}

/* Waits as long as bytes came too fast. */
static void keep_rate(struct nsv_output *o, size_t len)
{
	int64_t due;

	o->taken += len;
	due = o->since + (int64_t)((double)o->taken / (double)o->per_second * 1e9) - nsv_now_ns();
	if (due > 10000000) {
		struct timespec t = { due / 1000000000, due % 1000000000 };

		(void)nanosleep(&t, NULL);
	}
}

int nsv_output_write(struct nsv_output *o, const void *buf, size_t len)
{
	const char *p = buf;
	int r = 0;

	if (o->per_second)
		keep_rate(o, len);
	while (len > 0 && r == 0) {
		struct slot *s = &o->slots[o->filled % o->n_slots];
		size_t n = nsv_min(len, o->chunk - s->used);

		/* What is as large as a chunk needs no copy. */
		if (o->packing == NSV_PACK_NONE && s->used == 0 && len >= o->chunk / 8) {
			r = o->err ? o->err : write_out(o, p, len);
			return o->err = r;
		}
		memcpy(s->in + s->used, p, n);
		s->used += n;
		p += n;
		len -= n;
		if (s->used == o->chunk)
			r = hand_on(o);
	}
	return r;
}

int nsv_output_flush(struct nsv_output *o)
{
	int r = hand_on(o);

	(void)pthread_mutex_lock(&o->lock);
	while (o->written != o->filled)
		(void)pthread_cond_wait(&o->change, &o->lock);
	r = o->err ? o->err : r;
	(void)pthread_mutex_unlock(&o->lock);
	return r;
}

int64_t nsv_output_mark(struct nsv_output *o)
{
	int r = nsv_output_flush(o);
	struct stat st;
	off_t at;

	if (r < 0)
		return r;
	if (fstat(o->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -ESPIPE;
	at = lseek(o->fd, 0, SEEK_CUR);
	return at < 0 ? -errno : at;
}

int nsv_output_rewind(struct nsv_output *o, int64_t mark)
{
	(void)nsv_output_flush(o);
	o->slots[o->filled % o->n_slots].used = 0;
	if (ftruncate(o->fd, mark) < 0 || lseek(o->fd, mark, SEEK_SET) < 0)
		return -errno;
	return o->err;
}

struct nsv_output *nsv_output_free(struct nsv_output *o)
{
	if (!o)
		return NULL;
	(void)pthread_mutex_lock(&o->lock);
	o->ending = true;
	(void)pthread_cond_broadcast(&o->change);
	(void)pthread_mutex_unlock(&o->lock);
	for (unsigned i = 0; i < o->n_threads; i++)
		(void)pthread_join(o->threads[i], NULL);
	for (unsigned i = 0; i < SLOTS; i++) {
		free(o->slots[i].in);
		free(o->slots[i].out);
	}
	(void)pthread_mutex_destroy(&o->lock);
	(void)pthread_cond_destroy(&o->change);
	free(o);
	return NULL;
}
