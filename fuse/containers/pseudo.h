/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pseudo.h - which files of a container's procfs this process would read otherwise than the
 * container.
 *
 * Many answer for the namespaces of their reader (reach/proc_reader.h). The commands have a helper
 * read these; a process with threads should not fork for each open, so the view does not open them.
 */
#ifndef NSV_FUSE_PSEUDO_H
#define NSV_FUSE_PSEUDO_H

#include <stdbool.h>

#include "fuse/containers/container.h"

/*
 * Whether the file at @node, open as @fd, is to this process what it is to the container's: any
 * file that is not on procfs, and one there that depends on nothing in which the two differ. False
 * where that can't be told. Inside container_enter(); reads the host's own procfs. Any thread.
 */
bool pseudo_is_alike(const struct node *node, int fd);

#endif
