/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * texts.h - reads small files of a container by a helper (helper.h), within a time limit: a
 * container can serve endless files, and files of which a read never returns.
 */
#ifndef NSV_RUN_TEXTS_H
#define NSV_RUN_TEXTS_H

#include <stddef.h>
#include <stdint.h>

#include <nsview/target.h>

#define NSV_TEXT_MAX	 ((size_t)64 << 10) /* bytes of a file */
#define NSV_TEXT_SECONDS 5		    /* for all files */

struct nsv_text {
	const char *path; /* below the root; set by the caller */
	int result;	  /* 0 or -errno: -E2BIG longer than NSV_TEXT_MAX, -ETIMEDOUT, -ENOENT... */
	char *text;	  /* malloc'd, or NULL */
	size_t len;
};

/*
 * Reads the @n texts below @root, an O_PATH fd of the container's "/" or of a clone of it, by the
 * resolver (nsview/root.h), regular files only. An ordinary user's helper joins the container's
 * user namespace. Each text has its own result; free the texts afterwards. 0, or -errno of fork(2).
 */
int nsv_texts_read(const struct nsv_target *t, int root, struct nsv_text *texts, size_t n);

#endif
