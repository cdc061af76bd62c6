/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * links.h - what readlink answers, so that the host's kernel stays in the container.
 *
 * The host's kernel follows what a link in the view says: an absolute text would lead to the
 * host's files. So texts are rewritten. A text goes up by ".." at most as often as the link lies
 * deep, all of them at its start, and goes down from there; each component on its way is a link of
 * the view again or no link. Nodes are paths (tree.h), so the depth is exact whatever the container
 * renames.
 */
#ifndef NSV_FUSE_LINKS_H
#define NSV_FUSE_LINKS_H

#include <stdbool.h>
#include <stddef.h>

/* Of what Linux gives back for a link. */
#define LINK_MAX_TEXT 4095

/*
 * Whether @text may be answered as it is by a link that lies @depth folders below the container's
 * root: it is relative, and all its ".." stand at its start and are no more than @depth.
 */
bool link_is_confined(const char *text, unsigned depth);

/*
 * Whether ".." comes after a name in @text: then where it leads depends on what that name is, and
 * it has to be resolved in the container first.
 */
bool link_needs_resolving(const char *text);

/*
 * Rewrites a text. @dir is the folder of the link from the container's root, "" or "a/b"; its depth
 * is the number of names in it. ".." is taken by the letter: it takes away the name before it, and
 * nothing at the root. An absolute text is one from the container's root. The answer, malloc'd, is
 * confined. NULL and errno: ENOMEM, or ENAMETOOLONG.
 */
char *link_confine(const char *text, const char *dir);

#endif
