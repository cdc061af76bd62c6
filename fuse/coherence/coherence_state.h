/* SPDX-License-Identifier: GPL-2.0-or-later */
/* coherence_state.h - what coherence.h stands for; for coherence.c and watching.c. */
#ifndef NSV_FUSE_COHERENCE_STATE_H
#define NSV_FUSE_COHERENCE_STATE_H

#include "fuse/coherence/invalidate.h"
#include "fuse/coherence/watched.h"

struct coherence {
	struct kernel kernel;
	struct told told;
	struct top *top;
	struct watched_list list;
	struct loop *loop;
	struct deliver *deliver;
	struct container_events *events;
	struct changes *changes; /* these two are NULL with cache=never */
	struct mapped *mapped;
};

#endif
