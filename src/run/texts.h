/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * texts.h - reads small files of a container by a helper (helper.h), within a time limit: a
 * container can serve endless files, and files of which a read never returns.
 */
#ifndef NSV_RUN_TEXTS_H
#define NSV_RUN_TEXTS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include <nsview/target.h>

#include "reach/helper.h"

#define NSV_TEXT_MAX	 ((size_t)64 << 10) /* bytes of a file */
#define NSV_TEXT_SECONDS 5		    /* for all files */

struct nsv_text {
	const char *path; /* below the root; set by the caller */
	int result;	  /* 0 or -errno: -E2BIG longer than NSV_TEXT_MAX, -ETIMEDOUT, -ENOENT... */
	char *text;	  /* malloc'd, or NULL */
	size_t len;
};

/* A helper that reads. */
struct nsv_texts {
	struct nsv_text *list; /* borrowed */
	size_t n;
	struct nsv_helper helper;
	int sock;
	int64_t deadline;
};

#define NSV_TEXTS_NONE                                    \
	{                                                 \
		.helper = NSV_HELPER_NONE, .sock = -EBADF \
	}

/*
 * Starts a helper that reads the @n texts of @list below @root, an O_PATH fd of the container's "/"
 * or of a clone of it, by the resolver (nsview/root.h), regular files only. An ordinary user's
 * helper joins the container's user namespace. 0, or -errno of fork(2).
 */
int nsv_texts_start(const struct nsv_target *t, int root, struct nsv_text *list, size_t n,
		    struct nsv_texts *ret);
/*
 * Waits for the texts, each of which gets its own result, and ends the helper; free the texts
 * afterwards. Fine for NSV_TEXTS_NONE.
 */
void nsv_texts_finish(struct nsv_texts *reader);

#endif
