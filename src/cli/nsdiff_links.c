/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsdiff_links.c - a balanced tree by device and inode. */
#include "cli/nsdiff_links.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "command/fatal.h"

#define BYTES_MAX ((size_t)32 << 20)
/* A node of tsearch(3), and what malloc(3) adds to both. */
#define NODE_COST 96

struct known {
	dev_t dev;
	ino_t ino;
	char path[];
};

static int by_file(const void *x, const void *y)
{
	const struct known *a = x, *b = y;

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

const char *nsdiff_links_find(struct nsdiff_links *l, dev_t dev, ino_t ino, const char *path)
{
	size_t len = strlen(path) + 1;
	const struct known wanted = { dev, ino };
	struct known *const *found = tfind(&wanted, &l->tree, by_file);
	struct known *k;

	if (found)
		return (*found)->path;
	if (l->bytes + len + NODE_COST > BYTES_MAX) {
		l->full = true;
		return NULL;
	}
	k = malloc(sizeof(*k) + len);
	if (!k)
		cli_no_memory();
	k->dev = dev;
	k->ino = ino;
	memcpy(k->path, path, len);
	if (!tsearch(k, &l->tree, by_file))
		cli_no_memory();
	l->bytes += len + NODE_COST;
	return NULL;
}

void nsdiff_links_free(struct nsdiff_links *l)
{
	tdestroy(l->tree, free);
	*l = (struct nsdiff_links){ 0 };
}
