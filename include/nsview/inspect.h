/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/inspect.h - all that the host knows of one process and the container it is in.
 *
 * Everything comes from the host's procfs and, for addresses and hostname, from a child that
 * joins the network and UTS namespaces (setns(2)) and asks the kernel there: nothing of the
 * container is executed, no file of its is read. Each part is asked for by a flag and is left empty
 * where the caller may not see it, with the reason in missing[].
 *
 * Races: the process is held by the target (target.h) and checked to live when all has been read;
 * -ESRCH otherwise. What changes meanwhile may be mixed.
 */
#ifndef NSVIEW_INSPECT_H
#define NSVIEW_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <nsview/error.h>
#include <nsview/target.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nsv_inspect_flags {
	NSV_INSPECT_HOSTNAME = 1 << 0,
	NSV_INSPECT_ADDRESSES = 1 << 1,
	NSV_INSPECT_MOUNTS = 1 << 2,
	NSV_INSPECT_TREE = 1 << 3, /* the processes of its mount namespace */
};

/* In the order of `lsns`: the eight kinds of namespaces(7). */
enum nsv_ns_kind {
	NSV_NS_MNT,
	NSV_NS_UTS,
	NSV_NS_IPC,
	NSV_NS_NET,
	NSV_NS_PID,
	NSV_NS_USER,
	NSV_NS_CGROUP,
	NSV_NS_TIME,
	NSV_NS_KINDS,
};

/* "mnt", "uts", ... as below /proc/PID/ns. */
const char *nsv_ns_name(enum nsv_ns_kind kind);

/* "sys_admin", ... as capabilities(7) without the CAP_; NULL for a number that is none. */
const char *nsv_capability_name(unsigned capability);

struct nsv_namespace {
	uint64_t inode; /* 0: unreadable, or the kernel has none of that kind */
	bool host;	/* the caller's own */
};

struct nsv_address {
	const char *interface;
	unsigned index;	   /* of the interface */
	int family;	   /* AF_INET or AF_INET6 */
	char text[64];	   /* inet_ntop(3) */
	unsigned prefix;   /* length */
	const char *scope; /* "global", "link", "host", "site" or a number, as ip(8) */
	bool up;	   /* the interface is */
};

struct nsv_mount {
	const char *target; /* the mount point, as seen below the container's root */
	const char *type, *source, *root, *options, *super_options; /* as in mountinfo, unescaped */
	const char *lower, *upper,
	    *work; /* of an overlay, else NULL; the host's paths as mounted */
};

struct nsv_member {
	pid_t pid, ppid;     /* the host's numbers; ppid 0: unknown */
	pid_t inside;	     /* in the innermost PID namespace */
	uint32_t uid;	     /* effective, host's number */
	const char *command; /* arguments joined by blanks, cut at 4 KiB; the name in brackets
				without any */
};

struct nsv_id_range {
	uint32_t inside, host, count;
};

struct nsv_inspection {
	pid_t pid;     /* thread group, as the host has it */
	size_t levels; /* of PID namespaces, the host's first */
	pid_t nspids[33];
	uint64_t start;	   /* clock ticks since boot */
	uint32_t uid, gid; /* effective, the host's numbers */
	const char *command;
	struct nsv_namespace ns[NSV_NS_KINDS];
	const char *hostname, *domainname;
	const struct nsv_address *addresses;
	size_t n_addresses;
	const struct nsv_id_range *uid_map, *gid_map;
	size_t n_uid_map, n_gid_map;
	const struct nsv_mount *mounts;
	size_t n_mounts;
	const struct nsv_member *members; /* ascending by PID */
	size_t n_members;
	uint64_t cap_effective, cap_permitted, cap_bounding, cap_inheritable, cap_ambient;
	int seccomp; /* 0 none, 1 strict, 2 filter; -1 unknown */
	unsigned seccomp_filters;
	bool no_new_privs;
	const char *lsm;    /* label (AppArmor, SELinux), or NULL */
	const char *cgroup; /* v2 path, else that of name=systemd, else the first */
	const char *root;   /* of the process within its mount namespace: "/" unless chrooted */
	const char *const
	    *missing; /* "addresses: Operation not permitted": what could not be read */
	size_t n_missing;
};

/*
 * Looks at the target's process. On success *ret is the caller's, to be given to
 * nsv_inspection_free(). -EINVAL: unknown flags, or a target without a process; -ESRCH: it has
 * ended. Forks a child for HOSTNAME and ADDRESSES.
 */
int nsv_inspect(const struct nsv_target *target, unsigned flags, struct nsv_inspection **ret,
		struct nsv_error *e);

/* NULL is fine. Returns NULL. */
struct nsv_inspection *nsv_inspection_free(struct nsv_inspection *i);

#ifdef __cplusplus
}
#endif
#endif
