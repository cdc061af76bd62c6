/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* caps.c - see caps.h. No state, no locks. */
#include "caps.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WORDS _LINUX_CAPABILITY_U32S_3

int nsv_caps_get(struct nsv_caps *ret)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[WORDS] = { 0 };

	if (syscall(SYS_capget, &head, data) < 0)
		return -errno;
	*ret = (struct nsv_caps){ 0 };
	for (unsigned i = 0; i < WORDS; i++) {
		ret->effective |= (uint64_t)data[i].effective << 32 * i;
		ret->permitted |= (uint64_t)data[i].permitted << 32 * i;
		ret->inheritable |= (uint64_t)data[i].inheritable << 32 * i;
	}
	return 0;
}

int nsv_caps_set(const struct nsv_caps *caps)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[WORDS];

	for (unsigned i = 0; i < WORDS; i++) {
		data[i].effective = (uint32_t)(caps->effective >> 32 * i);
		data[i].permitted = (uint32_t)(caps->permitted >> 32 * i);
		data[i].inheritable = (uint32_t)(caps->inheritable >> 32 * i);
	}
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

int nsv_caps_keep(uint64_t kept)
{
	struct nsv_caps caps;
	int r = nsv_caps_get(&caps);

	if (r < 0)
		return r;
	caps.effective &= kept;
	caps.permitted &= kept;
	caps.inheritable = 0;
	return nsv_caps_set(&caps);
}

int nsv_caps_raise(void)
{
	struct nsv_caps caps;
	int r = nsv_caps_get(&caps);

	if (r < 0)
		return r;
	caps.effective = caps.permitted;
	return nsv_caps_set(&caps);
}
