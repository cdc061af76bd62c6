/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * helper.h - the one hardened child process, that all work in a container's namespaces is done by.
 *
 * A helper is forked, never executed, and shares at most its namespaces with a container, whose
 * root may have every capability there. So before a helper joins anything it
 *   - is undumpable (prctl(2)): the container can't trace it or read its /proc/PID, and it leaves
 *     no core;
 *   - dies with the thread that started it (PR_SET_PDEATHSIG);
 *   - can't gain privileges by executing (PR_SET_NO_NEW_PRIVS);
 *   - has no fd but those it was given, and no handler of the caller's; the signals of a terminal
 *     are ignored, all others are as after execve(2).
 * It stays in the host's PID namespace. What it runs must execute nothing, look up no user,
 * translate no message, convert no characters: each could load a file that the container planted.
 *
 * Threads: a caller with several may start helpers; their code then uses async-signal-safe calls
 * and malloc(3) only (glibc and musl make malloc work after fork(3)). A helper that joins a user or
 * a time namespace has one thread, which fork gives it.
 */
#ifndef NSV_REACH_HELPER_H
#define NSV_REACH_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct nsv_helper {
	pid_t pid; /* 0: none */
	int pidfd; /* to poll(2) for its end; none for a nested helper, or without a free fd */
};

#define NSV_HELPER_NONE                   \
	{                                 \
		.pid = 0, .pidfd = -EBADF \
	}

struct nsv_helper_plan {
	/* In the helper, hardened; @parent is for nsv_helper_harden(). Its return ends the helper.
	 */
	void (*run)(void *data, pid_t parent);
	void *data;
	const int *keep; /* fds that stay open, at their numbers; negative ones are skipped */
	size_t n_keep;
	unsigned seconds; /* to live, then SIGALRM ends it; 0: until it ends or is ended */
	/*
	 * The caller is a helper itself: signals and limits are inherited, and the fork is the
	 * async-signal-safe _Fork(3), after which malloc(3) is only right if the caller had one
	 * thread.
	 */
	bool nested;
};

/*
 * Forks and hardens. To be called by the thread that lives longest: the helper dies with it.
 * 0, or -errno of fork(2). A helper that can't harden itself ends at once with status 1: its end
 * of every socket is closed.
 */
int nsv_helper_start(const struct nsv_helper_plan *plan, struct nsv_helper *ret);

/* The fork alone, without the thread that the thread sanitizer starts in the child. */
pid_t nsv_fork(bool nested);

/* Waits for its end. 0, or -ETIMEDOUT. @deadline as of message.h. */
int nsv_helper_wait(const struct nsv_helper *helper, int64_t deadline);

/* What most callers give a killed helper to end. */
#define NSV_HELPER_END_MS 5000

/*
 * Kills (SIGKILL) and reaps, waiting @ms for it; *helper is none then. A helper that is stuck in
 * the kernel beyond signals is left, a zombie in the end: -ETIMEDOUT. None is fine.
 */
int nsv_helper_end(struct nsv_helper *helper, int ms);

/* ---- in the helper ---- */

/*
 * Undumpable, death signal, no new privileges, and the parent still there: 0, -ECHILD without it,
 * or -errno. A change of credentials (setuid(2), setns(2) into a user namespace of another user's)
 * undoes the first two, as fs.suid_dumpable says: to be called again after it.
 */
int nsv_helper_harden(pid_t parent);

/* setns(2) into a user namespace, hardened before and after. -EPERM: not its owner. */
int nsv_helper_join_userns(int userns, pid_t parent);

/*
 * setns(2) into a mount namespace, whose root becomes "/" and the working directory; if that is
 * EPERM, into @userns (may be none), which owns it, before.
 */
int nsv_helper_join_mntns(int mntns, int userns, pid_t parent);

/*
 * Closes all fds but @keep. By close_range(2) (Linux 5.9) or, where it is missing or forbidden,
 * one by one through /proc/self/fd. -errno: neither works, and fds may be open.
 */
int nsv_helper_keep(const int *keep, size_t n);

/* Closes the fds from @first to @last in the same two ways. */
int nsv_close_range(unsigned first, unsigned last);

#endif
