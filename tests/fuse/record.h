/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record.h - a container's record without a container, for tests of the room coherence. */
#ifndef NSV_TESTS_RECORD_H
#define NSV_TESTS_RECORD_H

#include <stdint.h>

#include "fuse/coherence/watched.h"

/* Hangs off a place of its own, on which one reference is the caller's. */
struct watched_container *record_new(uint64_t serial);

/* Gives that back. Its last user frees both. */
void record_put(struct watched_container *c);

uint64_t record_serial(const struct lane *lane);

#endif
