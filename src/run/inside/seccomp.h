/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp.h - the container's system call filters: compiled from the profile in config.json, or
 * copied from the main process.
 */
#ifndef NSV_RUN_INSIDE_SECCOMP_H
#define NSV_RUN_INSIDE_SECCOMP_H

#include "discover/hints/json_walk.h"
#include "run/inside/settings.h"

/* Rules of one profile; Docker's default has some 400. */
#define NSV_SECCOMP_RULES_MAX 16384U

/*
 * Compiles the object linux.seccomp (OCI runtime specification, config-linux.md) with libseccomp,
 * as runc does: names of system calls that the library does not know are left out; a call whose
 * number is beyond all that the profile names gets ENOSYS in place of an error of the default
 * action, so that a libc falls back. 0 and a filter, whose code is the caller's; -EBADMSG;
 * -EOPNOTSUPP: the profile notifies a user-space agent, or names an architecture or flag that is
 * unknown here; -E2BIG; -ENOMEM.
 */
int nsv_seccomp_compile(struct nsv_json profile, struct nsv_filter *ret, struct nsv_error *e);

/*
 * Copies the filters of a process by ptrace(2) (PTRACE_SECCOMP_GET_FILTER, Linux 4.4), oldest
 * first. The process stops for less than a millisecond, and a system call that it waits in may
 * return EINTR. Needs CAP_SYS_ADMIN in the initial user namespace. -EPERM; -EBUSY: it is traced
 * already; -ETIMEDOUT: it does not stop, as in a frozen cgroup; -ESRCH; -E2BIG.
 */
int nsv_seccomp_copy(pid_t pid, int pidfd, struct nsv_inside_settings *ret, struct nsv_error *e);

#endif
