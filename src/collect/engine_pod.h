/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine_pod.h - what the kubelet and the sandbox of a pod have of a container. */
#ifndef NSV_COLLECT_ENGINE_POD_H
#define NSV_COLLECT_ENGINE_POD_H

#include "collect/engine_files.h"

/* engine/log/ and engine/pod/config.json. @dir: the container's folder. 0 or -errno of the package.
 */
int nsv_engine_pod(struct nsv_engine *e, int dir);

#endif
