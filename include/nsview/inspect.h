/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/inspect.h - collects what the host knows of one process and its container.
 *
 * The source is the host's procfs. For addresses and hostname a helper process joins the network
 * and UTS namespaces (setns(2), Linux 3.0) and asks the kernel there (rtnetlink(7), uname(2)).
 * Nothing of the container is executed, and none of its files is read. A part that the caller may
 * not read stays empty, and nsv_inspection_missing() says why.
 *
 * Privilege: the target's (target.h). Addresses and hostname need CAP_SYS_ADMIN over the network
 * and UTS namespaces, which the owner of their user namespace has there.
 *
 * Races: the target holds the process. If it has ended by the time the last part is read, the call
 * fails with -ESRCH. Parts are read one after the other and may show different moments.
 *
 * Threads: several threads may read one inspection. nsv_inspect() fork(2)s helpers and reaps them
 * before it returns; a helper that is stuck in the kernel is left behind.
 *
 * Kernel: Linux 5.8.
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

/* Parts that cost more. All others are always read. Unknown flags are refused with -EINVAL. */
enum nsv_inspect_flags {
	NSV_INSPECT_HOSTNAME = 1 << 0,	/* hostname, domainname: a helper process */
	NSV_INSPECT_ADDRESSES = 1 << 1, /* a helper process */
	NSV_INSPECT_MOUNTS = 1 << 2,	/* reads mountinfo, at most 32 MiB */
	NSV_INSPECT_TREE = 1 << 3,	/* members: one readlink(2) a process of the machine */
	NSV_INSPECT_LISTENERS = 1 << 4, /* a helper process; one readlink(2) a process of the
					   machine unless TREE is asked for, too, and one an fd
					   of the container's, at most 262,144 */
	NSV_INSPECT_LIMITS = 1 << 5,
	NSV_INSPECT_ENVIRONMENT = 1 << 6, /* a helper process reads at most 128 KiB */
};

/* The kinds of namespaces(7). Later versions may know more. */
enum nsv_ns_kind {
	NSV_NS_MNT,
	NSV_NS_UTS,
	NSV_NS_IPC,
	NSV_NS_NET,
	NSV_NS_PID,
	NSV_NS_USER,
	NSV_NS_CGROUP,
	NSV_NS_TIME,
};

/* "mnt", "uts"...: the name in /proc/PID/ns; "?" for a value out of range. */
const char *nsv_ns_name(enum nsv_ns_kind kind);

/* "sys_admin"...: the name in capabilities(7) in lower case without CAP_; NULL for an unknown
 * number. */
const char *nsv_capability_name(unsigned capability);

struct nsv_namespace {
	uint64_t inode; /* 0: unreadable, or a kind that this kernel lacks */
	bool host;	/* whether it is the caller's own */
};

struct nsv_address {
	const char *interface;
	unsigned index;	   /* of the interface */
	int family;	   /* AF_INET or AF_INET6 */
	char text[64];	   /* inet_ntop(3) */
	unsigned prefix;   /* its length in bits */
	const char *scope; /* "global", "link", "host", "site" or a number, as in ip(8) */
	bool up;	   /* whether the interface is up */
};

struct nsv_mount {
	const char *target; /* the mount point, below the process's root */
	/* As in proc_pid_mountinfo(5), unescaped. */
	const char *type, *source, *root, *options, *super_options;
	/* The layers of an overlay, as paths of the host when it was mounted; else NULL. */
	const char *lower, *upper, *work;
};

struct nsv_member {
	pid_t pid, ppid; /* the host's numbers; ppid 0: unknown */
	pid_t inside;	 /* PID in the innermost PID namespace */
	uint32_t uid;	 /* effective user, the host's number */
	/* Arguments joined by blanks, at most 4 KiB; without any, "[NAME]". */
	const char *command;
};

/*
 * A TCP or UDP socket that waits for peers, in the process's network namespace. In the caller's own
 * namespace only those of the container's processes count; else those of others have pid 0.
 */
struct nsv_listener {
	const char *protocol; /* "tcp", "udp" */
	int family;	      /* AF_INET or AF_INET6 */
	char text[64];	      /* the address, as inet_ntop(3) has it */
	unsigned port;
	uint32_t uid;	     /* of the socket's owner, the host's number */
	pid_t pid;	     /* a process of the container that has it open, or 0 */
	int fd;		     /* there; or -1 */
	const char *program; /* that process's name, or NULL */
};

