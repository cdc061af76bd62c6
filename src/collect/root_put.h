/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* root_put.h - the two ends of the way of a file from the container's root into the package. */
#ifndef NSV_COLLECT_ROOT_PUT_H
#define NSV_COLLECT_ROOT_PUT_H

#include <openssl/evp.h>

#include "collect/feed.h"
#include "collect/selection.h"
#include "collect/sent.h"

struct nsv_way {
	struct nsv_collection *c;
	struct nsv_copy *copy;
	struct nsv_selection *selection;
	struct nsv_feed *feed;
	EVP_MD *md;
	EVP_MD_CTX *hash; /* the reader's */
};

/* The reader's end: pushes the entry @name of @dir, or why it can't be taken. */
void nsv_root_read(struct nsv_way *way, struct nsv_dir *dir, const char *name, unsigned type);
/* The same of a folder that the walk has opened. 0 or -errno: it is not taken. */
int nsv_root_read_dir(struct nsv_way *way, struct nsv_dir *dir);
/* Pushes why @path can't be taken; @reason NULL: @err says why. */
void nsv_root_failed(struct nsv_way *way, const char *path, int err, const char *reason);

/* Of a file that a helper sent: into the package. */
void nsv_root_sent(struct nsv_way *way, struct nsv_sent *sent);
/* The writer's end: into the package and the listings. @data: the way. */
void nsv_root_put(struct nsv_fed *x, void *data);

#endif
