/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * links.c - a hash table of files with several names: open addressing, slots and paths in spools.
 * One lock, never held while a file is copied.
 */
#include "links.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "reach/util.h"
#include "spool.h"

enum slot_state { SLOT_FREE, SLOT_GONE, SLOT_BUSY, SLOT_DONE, SLOT_SEEN };

struct slot {
	uint64_t dev, ino;
	uint64_t dst_dev, dst_ino;
	uint64_t dir, text;	    /* offsets in texts: of its directory, its name */
	uint32_t dir_len, text_len; /* in bytes, with the slash, with the NUL */
	uint32_t left;		    /* names not seen yet */
	uint32_t state;
};

struct nsv_links {
	pthread_mutex_t lock;
	pthread_cond_t done;
	struct nsv_spool slots, texts;
	uint64_t size; /* slots, a power of two */
	uint64_t used; /* slots that are not free, deleted ones included */
	uint64_t live;
	char *last_dir; /* the directory stored last: most often the next file's, too */
	uint64_t last_dir_at;
};

#define FIRST_SIZE 256

int nsv_links_new(struct nsv_links **ret)
{
	struct nsv_links *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_cond_init(&l->done, NULL);
	l->slots = (struct nsv_spool)NSV_SPOOL_INIT;
	l->texts = (struct nsv_spool)NSV_SPOOL_INIT;
	l->size = FIRST_SIZE;
	*ret = l;
	return 0;
}

struct nsv_links *nsv_links_free(struct nsv_links *l)
{
	if (!l)
		return NULL;
	nsv_spool_free(&l->slots);
	nsv_spool_free(&l->texts);
	free(l->last_dir);
	(void)pthread_cond_destroy(&l->done);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

static uint64_t hash(uint64_t dev, uint64_t ino)
{
	uint64_t h = (ino ^ (dev << 32 | dev >> 32)) * 0x9e3779b97f4a7c15ULL;

	return h ^ h >> 29;
}

/* Finds the slot of the key, or the free slot for it. */
static int find(const struct nsv_spool *slots, uint64_t size, uint64_t dev, uint64_t ino,
		struct slot *ret, uint64_t *ret_at)
{
	uint64_t at = hash(dev, ino) & (size - 1);

