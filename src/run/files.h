/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* files.h - the container's files below the place: a clone of its mounts, or its folder in a view.
 */
#ifndef NSV_RUN_FILES_H
#define NSV_RUN_FILES_H

#include <nsview/run.h>

#include "place.h"
#include "trim.h"

/*
 * Attaches a clone (nsv_mount_clone(), links not followed) and trims it. 0 or -errno with @e:
 * -ELOOP it holds files of mount namespaces.
 */
int nsv_files_clone(const struct nsv_place *place, int procfs, int clone, struct nsv_trimmed *ret,
		    struct nsv_error *e);

/* Attaches the container's folder of a view that is mounted. 0 or -errno: -ENOENT no view is. */
int nsv_files_view(const struct nsv_place *place, const struct nsv_target *t, struct nsv_error *e);

/* Opens a folder below the attached files, confined there. An O_PATH fd, the caller's, or -errno.
 */
int nsv_files_folder(const struct nsv_place *place, const struct nsv_target *t, const char *path,
		     struct nsv_error *e);

#endif
