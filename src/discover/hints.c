/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hints.c - to come. */
#include "discover/internal.h"

void nsv_hints_fill(struct nsv_scan *scan)
{
	(void)scan;
}
