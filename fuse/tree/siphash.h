/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * siphash.h - SipHash-1-3, a keyed hash (Aumasson and Bernstein, 2012). Without the key an
 * attacker can't choose names that collide. No state, no locks.
 */
#ifndef NSV_FUSE_SIPHASH_H
#define NSV_FUSE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* Of @word followed by @len bytes. */
uint64_t siphash64(const uint64_t key[2], uint64_t word, const void *data, size_t len);
/* 32 bits of the same. */
uint32_t siphash(const uint64_t key[2], uint64_t word, const void *data, size_t len);

#endif
