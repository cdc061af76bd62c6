/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/discover.h - finds the running containers and their names.
 *
 * A container is a group of processes that share a mount namespace (mount_namespaces(7)) other than
 * the caller's, with a "/" other than the caller's. No engine is asked, and none needs to run. One
 * pass over /proc finds the groups. Engine, ID and pod come from the cgroup path (cgroups(7)),
 * which the container can't change beyond the cgroup that was delegated to it. Name, image and
 * labels come from the engine's state files; a file counts only if the PID that it records is a
 * process of that container. Where the path names no engine (rootless Podman without a cgroup of
 * its own), NSV_SCAN_HINTS takes it from the container's monitor: conmon, containerd's shim, LXC's
 * monitor, systemd-nspawn. A pod's sandbox ("pause") has the pod_container "POD".
 *
 * Forgery. A container chooses its hostname. A user may give a cgroup that was delegated to them
 * any engine's name and ID. So names are for people: hold a container by PID, start time and mount
 * namespace. Two containers that claim one name make the name ambiguous; a name never leads to the
 * wrong one.
 *
 * Races: a scan is a snapshot taken over some milliseconds. Processes that end meanwhile are left
 * out without an error. To act on a result, open it with
 * nsv_target_open_pid(c->pid, c->mntns, c->start), which fails where the PID was re-used.
 *
 * Privilege: a process that the caller may not read (PTRACE_MODE_READ_FSCREDS, ptrace(2)) is
 * missing; nsv_scan_unseen() counts such processes. Joining a UTS namespace needs CAP_SYS_ADMIN
 * over it, which the owner of its user namespace has there; else the hostname stays NULL.
 *
 * Kernel: Linux 5.8.
 *
 * Threads: several threads may read one scan. nsv_scan_new() and nsv_role_of() fork(2) short-lived
 * helper processes (for hostnames, and for command lines whose owner could block the reader) and
 * reap them before they return.
 */
#ifndef NSVIEW_DISCOVER_H
#define NSVIEW_DISCOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <nsview/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nsv_scan;

/* What to find and to fill in. Unknown flags are refused with -EINVAL. */
enum nsv_scan_flags {
	NSV_SCAN_ALL = 1 << 0,	      /* also the host's own group, and services with a private
					 mount namespace; see kind */
	NSV_SCAN_HINTS = 1 << 1,      /* engine_name, image, labels, pod: reads engines' files */
	NSV_SCAN_HOSTNAMES = 1 << 2,  /* hostname: a helper joins UTS namespaces */
	NSV_SCAN_PARENTS = 1 << 3,    /* parent, for nested containers */
	NSV_SCAN_PROCS = 1 << 4,      /* pids of all processes; without it only n_pids */
	NSV_SCAN_NAMESPACES = 1 << 5, /* pidns and userns; mntns and utsns are always filled */
	NSV_SCAN_NO_ROOTFS = 1 << 6,  /* rootfs stays NULL: a table of mounts less for each */
};

struct nsv_scan_options {
	size_t size;	/* of this struct, set by NSV_SCAN_OPTIONS_INIT */
	unsigned flags; /* enum nsv_scan_flags */
	/*
	 * 0, or inode number of the one wanted mount namespace. Then the scan reads other
	 * containers only where the answer depends on them, and parent is not filled.
	 */
	uint64_t mntns;
	/* With mntns: its processes, if the caller knows them, borrowed; else NULL. */
	const pid_t *pids;
	size_t n_pids;
};

#ifdef __cplusplus
#define NSV_SCAN_OPTIONS_INIT                          \
	[] {                                           \
		struct nsv_scan_options nsv_init = {}; \
		nsv_init.size = sizeof(nsv_init);      \
		return nsv_init;                       \
	}()
#else
#define NSV_SCAN_OPTIONS_INIT                           \
	{                                               \
		.size = sizeof(struct nsv_scan_options) \
	}
#endif

enum nsv_container_kind {
	NSV_KIND_CONTAINER,
	NSV_KIND_SERVICE, /* a private mount namespace over the host's root, as by PrivateTmp= */
	NSV_KIND_HOST,	  /* the caller's own mount namespace */
};

