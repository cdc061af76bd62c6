/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * links.h - rules for the texts that readlink answers, so that the host's kernel stays inside the
 * container. No state.
 *
 * The host's kernel follows the text of a link in the view. An absolute text would lead to files
 * of the host, so texts are rewritten. An answer has at most as many ".." as the link has parent
 * folders below the root, all at its start, and leads down from there. Each component on its way
 * is a link of the view again, or no link. Nodes are paths (node.h), so the depth by
 * which the kernel knows a link is exact, whatever the container renames.
 */
#ifndef NSV_FUSE_LINKS_H
#define NSV_FUSE_LINKS_H

#include <stdbool.h>
#include <stddef.h>

/* The longest text, in bytes, that Linux returns for a link. */
#define LINK_MAX_TEXT 4095

/*
 * Whether a link @depth folders below the container's root may answer @text unchanged: @text is
 * relative, and has at most @depth "..", all at its start.
 */
bool link_is_confined(const char *text, unsigned depth);

/* Whether it begins with "..". */
bool link_goes_up(const char *text);

/*
 * Whether @text has ".." after a name. The name may be a link, so @text must be resolved in the
 * container first.
 */
bool link_needs_resolving(const char *text);

/*
 * Rewrites @text. @dir is the present path of the link's folder from the container's root, "" or
 * "a/b"; @depth is the number of folders by which the kernel knows it, another one if a folder was
 * renamed. ".." removes the name before it, and nothing at the root. An absolute @text
 * begins at the container's root. Returns a confined text, malloc'd, or NULL with errno ENOMEM or
 * ENAMETOOLONG.
 */
char *link_confine(const char *text, const char *dir, unsigned depth);

#endif
