/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostnames.c - to come. */
#include "discover/internal.h"

void nsv_hostnames_fill(struct nsv_scan *scan)
{
	(void)scan;
}
