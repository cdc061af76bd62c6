/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hint_machine.h - a machine for the tests of hints: engines' files and a recorded /proc below a
 * temporary folder in place of "/", and one container, Docker's unless the test says otherwise.
 */
#ifndef NSV_TESTS_HINT_MACHINE_H
#define NSV_TESTS_HINT_MACHINE_H

#include <stddef.h>

#include "discover/hints/hints.h"
#include "discover/internal.h"

#define ID   "95769a96edd85e2abaebdc69b4a77be3d4e213852508d59b9d316af42864c425"
#define LEAD 4242
/* Where Docker has it. */
#define PLACE "var/lib/docker/containers/" ID

struct machine {
	char dir[64];
	int files, procfs, real_procfs;
	struct nsv_container c;
	struct nsv_scan scan;
};

/* For cmocka: *state is a struct machine. */
int machine_setup(void **state);
int machine_teardown(void **state);

/* Makes what is missing above a file, and the file. */
void put(const struct machine *m, const char *path, const void *text, size_t len);
void put_text(const struct machine *m, const char *path, const char *text);
void put_process(const struct machine *m, int pid, int parent, const char *comm, const char *mntns);

/* Fills the container's hints from what lies there. */
void look(struct machine *m);

#endif
