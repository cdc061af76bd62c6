/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* parent.c - to come. */
#include "discover/internal.h"

void nsv_parents_fill(struct nsv_scan *scan)
{
	(void)scan;
}
