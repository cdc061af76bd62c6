/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsdiff_links.h - the first name of each file that has several. 32 MiB at most. One thread. */
#ifndef NSV_CLI_NSDIFF_LINKS_H
#define NSV_CLI_NSDIFF_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct nsdiff_links {
	void *tree; /* of tsearch(3): hsearch's order would be the container's to choose */
	size_t bytes;
	bool full; /* some were not remembered */
};

/* The name that was given with this file before; else NULL, and remembers @path. */
const char *nsdiff_links_find(struct nsdiff_links *l, dev_t dev, ino_t ino, const char *path);
void nsdiff_links_free(struct nsdiff_links *l);

#endif
