/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <nsview/version.h>

unsigned nsv_version(void)
{
	return NSV_VERSION;
}
