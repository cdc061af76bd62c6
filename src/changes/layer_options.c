/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * layer_options.c - upperdir, lowerdir and what else matters. The kernel escapes a comma in a value
 * as \054; overlayfs has "\:" for a colon within one of the paths. See layer_options.h.
 */
#include "changes/layer_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "changes/internal.h"
#include "reach/mountinfo.h"

static int add(struct nsv_layer_options *o, const char *path, bool data)
{
	if (o->n == NSV_LAYERS_MAX)
		return -E2BIG;
	o->lower[o->n] = strdup(path);
	if (!o->lower[o->n])
		return -ENOMEM;
	o->n++;
	o->n_data += data;
	return 0;
}

/* Takes one path off @list, without its backslashes. *ret_colon: a colon ended it. */
static char *next_path(char **list, bool *ret_colon)
{
	char *from = *list, *to = *list, *path = *list;

	while (*from && *from != ':') {
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from++;
	}
	*ret_colon = *from == ':';
	*list = from + *ret_colon;
	*to = '\0';
	return path;
}

/* "A:B::DATA::DATA": two colons come before each layer that has content only. */
static int add_list(struct nsv_layer_options *o, char *list)
{
	bool data = false, more = true;
	int r = 0;

	while (more && r == 0) {
		const char *path = next_path(&list, &more);

		if (*path)
			r = add(o, path, data);
		else
			data = true;
	}
	return r;
}

static int take(struct nsv_layer_options *o, char *option)
{
	bool colon;

	if (strncmp(option, "lowerdir=", 9) == 0)
		return add_list(o, nsv_mount_unescape(option + 9));
	if (strncmp(option, "lowerdir+=", 10) == 0) {
		option = nsv_mount_unescape(option + 10);
		return add(o, next_path(&option, &colon), false);
	}
	if (strncmp(option, "datadir+=", 9) == 0) {
		option = nsv_mount_unescape(option + 9);
		return add(o, next_path(&option, &colon), true);
	}
	if (strncmp(option, "upperdir=", 9) == 0) {
		free(o->upper);
		o->upper = strdup(nsv_mount_unescape(option + 9));
		return o->upper ? 0 : -ENOMEM;
	}
	o->userxattr = o->userxattr || strcmp(option, "userxattr") == 0;
	o->no_redirect = o->no_redirect || strcmp(option, "redirect_dir=nofollow") == 0;
	return 0;
}

int nsv_layer_options_parse(char *super, struct nsv_layer_options *ret)
{
	struct nsv_layer_options o = { .lower = calloc(NSV_LAYERS_MAX, sizeof(*o.lower)) };
	char *option;
	int r = o.lower ? 0 : -ENOMEM;

	while (r == 0 && (option = strsep(&super, ",")))
		r = take(&o, option);
	if (r < 0)
		nsv_layer_options_free(&o);
	else
		*ret = o;
	return r;
}

void nsv_layer_options_free(struct nsv_layer_options *o)
{
	for (size_t i = 0; o->lower && i < o->n; i++)
		free(o->lower[i]);
	free(o->lower);
	free(o->upper);
	*o = (struct nsv_layer_options){ 0 };
}
