/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * try_call.h - whether a filter lets a system call through, seen from what the kernel answers to
 * arguments with which the call can do nothing.
 *
 * Every argument is -1 but for what is said: no fd, no address, no flag that there is. What passes
 * the filter fails by that, with another errno than EPERM, as the process has all capabilities.
 */
#ifndef NSV_TESTS_TRY_CALL_H
#define NSV_TESTS_TRY_CALL_H

#include <stdbool.h>

/* Its number here, also where libseccomp doesn't know it yet; -1: there is none by this name. */
int try_number(const char *name);

/* The errno, or 0. */
int try_call(long number);
int try_call_with(long number, unsigned argument, unsigned long value);

/*
 * An ordinary user with all capabilities, which sandbox_enter() lets it keep: then EPERM is the
 * filter's word. Without a terminal that could be hung up. For a child, as root. False with errno.
 */
bool try_become_able(void);

/* In a child that ends after 20 s at the latest: what @test answers, or 1000 + the signal that
 * ended it. */
int try_in_child(int (*test)(void *data), void *data);

#endif
