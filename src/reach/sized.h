/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sized.h - structs that a program and the library share, whose first member is a size_t with the
 * struct's size as the program was compiled. Either side may be older, as in openat2(2): a struct
 * only grows, and 0 in a new member means what was before it.
 */
#ifndef NSV_REACH_SIZED_H
#define NSV_REACH_SIZED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copies the program's options @from into @to, @known bytes, whose own size it gets. Missing
 * members become 0. -EINVAL: the size is 0 or too small for a size; -E2BIG: it is larger than
 * @known and the rest is not 0, or it is beyond any sense.
 */
int nsv_sized_take(void *to, size_t known, const void *from);

/* Whether the program has set the size of @s: to be asked before any work is done for a result. */
bool nsv_sized_is_set(const void *s);

/* Fills the program's result @to from @from, of @known bytes: no more than its size says, and what
 * this version does not know is 0. -EINVAL: its size is not set. */
int nsv_sized_give(void *to, const void *from, size_t known);

#endif
