/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ways.h - ways to change, run or reach something, each as a function. For a child of its own each:
 * what succeeds may change the process, and files below the working directory.
 */
#ifndef NSV_TESTS_WAYS_H
#define NSV_TESTS_WAYS_H

#include <stddef.h>
#include <sys/types.h>

/* What is open from before, as the daemon's is, and whom there is to be hurt. */
struct prey {
	pid_t pid; /* another process of the same user */
	int pidfd;
	int read_fd, write_fd; /* of "file" */
	int stream, datagram;  /* UNIX sockets */
	int uts;	       /* a namespace */
};

struct way {
	const char *name;
	int (*try)(const struct prey *p); /* negative and errno, or it was possible */
};

extern const struct way ways_of_files[], ways_of_others[];
extern const size_t n_ways_of_files, n_ways_of_others;

/* Below the working directory: "file", "other", "dir", "empty/", and "sock", which listens. */
int ways_prepare(void);
/* Opens what the prey has; @pid is the caller's. */
int ways_open(pid_t pid, struct prey *ret);

#endif