/* A resource limit (getrlimit(2)). */
struct nsv_limit {
	const char *resource; /* as prlimit(1) names it, "nofile"; else as /proc has it */
	uint64_t soft, hard;  /* UINT64_MAX: unlimited */
	const char *unit;     /* "bytes", "files"..., or NULL */
};

/* Of the environment as the process got it, unless it has overwritten it. */
struct nsv_variable {
	const char *name, *value; /* value NULL: there is no "=" */
};

/* A line of uid_map or gid_map (user_namespaces(7)). @host is the caller's user namespace's number.
 */
struct nsv_id_range {
	uint32_t inside, host, count;
};

/*
 * The inspection owns all strings. Strings may hold bytes that the container chose: escape them
 * before a terminal. Later versions append members: only nsv_inspect() makes one.
 */
struct nsv_inspection {
	pid_t pid;	   /* of the thread group, the host's number */
	size_t levels;	   /* PID namespaces that it is in: nsv_inspection_pid() */
	uint64_t start;	   /* clock ticks since boot (proc_pid_stat(5) field 22) */
	uint32_t uid, gid; /* effective, the host's numbers */
	const char *command;
	const char *hostname, *domainname;
	uint64_t cap_effective, cap_permitted, cap_bounding, cap_inheritable, cap_ambient;
	int seccomp; /* as in proc_pid_status(5): 0 none, 1 strict, 2 filter; -1 unknown */
	unsigned seccomp_filters;
	bool no_new_privs;
	const char *lsm;    /* label of AppArmor or SELinux, or NULL */
	const char *cgroup; /* the path that names an engine, else v2's, else name=systemd's */
	const char *root;   /* the process's root in its mount namespace: "/" unless chrooted */
	/* How many there are of what the calls below show one by one. */
	size_t n_addresses, n_uid_map, n_gid_map, n_mounts, n_members, n_listeners, n_limits,
	    n_environment, n_missing;
};

/*
 * Inspects the target's process; the target is borrowed. On success the caller owns *ret and frees
 * it with nsv_inspection_free(). -EINVAL: unknown flags, or a target without a process; -ESRCH: the
 * process has ended; -ENOMEM. A part that can't be read is not an error.
 */
int nsv_inspect(const struct nsv_target *target, unsigned flags, struct nsv_inspection **ret,
		struct nsv_error *e);

/* NULL is fine. Returns NULL. */
struct nsv_inspection *nsv_inspection_free(struct nsv_inspection *i);

/*
 * The @n-th of each list, from 0 on; NULL past the end. The inspection owns what they return, until
 * it is freed. A list is empty where it was not asked for or could not be read.
 */

/* The process's PID in the @level-th of its PID namespaces, the host's first; 0 past the end. */
pid_t nsv_inspection_pid(const struct nsv_inspection *i, size_t level);
/* NULL: no kind that this version knows. */
const struct nsv_namespace *nsv_inspection_namespace(const struct nsv_inspection *i,
						     enum nsv_ns_kind kind);
const struct nsv_address *nsv_inspection_address(const struct nsv_inspection *i, size_t n);
const struct nsv_mount *nsv_inspection_mount(const struct nsv_inspection *i, size_t n);
const struct nsv_member *nsv_inspection_member(const struct nsv_inspection *i,
					       size_t n); /* by PID */
const struct nsv_listener *nsv_inspection_listener(const struct nsv_inspection *i, size_t n);
const struct nsv_limit *nsv_inspection_limit(const struct nsv_inspection *i, size_t n);
const struct nsv_variable *nsv_inspection_variable(const struct nsv_inspection *i, size_t n);
/* Of uid_map (n_uid_map) or gid_map. */
const struct nsv_id_range *nsv_inspection_id_range(const struct nsv_inspection *i,
						   enum nsv_id_kind kind, size_t n);
/* Parts that could not be read, and why: "addresses: Operation not permitted". */
const char *nsv_inspection_missing(const struct nsv_inspection *i, size_t n);

#ifdef __cplusplus
}
#endif
#endif
