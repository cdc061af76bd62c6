/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * table.c - a hash table in spools. The key is a cryptographic hash of the name: nobody makes two
 * names meet. See table.h.
 */
#include "collect/verify/table.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "reach/util.h"

#define BUCKETS	  ((uint32_t)1 << 18)
#define FOUND_MAX ((uint32_t)1 << 27)

static void make_key(const char *name, unsigned char key[16])
{
	unsigned char sum[EVP_MAX_MD_SIZE];

	(void)EVP_Digest(name, strlen(name), sum, NULL, EVP_sha256(), NULL);
	memcpy(key, sum, 16);
}

static uint64_t bucket_of(const unsigned char key[16])
{
	uint32_t v;

	memcpy(&v, key, sizeof(v));
	return (uint64_t)(v % BUCKETS) * sizeof(uint32_t);
}

int nsv_found_at(const struct nsv_found_table *t, uint32_t i, struct nsv_found *ret)
{
	return nsv_spool_read(&t->records, (uint64_t)i * sizeof(*ret), ret, sizeof(*ret));
}

int nsv_found_set(struct nsv_found_table *t, uint32_t i, const struct nsv_found *f)
{
	return nsv_spool_write(&t->records, (uint64_t)i * sizeof(*f), f, sizeof(*f));
}

static int look_up(const struct nsv_found_table *t, const unsigned char key[16],
		   struct nsv_found *ret, uint32_t *ret_i, uint32_t *ret_first)
{
	uint32_t i = 0;
	int r = nsv_spool_read(&t->buckets, bucket_of(key), &i, sizeof(i));

	*ret_first = i;
	while (r == 0 && i) {
		r = nsv_found_at(t, i - 1, ret);
		if (r == 0 && !memcmp(ret->key, key, 16)) {
			*ret_i = i - 1;
			return 1;
		}
		i = ret->next;
	}
	return r;
}

int nsv_found_get(const struct nsv_found_table *t, const char *name, struct nsv_found *ret,
		  uint32_t *ret_i)
{
	unsigned char key[16];
	uint32_t first;

	make_key(name, key);
	return look_up(t, key, ret, ret_i, &first);
}

int nsv_found_add(struct nsv_found_table *t, const char *name, struct nsv_found *f)
{
	struct nsv_found other;
	uint32_t i, first, number = t->n + 1;
	int r;

	make_key(name, f->key);
	r = look_up(t, f->key, &other, &i, &first);
	if (r != 0)
		return r < 0 ? r : -EEXIST;
	if (t->n == FOUND_MAX)
		return -E2BIG;
	f->next = first;
	f->name = t->names.size;
	f->name_len = (uint32_t)strlen(name);
	r = nsv_spool_write(&t->names, f->name, name, f->name_len);
	if (r == 0)
		r = nsv_found_set(t, t->n, f);
	if (r == 0)
		r = nsv_spool_write(&t->buckets, bucket_of(f->key), &number, sizeof(number));
	t->n += r == 0;
	return r;
}

char *nsv_found_name(const struct nsv_found_table *t, const struct nsv_found *f)
{
	char *name = calloc(1, (size_t)f->name_len + 1);

	if (name)
		(void)nsv_spool_read(&t->names, f->name, name, f->name_len);
	return name;
}

void nsv_found_free(struct nsv_found_table *t)
{
	nsv_spool_free(&t->records);
	nsv_spool_free(&t->names);
	nsv_spool_free(&t->buckets);
}
