/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* path_set.c - see path_set.h. The key keeps a container from choosing names that collide. */
#include "collect/path_set.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>

#include "reach/util.h"

static uint64_t hash(const struct nsv_path_set *s, const char *path, size_t len)
{
	unsigned char sum[EVP_MAX_MD_SIZE] = { 0 };
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint64_t value;

	if (md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) &&
	    EVP_DigestUpdate(md, s->key, sizeof(s->key)) && EVP_DigestUpdate(md, path, len))
		(void)EVP_DigestFinal_ex(md, sum, NULL);
	EVP_MD_CTX_free(md);
	memcpy(&value, sum, sizeof(value));
	return value ? value : 1;
}

/* Its slot, or the free one where it belongs. */
static size_t slot_of(const uint64_t *slots, size_t size, uint64_t value)
{
	size_t i = (size_t)value & (size - 1);

	while (slots[i] && slots[i] != value)
		i = (i + 1) & (size - 1);
	return i;
}

static int grow(struct nsv_path_set *s)
{
	size_t size = s->size ? s->size * 2 : 1024;
	uint64_t *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	if (!s->size && getrandom(s->key, sizeof(s->key), 0) < 0)
		memcpy(s->key, &slots, sizeof(slots));
	for (size_t i = 0; i < s->size; i++)
		if (s->slots[i])
			slots[slot_of(slots, size, s->slots[i])] = s->slots[i];
	free(s->slots);
	s->slots = slots;
	s->size = size;
	return 0;
}

int nsv_path_set_add(struct nsv_path_set *s, const char *path)
{
	size_t len = strlen(path);

	/* A folder that is in it has all of its own way in it. */
	while (len > 0) {
		uint64_t value;
		size_t i;
		int r = s->n * 2 >= s->size ? grow(s) : 0;

		if (r < 0)
			return r;
		value = hash(s, path, len);
		i = slot_of(s->slots, s->size, value);
		if (s->slots[i])
			return 0;
		if (s->n == NSV_PATH_SET_MAX) {
			s->full = true;
			return 0;
		}
		s->slots[i] = value;
		s->n++;
		while (len > 0 && path[len - 1] != '/')
			len--;
		len -= len > 0;
	}
	return 0;
}

bool nsv_path_set_has(const struct nsv_path_set *s, const char *path)
{
	return s->n && s->slots[slot_of(s->slots, s->size, hash(s, path, strlen(path)))];
}

void nsv_path_set_free(struct nsv_path_set *s)
{
	nsv_free_p(&s->slots);
	*s = (struct nsv_path_set){ 0 };
}
