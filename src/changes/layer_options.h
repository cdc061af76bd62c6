/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * layer_options.h - the options of an overlay, as the table of mounts has them. A container's owner
 * may have chosen them: any bytes, up to a line's length. No state.
 */
#ifndef NSV_CHANGES_LAYER_OPTIONS_H
#define NSV_CHANGES_LAYER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct nsv_layer_options {
	char *upper; /* NULL: none; owned, as all */
	char **lower;
	size_t n, n_data; /* the last n_data of the n are for content only */
	bool userxattr, no_redirect;
};

/* @super is taken apart. 0, -ENOMEM, -E2BIG: more than NSV_LAYERS_MAX. */
int nsv_layer_options_parse(char *super, struct nsv_layer_options *ret);
void nsv_layer_options_free(struct nsv_layer_options *o);

#endif
