/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stopped_podman.h - Podman's part of stopped.h; private to this folder. */
#ifndef NSV_DISCOVER_STOPPED_PODMAN_H
#define NSV_DISCOVER_STOPPED_PODMAN_H

#include <stdbool.h>

struct nsv_hints;
struct nsv_name;

/* Whether a list of containers/storage that the caller may read has a container of that name or ID.
 * The owners of lists are taken for the owners of what is named in them. */
bool nsv_stopped_podman(struct nsv_hints *h, const struct nsv_name *name);
/* Whether the text of @name is @id, or the beginning of it in 12 digits at least. */
bool nsv_stopped_is_id(const struct nsv_name *name, const char *id);

#endif
