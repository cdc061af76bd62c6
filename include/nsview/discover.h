/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/discover.h - which containers run here, and what they are called.
 *
 * A container is the group of processes that share a mount namespace which is not
 * the caller's and whose "/" is not the caller's either. That is all it takes:
 * no engine is asked, and none needs to run. One pass over /proc finds them; the
 * engine, the ID and the pod come from the cgroup path (cgroups(7)), which the
 * container can't write outside of what was delegated to it; the name, the image and
 * the labels come from the engine's state files, and are believed only where the PID
 * that the file records is a process of that very container. Where the path tells no engine
 * (rootless Podman without a cgroup of its own) NSV_SCAN_HINTS takes it from the process that keeps
 * the container: conmon, containerd's shim, LXC's monitor, systemd-nspawn. A pod's sandbox
 * ("pause") has POD for its pod_container.
 *
 * What may be forged. A hostname is the container's own choice. A user with a
 * delegated cgroup may give it any engine's name and ID. So names are for people:
 * what is held is a process (pid, start time and mount namespace), and two
 * containers that claim one name make the name ambiguous, never the wrong one's.
 *
 * Races. A scan is a picture of some milliseconds: processes that end meanwhile are left
 * out, and that is no error. Who acts on a result opens it by
 * nsv_target_open_pid(c->pid, c->mntns), which fails where the PID was used again.
 *
 * Privilege. A process that the caller may not look at (PTRACE_MODE_READ_FSCREDS) is counted in
 * nsv_scan_unseen() and otherwise missing. Without CAP_SYS_ADMIN over a container's UTS
 * namespace its hostname stays NULL.
 *
 * Threads: a scan may be read by several threads. nsv_scan_new() forks a short-lived child for
 * the hostnames (clone(2) with CLONE_VM would share locks: it is a plain fork), and
 * waits for it.
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

/* What to look for. Unknown flags are refused with -EINVAL. */
enum nsv_scan_flags {
	NSV_SCAN_ALL = 1 << 0,	      /* the host's own group and services with a private mount
					 namespace too (kind says which) */
	NSV_SCAN_HINTS = 1 << 1,      /* engine_name, image, labels, pod: reads engines' files */
	NSV_SCAN_HOSTNAMES = 1 << 2,  /* hostname: enters UTS namespaces in a child */
	NSV_SCAN_PARENTS = 1 << 3,    /* parent, for nested containers */
	NSV_SCAN_PROCS = 1 << 4,      /* pids of every process; else n_pids counts them only */
	NSV_SCAN_NAMESPACES = 1 << 5, /* pidns and userns; mntns and utsns are always there */
};

struct nsv_scan_options {
	size_t size;	/* of this struct, set by NSV_SCAN_OPTIONS_INIT */
	unsigned flags; /* enum nsv_scan_flags */
	/* A directory to read instead of /proc, borrowed; for tests with a recorded tree. Negative:
	 * the host's /proc, checked to be procfs. */
	int procfs;
	/*
	 * 0, or the mount namespace whose container alone is wanted: others are looked at only
	 * where it can't be known without. parent is not told then.
	 */
	uint64_t mntns;
	/* With mntns, where its processes are known already: these, borrowed; else NULL. */
	const pid_t *pids;
	size_t n_pids;
};

#define NSV_SCAN_OPTIONS_INIT                                         \
	{                                                             \
		.size = sizeof(struct nsv_scan_options), .procfs = -1 \
	}

enum nsv_container_kind {
	NSV_KIND_CONTAINER,
	NSV_KIND_SERVICE, /* a mount namespace of its own over the host's root: PrivateTmp= and such
			   */
	NSV_KIND_HOST,	  /* the caller's own mount namespace */
};

struct nsv_label {
	const char *key, *value;
};

/*
 * One container. All strings belong to the scan, are NULL where unknown, and hold bytes
 * that others chose: escape them before a terminal.
 */
struct nsv_container {
	enum nsv_container_kind kind;
	/* The lead: PID 1 of the outermost PID namespace of the group that has one here, else the
	 * oldest process. */
	pid_t pid;
	pid_t ppid;	       /* of the lead: its parent, 0 where this /proc has none */
	uint32_t uid;	       /* the lead's effective user, as the host numbers it */
	uint64_t start;	       /* of the lead, clock ticks since boot (proc_pid_stat(5) field 22) */
	uint64_t mntns, utsns; /* inode numbers; 0 where unreadable */
	uint64_t pidns, userns; /* with NSV_SCAN_NAMESPACES, else perhaps 0 */
	size_t n_pids;		/* processes (thread groups) of the group */
	const pid_t *pids;	/* with NSV_SCAN_PROCS, ascending, else NULL */
	ssize_t parent;		/* index of the container it runs in; -1: the host, or not asked */
	const char *rootfs;	/* file system type of "/": "overlay", "fuse.fuse-overlayfs" */
	const char *cgroup;	/* the path, as the caller's cgroup namespace shows it */