struct nsv_label; /* opaque */

/*
 * One container. Later versions append members: only a scan or a watch makes one, and owns all
 * strings and lists. A string is NULL where unknown, and may hold
 * any bytes, chosen by the container: escape it before a terminal.
 */
struct nsv_container {
	enum nsv_container_kind kind;
	/* The lead: PID 1 of the outermost PID namespace that has its PID 1 in the group, else the
	 * oldest process. */
	pid_t pid;
	pid_t ppid;		/* the lead's parent; 0 where this /proc does not show it */
	uint32_t uid;		/* the lead's effective user, in the host's numbers */
	uint64_t start;		/* the lead's, clock ticks since boot (proc_pid_stat(5) field 22) */
	uint64_t mntns, utsns;	/* inode numbers; 0 where unreadable */
	uint64_t pidns, userns; /* with NSV_SCAN_NAMESPACES; else may be 0 */
	size_t n_pids;		/* number of processes (thread groups) */
	const pid_t *pids;	/* with NSV_SCAN_PROCS, ascending; else NULL */
	ssize_t parent;		/* index of the container around it; -1: the host, or not asked */
	const char *rootfs;	/* file system type of "/" as in mountinfo: "overlay", "ext4" */
	const char *cgroup;	/* path in the caller's cgroup namespace */

	const char *engine;   /* "docker", "podman", "containerd", "cri-o", "lxc",
				 "systemd-nspawn"...; NULL where no pattern fits */
	const char *id;	      /* the engine's whole ID: 64 hex digits or a name */
	const char *short_id; /* the first 12 digits of a hex ID, else id */
	const char *pod_uid;

	const char *hostname; /* with NSV_SCAN_HOSTNAMES */

	/* With NSV_SCAN_HINTS. */
	const char *engine_name; /* "web1", as docker ps shows it */
	const char *image;
	const char *pod_namespace, *pod_name, *pod_container;
	const struct nsv_label *labels; /* shown one by one, see below */
	size_t n_labels;
	/* The folder on the host in which the engine keeps what it knows of this container, as its
	 * state files were found there; NULL: not known. */
	const char *engine_dir;
};

/*
 * Makes a scan. NULL options: the defaults. On success the caller owns *ret_scan and frees it with
 * nsv_scan_free(). -ENOTDIR: /proc is not procfs; -EINVAL: size or flags that this version does not
 * know; -ENOMEM, -EMFILE, -ENFILE. Cost: one readlink(2) a process, about ten system calls a
 * container.
 */
int nsv_scan_new(const struct nsv_scan_options *options, struct nsv_scan **ret_scan,
		 struct nsv_error *e);

/* Frees the scan and all that it owns. NULL is fine. Returns NULL. */
struct nsv_scan *nsv_scan_free(struct nsv_scan *scan);

/* The number of containers, and each of them, oldest start first; NULL past the end. */
size_t nsv_scan_count(const struct nsv_scan *scan);
const struct nsv_container *nsv_scan_get(const struct nsv_scan *scan, size_t i);

/*
 * The container that process or thread @pid of the host's /proc is in now, or NULL. Takes one
 * readlink(2). Without NSV_SCAN_ALL a service with private mounts inside a system container finds
 * that container.
 */
const struct nsv_container *nsv_scan_find_pid(const struct nsv_scan *scan, pid_t pid);
/* The container with this inode number of its mount namespace, or NULL. */
const struct nsv_container *nsv_scan_find_mntns(const struct nsv_scan *scan, uint64_t mntns);

/*
 * The key of the @i-th of a container's labels, and *ret_value (may be NULL) its value; NULL past
 * the end. Owner as of the container's strings.
 */
const char *nsv_container_label(const struct nsv_container *c, size_t i, const char **ret_value);

/* The number of processes that the caller had no permission to read. */
size_t nsv_scan_unseen(const struct nsv_scan *scan);

struct nsv_unseen {
	size_t size; /* of this struct, set by the caller */
	pid_t pid;
	int err; /* EACCES or EPERM */
	/* It is in a PID namespace of its own, or in the cgroup of an engine's container that is
	 * not in the scan: what everybody may know of it. */
	bool may_be_container;
};

