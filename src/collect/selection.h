/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * selection.h - which of the container's files a collection asks for, by path and by artifact, and
 * what became of each wish. No locks: one thread may ask while another one counts.
 */
#ifndef NSV_COLLECT_SELECTION_H
#define NSV_COLLECT_SELECTION_H

#include "collect/internal.h"
#include "collect/path_set.h"
#include "collect/patterns.h"

struct nsv_selection;

/*
 * Resolves paths and expands artifacts, by the container's users. @changed is taken too; borrowed,
 * until nsv_selection_free(). 0 or -ENOMEM.
 */
int nsv_selection_new(struct nsv_collection *c, const struct nsv_path_set *changed,
		      struct nsv_selection **ret);
/* NULL is fine. Returns NULL. */
struct nsv_selection *nsv_selection_free(struct nsv_selection *s);

/* Whether everything is wanted: no path needs to be made. */
bool nsv_selection_is_all(const struct nsv_selection *s);
/*
 * Whether @path, without a slash at its beginning, is to be taken, or to be entered if it is a
 * folder; and whether it is to be taken if it is none.
 */
bool nsv_selection_wants(struct nsv_selection *s, const char *path);
bool nsv_selection_takes(struct nsv_selection *s, const char *path);
/* Counts what the walk met, as nsv_patterns_met(). */
void nsv_selection_met(struct nsv_selection *s, const char *path, mode_t mode, uint64_t size,
		       enum nsv_found_as as, const char *reason);
/* An outcome for each path and each artifact that was asked for. */
void nsv_selection_tell(struct nsv_selection *s);

#endif
