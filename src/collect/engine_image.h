/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine_image.h - what an engine's store says of the image of a container: its digest, its layers,
 * its configuration. Each finds nothing where the folder is another engine's. 0 or -errno of the
 * package.
 */
#ifndef NSV_COLLECT_ENGINE_IMAGE_H
#define NSV_COLLECT_ENGINE_IMAGE_H

#include "collect/engine_files.h"

/* Docker: image.json. @dir: the container's folder, e->dir. */
int nsv_engine_docker_image(struct nsv_engine *e, int dir);
/* containers/storage, of Podman and CRI-O: storage-*.json, image.json, image-manifest.json. */
int nsv_engine_storage_image(struct nsv_engine *e);
/* containerd, where the image is named by its digest: image-manifest.json, image.json. */
int nsv_engine_containerd_image(struct nsv_engine *e);

#endif
