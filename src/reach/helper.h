/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * helper.h - starts and ends helpers: hardened child processes that work in a container's
 * namespaces.
 *
 * A helper is forked, never executed, and shares at most its namespaces with a container, whose
 * root may have every capability there. So before a helper joins anything it
 *   - is undumpable (prctl(2)): the container can't trace it or read its /proc/PID, and it leaves
 *     no core;
 *   - dies with the thread that started it (PR_SET_PDEATHSIG);
 *   - can't gain privileges by executing (PR_SET_NO_NEW_PRIVS);
 *   - has only the fds that the plan names, and none of the caller's signal handlers; signals of a
 *     terminal are ignored, all others have their default action.
 * A helper stays in the host's PID namespace. Its code must not execute a program, look up a user,
 * translate a message or convert characters: each may load a file that the container planted.
 *
 * Threads: a process with several threads may start helpers; their code then uses only
 * async-signal-safe calls and malloc(3) (glibc and musl make malloc work after fork(3)). Joining a
 * user or time namespace takes a process of one thread, which a forked child is.
 */
#ifndef NSV_REACH_HELPER_H
#define NSV_REACH_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct nsv_helper {
	pid_t pid; /* 0: none */
	int pidfd; /* readable when the helper has ended; none if nested, or if no fd was free */
};

#define NSV_HELPER_NONE                   \
	{                                 \
		.pid = 0, .pidfd = -EBADF \
	}

struct nsv_helper_plan {
	/* Runs in the hardened helper, and ends it by returning. @parent is for
	 * nsv_helper_harden(). */
	void (*run)(void *data, pid_t parent);
	void *data;
	const int *keep; /* fds that stay open, with their numbers; negative ones are skipped */
	size_t n_keep;
	unsigned seconds; /* until SIGALRM ends the helper; 0: no limit */
	/*
	 * The caller is a helper: the child inherits signals and limits, and is forked by the
	 * async-signal-safe _Fork(3), after which malloc(3) works only if the caller had one
	 * thread.
	 */
	bool nested;
};

/*
 * Forks a helper, which dies with the calling thread. Returns 0, or -errno of fork(2). A helper
 * that can't harden itself exits at once with status 1, so the caller sees its sockets closed.
 */
int nsv_helper_start(const struct nsv_helper_plan *plan, struct nsv_helper *ret);

/* fork(3), or _Fork(3) if @nested; under TSan a clone(2) that starts no thread in the child. */
pid_t nsv_fork(bool nested);

/* Waits until the helper has ended, without reaping it. 0, or -ETIMEDOUT (@deadline: message.h; no
 * pidfd: at once). */
int nsv_helper_wait(const struct nsv_helper *helper, int64_t deadline);

/* Milliseconds that most callers give a killed helper to end. */
#define NSV_HELPER_END_MS 5000

/*
 * Kills the helper (SIGKILL), waits up to @ms and reaps; without a pidfd the wait has no limit.
 * -ETIMEDOUT: the helper hangs in the kernel beyond signals and is left, to become a zombie.
 * *helper is NSV_HELPER_NONE afterwards, which is also fine to pass.
 */
int nsv_helper_end(struct nsv_helper *helper, int ms);

/* ---- in the helper ---- */

/*
 * Sets PR_SET_DUMPABLE 0, PR_SET_PDEATHSIG and PR_SET_NO_NEW_PRIVS. 0, -ECHILD if @parent has
 * ended, or -errno. A change of credentials (setuid(2), setns(2) into another user's namespace)
 * resets the first two (prctl(2); suid_dumpable in proc_sys_fs(5)): call again after one.
 */
int nsv_helper_harden(pid_t parent);

/* Hardens, joins a user namespace by setns(2), hardens again. -EPERM: not its owner. */
int nsv_helper_join_userns(int userns, pid_t parent);

/*
 * Joins a mount namespace by setns(2): the namespace's root becomes "/" and the working directory.
 * If that is EPERM, joins @userns first (the owner; may be none).
 */
int nsv_helper_join_mntns(int mntns, int userns, pid_t parent);

/*
 * Closes every fd except the @n of @keep, by close_range(2) (Linux 5.9) or, where that is missing
 * or forbidden, one by one from /proc/self/fd. -errno: neither works, and fds may still be open.
 */
int nsv_helper_keep(const int *keep, size_t n);

/*
 * Opens /dev/null as what is missing of the standard fds: what comes by a message later has higher
 * numbers. 0 or -errno.
 */
int nsv_helper_null_stdio(void);

/* Closes the fds from @first to @last, likewise. */
int nsv_close_range(unsigned first, unsigned last);

#endif
