/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine.h - engine/: what the engine itself wrote on the host about this container. */
#ifndef NSV_COLLECT_ENGINE_H
#define NSV_COLLECT_ENGINE_H

#include "collect/internal.h"

/* 0 or -errno of the package. */
int nsv_collect_engine(struct nsv_collection *c);

#endif