/* One of them, in the order of /proc; false past the end. It is asked about it now. */
bool nsv_scan_unseen_get(const struct nsv_scan *scan, size_t i, struct nsv_unseen *ret);

/*
 * A container's name for people: the engine's name, else the hostname unless it is the host's own,
 * else the short ID, else NULL. Not always unique. The scan owns it.
 */
const char *nsv_container_name(const struct nsv_scan *scan, const struct nsv_container *c);

/*
 * Finds the one container that @name means: a hostname, an engine's name, an ID or its unique
 * prefix of at least 4 characters, "ENGINE:NAME" (the engine's name or ID, or an ID's prefix; the
 * engine "-" means a container without an engine), "host:HOSTNAME", or
 * "pod:NAMESPACE/NAME[/CONTAINER]". The scan needs NSV_SCAN_HINTS and NSV_SCAN_HOSTNAMES. The scan
 * owns *ret_container. -ENOENT: no match; -ENOTUNIQ: several, and @e lists them by names that the
 * caller can use instead.
 *
 * An engine's name or a whole ID outranks the beginning of an ID that is a name. It does not
 * outrank the beginning of a hex ID, because any user could name their container so: then @name is
 * ambiguous. A hostname, which the container chooses, outranks nothing: @name is ambiguous if it is
 * also another container's name or the beginning of its ID. A hostname that is a number, has a
 * colon or is the host's own is found with "host:" only.
 */
int nsv_scan_find_name(const struct nsv_scan *scan, const char *name,
		       const struct nsv_container **ret_container, struct nsv_error *e);

/*
 * For a @name that means no container of @scan: -ENOENT with "not running" in @e if Docker or
 * Podman has a container of that name or ID, as the caller may read; else 0. For messages only: no
 * process confirms the engines' lists. Reads at most 4,096 of their state files.
 */
int nsv_name_stopped(const struct nsv_scan *scan, const char *name, struct nsv_error *e);

/* Whether the @len bytes at @name are what nsv_container.engine is for some engine, "docker" say.
 */
bool nsv_engine_is_known(const char *name, size_t len);

/*
 * Makes a spec (nsv_target_open()) that means this container and no other: the name alone, else
 * with its engine, else the ID, else the PID. It holds only letters, digits and ".", "_", "-", ":",
 * "/". On success the caller owns *ret_spec and frees it with free(3). -ENOMEM. The scan needs the
 * flags that nsv_scan_find_name() needs.
 */
int nsv_scan_spec(const struct nsv_scan *scan, const struct nsv_container *c, char **ret_spec);

/* An nsv_name_resolver (target.h) that makes a scan of its own. @data is unused. Errors: those of
 * nsv_scan_new() and nsv_scan_find_name(). */
int nsv_resolve_name(const char *name, void *data, pid_t *ret_pid, uint64_t *ret_mntns,
		     uint64_t *ret_start, struct nsv_error *e);

/* The role of a process in the host's namespaces towards containers. */
enum nsv_role_kind {
	NSV_ROLE_NONE,	   /* nothing known */
	NSV_ROLE_SHIM,	   /* containerd-shim, conmon, lxc monitor: supervises containers */
	NSV_ROLE_ENGINE,   /* dockerd, containerd, crio, podman... */
	NSV_ROLE_ANCESTOR, /* any other ancestor of containers: a shell, unshare(1) */
};

struct nsv_role {
	size_t size; /* of this struct, set by the caller */
	enum nsv_role_kind kind;
	char comm[64]; /* the program's name, from /proc/PID/stat; the process can change it */
	pid_t *pids;   /* lead PIDs of its descendant containers; freed by nsv_role_done() */
	size_t n_pids;
};

/*
 * Finds the role of @pid, to explain to a person that this process is outside of the container they
 * mean. A process in a container has NSV_ROLE_NONE. On success the caller gives *ret_role to
 * nsv_role_done(). -ESRCH: the process has ended; -ENOMEM.
 */
int nsv_role_of(const struct nsv_scan *scan, pid_t pid, struct nsv_role *ret_role,
		struct nsv_error *e);
void nsv_role_done(struct nsv_role *role);

#ifdef __cplusplus
}
#endif
#endif
