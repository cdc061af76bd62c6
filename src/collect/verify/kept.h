/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kept.h - members of a package whose bytes are wanted after it was verified, for a reader that
 * makes something of them. They are as hostile as the package. No locks: one thread.
 */
#ifndef NSV_COLLECT_KEPT_H
#define NSV_COLLECT_KEPT_H

#include <nsview/collect.h>

#include "collect/text.h"

struct nsv_kept {
	const char *name;
	uint64_t max; /* bytes; what lies beyond is lost */
	struct nsv_text text;
	bool found;
};

/*
 * Before nsv_package_reader_confine(). nsv_package_verify() fills the texts of @kept, which is
 * borrowed until then; the caller frees each text. NSV_KEPT_MAX at most.
 */
void nsv_package_reader_keep(struct nsv_package_reader *r, struct nsv_kept *kept, size_t n);

#endif