	const char *engine;   /* "docker", "podman", "containerd", "cri-o", "lxc",
				 "systemd-nspawn"...; NULL where no pattern fits */
	const char *id;	      /* the engine's, whole: 64 hex digits or a name */
	const char *short_id; /* 12 digits of one in hex, else as id */
	const char *pod_uid;

	const char *hostname; /* with NSV_SCAN_HOSTNAMES */

	/* With NSV_SCAN_HINTS. */
	const char *engine_name; /* "web1", as docker ps has it */
	const char *image;
	const char *pod_namespace, *pod_name, *pod_container;
	const struct nsv_label *labels;
	size_t n_labels;
};

/*
 * Makes a scan. On success *ret_scan is the caller's, to be given to nsv_scan_free().
 * -ENOTDIR: /proc is not procfs; -EINVAL: size or flags that this version does not know;
 * -ENOMEM, -EMFILE, -ENFILE. Cost: one readlink for each process, about ten system calls for each
 * container.
 */
int nsv_scan_new(const struct nsv_scan_options *options, struct nsv_scan **ret_scan,
		 struct nsv_error *e);

/* NULL is fine. Returns NULL. */
struct nsv_scan *nsv_scan_free(struct nsv_scan *scan);

/* How many, and each; sorted by start, oldest first. NULL past the end. */
size_t nsv_scan_count(const struct nsv_scan *scan);
const struct nsv_container *nsv_scan_get(const struct nsv_scan *scan, size_t i);

/* The container that @pid (a process or thread of the host's /proc) is in now, or NULL. Takes one
 * readlink. For a service of a system container that has mounts of its own over the same root, and
 * is left out without NSV_SCAN_ALL, that container. */
const struct nsv_container *nsv_scan_find_pid(const struct nsv_scan *scan, pid_t pid);
/* By the inode number of the mount namespace, or NULL. */
const struct nsv_container *nsv_scan_find_mntns(const struct nsv_scan *scan, uint64_t mntns);

/* Processes that the caller was not allowed to look at. */
size_t nsv_scan_unseen(const struct nsv_scan *scan);

/*
 * What to call a container in one word: the engine's name, else the hostname unless it is the
 * host's own, else the ID (12 characters of one in hex), else NULL.
 */
const char *nsv_container_name(const struct nsv_scan *scan, const struct nsv_container *c);

/*
 * Finds the one container that @name means: a hostname, an engine's name, an ID or its unique
 * prefix of at least 4 characters, "ENGINE:NAME" (an engine's name or ID, whole or begun; the
 * engine "-" is none at all), "host:HOSTNAME", or "pod:NAMESPACE/NAME[/CONTAINER]". The scan needs
 * NSV_SCAN_HINTS and NSV_SCAN_HOSTNAMES. -ENOENT: none; -ENOTUNIQ: several, and @e lists them, by
 * names that can be used instead.
 *
 * An engine's name or a whole ID wins over the beginning of another name, but not over that of an
 * ID in hex, which any user could call his container by: that is ambiguous. A hostname, which is
 * the container's choice, wins over nothing: where it is also a name or the beginning of an ID of
 * another container, it is ambiguous. A number, a text with a colon, and the host's own hostname
 * are found as a hostname with "host:" only.
 */
int nsv_scan_find_name(const struct nsv_scan *scan, const char *name,
		       const struct nsv_container **ret_container, struct nsv_error *e);

/*
 * A text that nsv_scan_find_name(), or a command, takes for this container and no other: its name
 * alone, else with the engine, else the ID, else the PID. It holds nothing but letters,
 * digits and ".", "_", "-", ":", "/". On success *ret_spec is the caller's, to be given to free(3).
 * -ENOMEM. The scan needs what nsv_scan_find_name() needs.
 */
int nsv_scan_spec(const struct nsv_scan *scan, const struct nsv_container *c, char **ret_spec);

/* An nsv_name_resolver (target.h; @data unused) over a scan of its own. */
int nsv_resolve_name(const char *name, void *data, pid_t *ret_pid, uint64_t *ret_mntns,
		     struct nsv_error *e);

/* What a process in the host's namespaces is to the containers. */
enum nsv_role_kind {
	NSV_ROLE_NONE,	   /* nothing known */
	NSV_ROLE_SHIM,	   /* containerd-shim, conmon, lxc monitor: one container's monitor */
	NSV_ROLE_ENGINE,   /* dockerd, containerd, crio, podman... */
	NSV_ROLE_ANCESTOR, /* an ancestor of containers that is none of these: a shell, unshare(1)
			    */
};

struct nsv_role {
	enum nsv_role_kind kind;
	char comm[64]; /* the program, as /proc/PID/comm has it */
	pid_t *pids;   /* lead PIDs of the containers below it, malloc'd, the caller's */
	size_t n_pids;
};

/*
 * Tells why @pid, a process outside of all containers, is not the one that was meant. For a process
 * that is in a container the kind is NSV_ROLE_NONE. -ESRCH: it has ended.
 */
int nsv_role_of(const struct nsv_scan *scan, pid_t pid, struct nsv_role *ret_role,
		struct nsv_error *e);
void nsv_role_done(struct nsv_role *role);

#ifdef __cplusplus
}
#endif
#endif
