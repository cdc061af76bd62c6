/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inside.h - runs a program of a container in it, confined as its engine's exec would confine it,
 * without the engine. docs/architecture.md has the order of what happens, docs/threat-model.md what
 * it defends against.
 *
 * The calls, in this order, in a process of one thread:
 *   nsv_inside_reexec()   first thing in main()
 *   nsv_inside_begin()    forks the stage
 *   nsv_inside_load()     reads the container's settings
 *   nsv_inside_start()    starts the program
 *   nsv_inside_attend()   relays its input and output until it ends
 * nsv_inside_end() at any time.
 *
 * Privilege: root, or the owner of a rootless container. Linux 5.8.
 */
#ifndef NSV_RUN_INSIDE_H
#define NSV_RUN_INSIDE_H

#include <stdbool.h>

#include <nsview/discover.h>
#include <nsview/error.h>
#include <nsview/target.h>

enum nsv_inside_weaker {
	NSV_WEAKER_SECCOMP = 1, /* filters that can't be had are left out */
	NSV_WEAKER_CGROUP = 2,	/* stay in the caller's cgroup if the container's can't be joined */
};

/* All borrowed; NULL and false are the defaults. */
struct nsv_inside_options {
	bool in, tty, detach; /* as of docker-exec(1) */
	const char *user, *dir;
	const char *const *env; /* "NAME=VALUE", ends with NULL */
	bool allow_interrupt;	/* read filters by ptrace(2), see seccomp.h */
	unsigned weaker;	/* enum nsv_inside_weaker */
	const char *spec;	/* for messages and the log */
	void (*note)(const char *text);
};

struct nsv_inside;

/*
 * Executes this program again from a read-only copy, without the environment but for the variables
 * @keep (ends with NULL); returns 0 in the copy. So no process of the container can write to the
 * host's binary through /proc/PID/exe (CVE-2019-5736), nor read what the caller's environment has.
 */
int nsv_inside_reexec(char *const argv[], const char *const keep[], struct nsv_error *e);

int nsv_inside_begin(struct nsv_inside **ret, struct nsv_error *e);

/*
 * @target is a process of the container @c of @scan (NULL: of none that is known); both are used
 * only during the call. @argv ends with NULL. Errors, with @e: -EBUSY paused; -EPERM, -EOPNOTSUPP
 * what can't be had and is not allowed to be left out; -ENOENT no such user; others of reading.
 */
int nsv_inside_load(struct nsv_inside *in, struct nsv_target *target, struct nsv_scan *scan,
		    const struct nsv_container *c, const struct nsv_inside_options *options,
		    char *const argv[], struct nsv_error *e);

/* 0: the program runs. -errno with @e; NSV_STAGE_EXEC if it could not be executed. */
int nsv_inside_start(struct nsv_inside *in, struct nsv_error *e);

/*
 * Relays until the program has ended, and passes signals on; *ret_status as of waitpid(2). A
 * terminal on stdin is raw meanwhile, and restored also if this process is killed. With -d: returns
 * at once, status 0.
 */
int nsv_inside_attend(struct nsv_inside *in, int *ret_status, struct nsv_error *e);

/* Ends what has not been started. NULL is fine. Returns NULL. */
struct nsv_inside *nsv_inside_end(struct nsv_inside *in);

#endif
