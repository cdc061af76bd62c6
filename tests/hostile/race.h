/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * race.h - a container that never stops exchanging a directory and a symbolic link
 * to a folder of the host's, and what may be watched while it does.
 *
 * Inside: /race/d and /race/e change places (renameat2 with RENAME_EXCHANGE); one is
 * a directory with a file f that says RACE_INSIDE, the other a link to the victim.
 * The victim is a folder on the host with a file f that says RACE_SENTINEL; in the
 * container that path does not exist.
 */
#ifndef NSV_TESTS_RACE_H
#define NSV_TESTS_RACE_H

#include "fixtures/container.h"

#define RACE_INSIDE   "inside\n"
#define RACE_SENTINEL "the host's own\n"

struct race {
	struct nsv_test_container *c;
	volatile unsigned long *rounds; /* exchanges so far, counted by the container */
	unsigned long wanted;		/* NSVIEW_RACE_ROUNDS, or 20000 */
	char *mounts;			/* the container's mountinfo at the start */
	char victim[64];
	char out[64]; /* an empty folder on the host, for copies */
};

void race_start(struct race *race);
/* Fails the test if a mount of the container's is missing or new. */
void race_stop(struct race *race);

/* Whether the victim is as it was: the sentinel's text, and nothing beside it. */
bool race_victim_untouched(const struct race *race);

/* Reads a file of the host's into @buf, at most @size - 1 bytes, terminated; "" if it is missing.
 */
void race_read(const char *path, char *buf, size_t size);

/* Runs a program (argv[0] looked up in NSVIEW_BIN, then PATH) with its output and messages
 * into @buf; returns the exit status. */
int race_run(const char *const *argv, char *buf, size_t size);

/* `rm -rf` below a folder of the test's own. */
void race_empty(const char *dir);

#endif
