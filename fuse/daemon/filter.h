/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter.h - seccomp filters that name what is allowed; what no list names is refused with EPERM,
 * also calls that this kernel or libseccomp is too old to know.
 *
 * A call may be allowed with some arguments only. They are compared by mask, and only as many bits
 * as the kernel takes: the rest of a register must not lead past.
 *
 * Calls of another table of numbers (32-bit ones, x32) end the process. Threads: no state; a filter
 * is the calling thread's, and of what it starts from then on.
 */
#ifndef NSV_FUSE_FILTER_H
#define NSV_FUSE_FILTER_H

#include <stddef.h>
#include <stdint.h>

#define FILTER_COMPARES 2

struct filter_compare {
	unsigned argument;    /* from 0 */
	uint64_t mask, value; /* allowed: (argument & mask) == value; mask 0: not compared */
};

/* One way to call: several of one name are alternatives. */
struct filter_rule {
	const char *name;
	struct filter_compare compares[FILTER_COMPARES];
};

struct filter_list {
	const char *const *names; /* with any arguments */
	size_t n_names;
	const struct filter_rule *rules;
	size_t n_rules;
};

/* clone(2)'s flags are its first argument, but for two architectures. */
#if defined(__s390__) || defined(__CRIS__)
#define FILTER_CLONE_FLAGS 1
#else
#define FILTER_CLONE_FLAGS 0
#endif

#define FILTER_CLONE_NEW                                                                         \
	(uint64_t)(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
		   CLONE_NEWPID | CLONE_NEWNET | CLONE_PTRACE | CLONE_PARENT)
#define FILTER_OF_THREAD \
	(uint64_t)(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
/* Of a child that is forked none of these is wanted: it shares nothing, and gets no namespace. */
#define FILTER_NOT_OF_FORK (FILTER_OF_THREAD | FILTER_CLONE_NEW)

/* What opening for reading is, of open(2)'s flags. */
#define FILTER_READS_ONLY (uint64_t)(O_ACCMODE | O_CREAT | O_TRUNC)
/* An argument of which the kernel takes the lower half. */
#define FILTER_INT UINT32_MAX

/*
 * What all processes of the view may do: memory, time, locks, signals to itself, to read what is
 * open, to ask what a path is, to open it for reading by open(2) and openat(2).
 */
extern const struct filter_list filter_common;

/*
 * In builds with a sanitizer only: what ASan, LSan and TSan call on top. Not a sandbox any more, as
 * they fork and trace; empty else.
 */
extern const struct filter_list filter_sanitizers;

/*
 * Loads one filter of these lists, and filter_sanitizers. 0 or -errno. Sets no_new_privs. A process
 * may always signal itself, by tgkill(2), as abort(3) does.
 */
int filter_load(const struct filter_list *const *lists, size_t n);

#endif
