/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security.c - reads the label of the security module; names capabilities. No locks. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "discover/inspect/inspector.h"
#include "reach/procfs.h"
#include "reach/util.h"

static const char *const capabilities[] = {
	[CAP_CHOWN] = "chown",
	[CAP_DAC_OVERRIDE] = "dac_override",
	[CAP_DAC_READ_SEARCH] = "dac_read_search",
	[CAP_FOWNER] = "fowner",
	[CAP_FSETID] = "fsetid",
	[CAP_KILL] = "kill",
	[CAP_SETGID] = "setgid",
	[CAP_SETUID] = "setuid",
	[CAP_SETPCAP] = "setpcap",
	[CAP_LINUX_IMMUTABLE] = "linux_immutable",
	[CAP_NET_BIND_SERVICE] = "net_bind_service",
	[CAP_NET_BROADCAST] = "net_broadcast",
	[CAP_NET_ADMIN] = "net_admin",
	[CAP_NET_RAW] = "net_raw",
	[CAP_IPC_LOCK] = "ipc_lock",
	[CAP_IPC_OWNER] = "ipc_owner",
	[CAP_SYS_MODULE] = "sys_module",
	[CAP_SYS_RAWIO] = "sys_rawio",
	[CAP_SYS_CHROOT] = "sys_chroot",
	[CAP_SYS_PTRACE] = "sys_ptrace",
	[CAP_SYS_PACCT] = "sys_pacct",
	[CAP_SYS_ADMIN] = "sys_admin",
	[CAP_SYS_BOOT] = "sys_boot",
	[CAP_SYS_NICE] = "sys_nice",
	[CAP_SYS_RESOURCE] = "sys_resource",
	[CAP_SYS_TIME] = "sys_time",
	[CAP_SYS_TTY_CONFIG] = "sys_tty_config",
	[CAP_MKNOD] = "mknod",
	[CAP_LEASE] = "lease",
	[CAP_AUDIT_WRITE] = "audit_write",
	[CAP_AUDIT_CONTROL] = "audit_control",
	[CAP_SETFCAP] = "setfcap",
	[CAP_MAC_OVERRIDE] = "mac_override",
	[CAP_MAC_ADMIN] = "mac_admin",
	[CAP_SYSLOG] = "syslog",
	[CAP_WAKE_ALARM] = "wake_alarm",
	[CAP_BLOCK_SUSPEND] = "block_suspend",
	[CAP_AUDIT_READ] = "audit_read",
	[38] = "perfmon", /* Linux 5.8; older headers lack these three */
	[39] = "bpf",
	[40] = "checkpoint_restore",
};

const char *nsv_capability_name(unsigned capability)
{
	return capability < NSV_ARRAY_SIZE(capabilities) ? capabilities[capability] : NULL;
}

int nsv_inspect_security(struct nsv_inspector *in)
{
	char label[4096];
	ssize_t n = nsv_read_text(in->target->procdir, "attr/current", label, sizeof(label));

	/* EINVAL: no security module sets labels. */
	if (n == -EINVAL || n == -ENOENT || n == -EOPNOTSUPP)
		return 0;
	if (n < 0)
		return nsv_inspect_missing(in, "lsm", (int)n, NULL);
	label[strcspn(label, "\n")] = '\0';
	if (!*label)
		return 0;
	in->i.lsm = nsv_arena_str(&in->arena, label);
	return in->i.lsm ? 0 : -ENOMEM;
}
