/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsdiff_mounts.c - whether something is mounted below a path of a container, which a comparison of
 * two containers leaves out. For a note only: what can't be told counts as a mount.
 */
#include <stdlib.h>
#include <string.h>

#include <nsview/inspect.h>

#include "base/util.h"
#include "cli/nsdiff.h"

static bool is_below(const char *point, const char *folder)
{
	size_t len = strlen(folder);

	len -= len > 0 && folder[len - 1] == '/';
	return strncmp(point, folder, len) == 0 && point[len] == '/' && point[len + 1];
}

bool nsdiff_has_mounts(const struct cli_side *side, const char *path)
{
	struct nsv_inspection *i = NULL;
	nsv_autofree char *folder = NULL;
	bool found;

	if (nsv_root_canonical(side->root, path, 0, &folder, NULL) < 0 ||
	    nsv_inspect(side->target, NSV_INSPECT_MOUNTS, &i, NULL) < 0)
		return true;
	found = i->n_missing > 0 || !i->n_mounts;
	for (size_t n = 0; n < i->n_mounts && !found; n++)
		found = is_below(nsv_inspection_mount(i, n)->target, folder);
	(void)nsv_inspection_free(i);
	return found;
}