	for (;; at = (at + 1) & (size - 1)) {
		int r = nsv_spool_read(slots, at * sizeof(*ret), ret, sizeof(*ret));

		if (r < 0)
			return r;
		if (ret->state == SLOT_FREE ||
		    (ret->state != SLOT_GONE && ret->dev == dev && ret->ino == ino)) {
			*ret_at = at;
			return 0;
		}
	}
}

static int put(struct nsv_spool *slots, uint64_t at, const struct slot *s)
{
	return nsv_spool_write(slots, at * sizeof(*s), s, sizeof(*s));
}

/* Doubles the table and drops deleted slots. */
static int rehash(struct nsv_links *l)
{
	struct nsv_spool fresh = NSV_SPOOL_INIT;
	uint64_t size = l->live * 2 >= l->size / 2 ? l->size * 2 : l->size;
	int r = 0;

	for (uint64_t i = 0; i < l->size && r == 0; i++) {
		struct slot s, other;
		uint64_t at;

		r = nsv_spool_read(&l->slots, i * sizeof(s), &s, sizeof(s));
		if (r < 0 || s.state == SLOT_FREE || s.state == SLOT_GONE)
			continue;
		r = find(&fresh, size, s.dev, s.ino, &other, &at);
		if (r == 0)
			r = put(&fresh, at, &s);
	}
	if (r < 0) {
		nsv_spool_free(&fresh);
		return r;
	}
	nsv_spool_free(&l->slots);
	l->slots = fresh;
	l->size = size;
	l->used = l->live;
	return 0;
}

/* Call before a look-up that may insert. A table that can't grow goes on filling up for a while. */
static int make_room(struct nsv_links *l)
{
	int r = l->used * 2 >= l->size ? rehash(l) : 0;

	return r < 0 && l->used >= l->size - l->size / 8 ? r : 0;
}

static int insert(struct nsv_links *l, uint64_t at, struct slot *s)
{
	int r = put(&l->slots, at, s);

	if (r == 0) {
		l->used++;
		l->live++;
	}
	return r;
}

static int drop(struct nsv_links *l, uint64_t at, struct slot *s)
{
	s->state = SLOT_GONE;
	l->live--;
	if (l->live == 0) {
		nsv_spool_cut(&l->texts, 0);
		nsv_free_p(&l->last_dir);
	}
	return put(&l->slots, at, s);
}

/* Reads the path of the first copy and counts this name as seen. */
static int take(struct nsv_links *l, uint64_t at, struct slot *s, struct nsv_link *ret)
{
	nsv_autofree char *text = malloc((size_t)s->dir_len + s->text_len);
	int r;

	if (!text)
		return -ENOMEM;
	r = nsv_spool_read(&l->texts, s->dir, text, s->dir_len);
	if (r == 0)
		r = nsv_spool_read(&l->texts, s->text, text + s->dir_len, s->text_len);
	if (r == 0 && s->left > 0)
		s->left--;
	if (r == 0)
		r = s->left == 0 ? drop(l, at, s) : put(&l->slots, at, s);
	if (r < 0)
		return r;
	*ret = (struct nsv_link){ s->dst_dev, s->dst_ino, nsv_steal_ptr(text) };
	return 1;
}

int nsv_links_claim(struct nsv_links *l, dev_t dev, ino_t ino, uint64_t nlink, struct nsv_link *ret)
{
	struct slot s;
	uint64_t at;
	int r;

	(void)pthread_mutex_lock(&l->lock);
	r = make_room(l);
	while (r == 0) {
		r = find(&l->slots, l->size, dev, ino, &s, &at);
		if (r < 0 || s.state != SLOT_BUSY)
			break;
		(void)pthread_cond_wait(&l->done, &l->lock);
		r = make_room(l);
	}
	if (r == 0 && s.state == SLOT_DONE) {
		r = take(l, at, &s, ret);
	} else if (r == 0) {
		s = (struct slot){ .dev = dev, .ino = ino, .state = SLOT_BUSY };
		s.left = nlink > UINT32_MAX ? UINT32_MAX : (uint32_t)nlink;
		r = insert(l, at, &s);
	}
	(void)pthread_mutex_unlock(&l->lock);
	return r;
}

/* Stores a directory's path once for consecutive files in it: such paths may be long and many. */
static int store(struct nsv_links *l, struct slot *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;
	int r;

	if (!l->last_dir || strlen(l->last_dir) != len || memcmp(l->last_dir, path, len) != 0) {
		char *dir = strndup(path, len);

		if (!dir)
			return -ENOMEM;
		free(l->last_dir);
		l->last_dir = dir;
		l->last_dir_at = l->texts.size;
		r = nsv_spool_write(&l->texts, l->last_dir_at, dir, len);
		if (r < 0) {
			nsv_free_p(&l->last_dir);
			return r;
		}
	}
	s->dir = l->last_dir_at;
	s->dir_len = (uint32_t)len;
	s->text = l->texts.size;
	s->text_len = (uint32_t)strlen(path + len) + 1;
	return nsv_spool_write(&l->texts, s->text, path + len, s->text_len);
}

void nsv_links_done(struct nsv_links *l, dev_t dev, ino_t ino, const struct nsv_link *done)
{
	struct slot s;
	uint64_t at;
	int r;

	(void)pthread_mutex_lock(&l->lock);
	r = find(&l->slots, l->size, dev, ino, &s, &at);
	if (r == 0 && s.state == SLOT_BUSY) {
		if (s.left > 0)
			s.left--;
		if (done && strnlen(done->path, NSV_LINKS_PATH) == NSV_LINKS_PATH)
			done = NULL;
		if (done) {
			s.dst_dev = done->dst_dev;
			s.dst_ino = done->dst_ino;
			r = store(l, &s, done->path);
		}
		s.state = SLOT_DONE;
		if (!done || r < 0 || s.left == 0)
			r = drop(l, at, &s);
		else
			r = put(&l->slots, at, &s);
		/* A slot that can't be written stays busy for ever: forget the table. */
		if (r < 0)
			nsv_spool_free(&l->slots);
	}
	(void)pthread_cond_broadcast(&l->done);
	(void)pthread_mutex_unlock(&l->lock);
}

int nsv_links_add(struct nsv_links *l, dev_t dev, ino_t ino)
{
	struct slot s;
	uint64_t at;
	int r;

	(void)pthread_mutex_lock(&l->lock);
	r = make_room(l);
	if (r == 0)
		r = find(&l->slots, l->size, dev, ino, &s, &at);
	if (r == 0 && s.state == SLOT_FREE) {
		s = (struct slot){ .dev = dev, .ino = ino, .state = SLOT_SEEN };
		r = insert(l, at, &s);
	}
	(void)pthread_mutex_unlock(&l->lock);
	return r;
}

int nsv_links_has(struct nsv_links *l, dev_t dev, ino_t ino)
{
	struct slot s;
	uint64_t at;
	int r;

	(void)pthread_mutex_lock(&l->lock);
	r = find(&l->slots, l->size, dev, ino, &s, &at);
	(void)pthread_mutex_unlock(&l->lock);
	return r < 0 ? r : s.state != SLOT_FREE;
}

uint64_t nsv_links_bytes(struct nsv_links *l)
{
	return l->slots.size + l->texts.size;
}
