/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * try_call.h - finds out whether a seccomp filter allows a system call, by calling it with
 * arguments that have no effect.
 *
 * Every argument is -1 unless a test says otherwise: no valid fd, address or flags. An allowed
 * call then fails with an errno other than EPERM, because the process has all capabilities.
 */
#ifndef NSV_TESTS_TRY_CALL_H
#define NSV_TESTS_TRY_CALL_H

#include <stdbool.h>

/*
 * The call's number on this architecture, even if libseccomp does not know the call; -1: it does
 * not exist here.
 */
int try_number(const char *name);

/* Makes the call. Returns its errno, or 0. */
int try_call(long number);
int try_call_with(long number, unsigned argument, unsigned long value);

/*
 * Becomes an ordinary user with all capabilities, which sandbox_enter() keeps: then EPERM comes
 * from the filter. Leaves the terminal, which could be hung up. Call in a child, as root. False,
 * and errno.
 */
bool try_become_able(void);

/*
 * Runs @test in a child, for at most 20 s. Returns its result, or 1000 + the signal that ended it.
 */
int try_in_child(int (*test)(void *data), void *data);

#endif
