/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capability.c - see capability.h. No state, no locks. */
#include "run/inside/capability.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include <nsview/inspect.h>

int nsv_cap_number(const char *name)
{
	const char *known;

	if (strncmp(name, "CAP_", 4) != 0)
		return -EINVAL;
	for (unsigned i = 0; (known = nsv_capability_name(i)); i++)
		if (strcasecmp(name + 4, known) == 0)
			return (int)i;
	return -EINVAL;
}

int nsv_cap_bound(uint64_t wanted)
{
	for (unsigned cap = 0; cap < 64; cap++) {
		int has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (has < 0)
			break; /* beyond the kernel's last */
		if (has && !(wanted & 1ULL << cap) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -errno;
	}
	return 0;
}

int nsv_cap_ambient(uint64_t wanted)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	for (unsigned cap = 0; cap < 64; cap++)
		if (wanted & 1ULL << cap &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return -errno;
	return 0;
}
