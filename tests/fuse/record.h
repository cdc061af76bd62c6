/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record.h - a container's record without a real container, for tests of fuse/coherence. */
#ifndef NSV_TESTS_RECORD_H
#define NSV_TESTS_RECORD_H

#include <stdint.h>

#include "fuse/coherence/watched.h"

/* Makes a record on an empty container, with one reference for the caller. */
struct watched_container *record_new(uint64_t serial);

/* Drops that reference. The last reference frees both. */
void record_put(struct watched_container *c);

uint64_t record_serial(const struct lane *lane);

#endif
