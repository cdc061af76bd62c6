/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/run.h - runs a program of the host beside a container.
 *
 * Beside: the program and its libraries are the host's, and so is its "/", in a private copy of the
 * caller's mount namespace. What it shares with the container is what the caller chooses:
 *   - namespaces, by default the network namespace, with a fresh read-only /sys over it;
 *   - DNS: the container's resolv.conf and hosts lie over the host's, so that names resolve as
 *     inside, whatever cache or resolver daemon the host has;
 *   - files: a read-only clone of the container's mounts below a folder of the host, in which no
 *     link is followed, nothing is executed and no device opened.
 *
 * Never: the container's PID namespace or its mount namespace, its libraries and nsswitch modules,
 * fds of the caller other than 0, 1 and 2, and its environment unless asked for. A container that
 * shares the host's PID namespace sees the program, like any other of the host; nsv_run() notes it.
 *
 * The container is unchanged: its mount table and files are as before, and meanwhile it may mount,
 * unmount, end and be removed. All that nsv_run() mounts lies in a mount namespace of its own,
 * which ends with the program and its children.
 *
 * Privilege: CAP_SYS_ADMIN and CAP_SYS_CHROOT over the namespaces (root), or to own the container's
 * user namespace, which the program then joins as its root: the owner of a rootless container.
 *
 * Races: the target's pidfd shows whether the process still lives once its namespaces are open,
 * so they are never those of another process with its PID.
 *
 * Threads: the calling process must have one.
 *
 * Kernel: Linux 5.8; the clone needs 5.14.
 */
#ifndef NSVIEW_RUN_H
#define NSVIEW_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nsview/error.h>
#include <nsview/target.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The kinds of namespaces(7) that a program beside a container may join, in the order of joining.
 */
enum nsv_run_kind {
	NSV_RUN_NS_NET,
	NSV_RUN_NS_IPC,
	NSV_RUN_NS_UTS,
	NSV_RUN_NS_TIME,
	NSV_RUN_NS_CGROUP,
	NSV_RUN_NS_USER,
};

enum nsv_run_from {
	NSV_RUN_FROM_HOST,	/* stay in the caller's */
	NSV_RUN_FROM_CONTAINER, /* the target's */
	NSV_RUN_FROM_FILE,	/* that of a namespace file */
	NSV_RUN_FROM_EMPTY,	/* a new one: of NSV_RUN_NS_NET only */
};

struct nsv_run_namespace {
	enum nsv_run_from from;
	const char *file; /* path, with NSV_RUN_FROM_FILE */
};

enum nsv_run_files {
	NSV_RUN_FILES_CLONE, /* a read-only clone of the container's mounts */
	NSV_RUN_FILES_VIEW,  /* the container's folder in a view of nsviewd(8) that is mounted */
	NSV_RUN_FILES_NONE,  /* none */
};

/* All borrowed. */
struct nsv_run_options {
	size_t size;			 /* of this struct, set by NSV_RUN_OPTIONS_INIT */
	struct nsv_run_namespace ns[16]; /* by enum nsv_run_kind; room for more kinds */
	enum nsv_run_files files;
	bool dns; /* the container's resolv.conf and hosts */

	/* Where the program starts; NULL: in the caller's working directory. With @dir_inside below
	 * the container's root, else a path of the host. */
	const char *dir;
	bool dir_inside;
	const char *replace; /* a text that stands for the path of the files in the arguments */

	/* NSV_ID_UNMAPPED: unchanged. Either one also drops all supplementary groups; numbers are
	 * those of the user namespace that is joined. */
	uint32_t uid, gid;

	/*
	 * The program's environment is the caller's, then variables of the container's, then @env
	 * ("NAME=VALUE", ends with NULL). Of the container's: those that @env_names names (ends
	 * with NULL), or with @env_all every one that the caller does not have and that is not
	 * known to make a program execute something. The container chooses the values.
	 */
	const char *const *env;
	const char *const *env_names;
	bool env_all;

	/* One line, without a newline, for a person; it may hold bytes that the container chose.
	 * Some come from a forked child of the caller. */
	void (*note)(void *data, const char *text);
	void *data;
};

#ifdef __cplusplus
#define NSV_RUN_OPTIONS_INIT                                               \
	[] {                                                               \
		struct nsv_run_options nsv_init = {};                      \
		nsv_init.size = sizeof(nsv_init);                          \
		nsv_init.ns[NSV_RUN_NS_NET].from = NSV_RUN_FROM_CONTAINER; \
		nsv_init.dns = true;                                       \
		nsv_init.uid = nsv_init.gid = NSV_ID_UNMAPPED;             \
		return nsv_init;                                           \
	}()
#else
#define NSV_RUN_OPTIONS_INIT                                                                \
	{                                                                                   \
		.size = sizeof(struct nsv_run_options),                                     \
		.ns = { [NSV_RUN_NS_NET] = { NSV_RUN_FROM_CONTAINER, NULL } }, .dns = true, \
		.uid = NSV_ID_UNMAPPED, .gid = NSV_ID_UNMAPPED                              \
	}
#endif

struct nsv_run_result {
	size_t size;	      /* of this struct, set by the caller */
	int status;	      /* of the program, as waitpid(2) answers it */
	bool container_ended; /* before the program did: what it read may be incomplete */
};

/*
 * Runs @argv (ends with NULL) and waits until it has ended. argv[0] is looked for in the host's
 * PATH. Meanwhile signals that ask to end, stop or continue are passed on to the program, and the
 * calling process stops when the program stops. The program gets SIGKILL when the caller ends.
 *
 * Returns 0 with *ret_result, or -errno; with NSV_STAGE_EXEC in @e the namespaces were joined, and
 * the program could not be executed: -ENOENT it was not found. Other errors: -EINVAL options that
 * this version does not know, or no argv[0]; -EPERM and -EACCES no permission;
 * -ESRCH the container has ended; -EOPNOTSUPP or -ENOSYS the kernel can't; -ENOMEM.
 *
 * The target is freed, in any case: with no root of it open (root.h) the container is
 * held by nothing while the program runs.
 *
 * Threads: the calling process must have one. Its signal mask is as before afterwards.
 */
int nsv_run(struct nsv_target *target_take, const struct nsv_run_options *options,
	    char *const argv[], struct nsv_run_result *ret_result, struct nsv_error *e);

#ifdef __cplusplus
}
#endif
#endif
