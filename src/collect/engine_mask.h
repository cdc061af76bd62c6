/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine_mask.h - JSON of an engine without the values of environment variables. No state. */
#ifndef NSV_COLLECT_ENGINE_MASK_H
#define NSV_COLLECT_ENGINE_MASK_H

#include "collect/text.h"
#include "discover/hints/json_walk.h"

/* Appends @v to @out, values replaced by ***. */
void nsv_engine_mask(struct nsv_json v, struct nsv_text *out);

#endif
