/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsdiff_layer.h - a container's changes as a layer of an image, and the whole image. One thread.
 */
#ifndef NSV_CLI_NSDIFF_LAYER_H
#define NSV_CLI_NSDIFF_LAYER_H

#include <nsview/changes.h>

#include "cli/nsdiff.h"
#include "cli/nsdiff_out.h"

/*
 * Puts the changes since the image (@image: instead all files of the image) as a tar, as OCI's
 * image-spec has it in layer.md: ".wh.NAME" is for a deleted NAME. What can't be taken is one line
 * on stderr each and counted as a problem. 0 or -errno.
 */
int nsdiff_layer_put(struct nsdiff *d, struct nsv_changes *c, const struct nsv_target *target,
		     bool image, struct nsdiff_out *o, struct nsv_error *e);
/* Writes the layer alone (d->layer), or an image of OCI that Docker loads, too (d->image). */
enum cli_exit nsdiff_layer(struct nsdiff *d, struct nsv_changes *c,
			   const struct nsv_target *target);

#endif
