/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/inside.h - runs a program of a container in it, confined as its engine's exec would
 * confine it, without the engine.
 *
 * The calls, in this order, in a process of one thread:
 *   nsv_inside_reexec()   first thing in main()
 *   nsv_inside_begin()    forks the stage
 *   nsv_inside_load()     reads the container's settings
 *   nsv_inside_start()    starts the program
 *   nsv_inside_attend()   relays its input and output until it ends
 * nsv_inside_end() at any time.
 *
 * nsv_inside_begin() sets SIGCHLD to its default action and forks a process, which dies with the
 * caller and forks the program. nsv_inside_attend() blocks signals meanwhile, to pass them on; with
 * a terminal it forks a process that restores the terminal's mode even if the caller is killed. The
 * caller's credentials and umask stay as they are.
 *
 * Privilege: root, or the owner of a rootless container.
 *
 * Races: the target's pidfd shows that the process lived after its settings were read.
 *
 * Kernel: Linux 5.8.
 *
 * Threads: the process has one, from the first call to the last.
 */
#ifndef NSVIEW_INSIDE_H
#define NSVIEW_INSIDE_H

#include <stdbool.h>
#include <stddef.h>

#include <nsview/discover.h>
#include <nsview/error.h>
#include <nsview/target.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nsv_inside_weaker {
	NSV_INSIDE_WEAKER_SECCOMP = 1 << 0, /* filters that can't be had are left out */
	NSV_INSIDE_WEAKER_CGROUP =
	    1 << 1, /* stay in the caller's cgroup if the container's can't be joined */
};

/* All borrowed; NULL and false are the defaults. */
struct nsv_inside_options {
	size_t size;	      /* of this struct, set by NSV_INSIDE_OPTIONS_INIT */
	bool in, tty, detach; /* as of docker-exec(1) */
	const char *user, *dir;
	const char *const *env; /* "NAME=VALUE", ends with NULL */
	bool allow_interrupt;	/* read the seccomp filters by ptrace(2), of the main process */
	unsigned weaker;	/* enum nsv_inside_weaker */
	const char *spec;	/* for messages and the log */
	/* One line, without a newline, for a person; it may hold bytes that the container chose.
	 * NULL: notes are lost. */
	void (*note)(void *data, const char *text);
	void *data;
};

#ifdef __cplusplus
#define NSV_INSIDE_OPTIONS_INIT                          \
	[] {                                             \
		struct nsv_inside_options nsv_init = {}; \
		nsv_init.size = sizeof(nsv_init);        \
		return nsv_init;                         \
	}()
#else
#define NSV_INSIDE_OPTIONS_INIT                           \
	{                                                 \
		.size = sizeof(struct nsv_inside_options) \
	}
#endif

struct nsv_inside;

/*
 * Executes this program again from a read-only copy, without the environment but for the variables
 * @keep (ends with NULL). Returns 0 in the copy, and -errno in the program itself: -EPERM, -ENOMEM
 * and others of memfd_create(2), mount(2) and execve(2). So no process of the container can write
 * to the host's binary through /proc/PID/exe (CVE-2019-5736), nor read what the caller's
 * environment has.
 */
int nsv_inside_reexec(char *const argv[], const char *const keep[], struct nsv_error *e);

/* Forks the process that enters the container later, before anything of the container was opened.
 * On success the caller owns *ret, and gives it to nsv_inside_end(). -ENOMEM, or -errno of fork(2).
 */
int nsv_inside_begin(struct nsv_inside **ret, struct nsv_error *e);

/*
 * @target is a process of the container @c of @scan (NULL: of none that is known); both are used
 * only during the call. @argv ends with NULL. Errors, with @e: -EINVAL options that this version
 * does not know; -EBUSY paused; -EPERM, -EOPNOTSUPP what can't be had and is not allowed to be left
 * out; -ENOENT no such user; others of reading.
 */
int nsv_inside_load(struct nsv_inside *in, struct nsv_target *target, struct nsv_scan *scan,
		    const struct nsv_container *c, const struct nsv_inside_options *options,
		    char *const argv[], struct nsv_error *e);

/* 0: the program runs. With @e: NSV_STAGE_EXEC with -ENOENT, -EACCES or another errno of execve(2)
 * if it could not be executed; else -errno of the step that failed, which @e names. */
int nsv_inside_start(struct nsv_inside *in, struct nsv_error *e);

/*
 * Relays until the program has ended, and passes signals on; *ret_status as of waitpid(2). A
 * terminal on stdin is raw meanwhile, and restored also if this process is killed. With -d: returns
 * at once, status 0. 0, or -EIO or another errno of poll(2), read(2) and waitpid(2).
 */
int nsv_inside_attend(struct nsv_inside *in, int *ret_status, struct nsv_error *e);

/* Ends what has not been started. NULL is fine. Returns NULL. */
struct nsv_inside *nsv_inside_end(struct nsv_inside *in);

#ifdef __cplusplus
}
#endif

#endif
