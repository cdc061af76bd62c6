/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * storage.h - where an engine keeps layers: below its storage root, which the folder that it keeps
 * of the container proves (hints of discover).
 */
#ifndef NSV_CHANGES_STORAGE_H
#define NSV_CHANGES_STORAGE_H

#include "changes/host_path.h"
#include "changes/internal.h"
#include "changes/layer_options.h"

/* Of the options' engine: malloc'd, without a slash at its end; NULL: none. */
char *nsv_storage_root(const struct nsv_changes_options *o);
/*
 * Opens the layer @path, as mountinfo names it, below @root: with O_PATH. Short names of Docker and
 * Podman (l/NAME) are resolved. -EXDEV: it is not below @root; or of nsv_host_open().
 */
int nsv_storage_open(struct nsv_host *h, const char *root, const char *path);
/*
 * The layers of a container over fuse-overlayfs, of which mountinfo says nothing, as Podman's and
 * Docker's files name them. -ENOENT: they don't.
 */
int nsv_storage_layers(struct nsv_host *h, const char *root, const struct nsv_changes_options *o,
		       struct nsv_layer_options *ret);

#endif
