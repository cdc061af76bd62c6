/* SPDX-License-Identifier: GPL-2.0-or-later */
/* copy_run.h - for the tests of the library's copies: a folder each, one run, a tree to keep. */
#ifndef NSV_TESTS_COPY_RUN_H
#define NSV_TESTS_COPY_RUN_H

#include "fixtures/skip.h"

#include <stdbool.h>

#include <nsview/copy.h>

/* What a run reported. */
struct told {
	unsigned kinds[NSV_COPY_EVENT_NOTE + 1];
	char path[256]; /* of the last failure or change */
	int err;
	bool on_dest;
	void (*hook)(void); /* called with NSV_COPY_EVENT_DONE */
	int cancel;
};

void run_event(const struct nsv_copy_event *event, void *data);

/* Setup and teardown: a folder in /tmp, the test works in it, and it goes with all that is in it.
 */
int run_enter_folder(void **state);
int run_leave_folder(void **state);
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, run_enter_folder, run_leave_folder)

void put(const char *path, const char *text);
void assert_text(const char *path, const char *text);
void assert_no_temporaries(void);
bool is_link_to(const char *path, const char *text);

/* Copies one source; the answer of nsv_copy_add(), or of setting DEST. @told may be NULL. */
int run_copy(const char *from, const char *to, unsigned flags, struct told *told);

/* A tree "t" with a bit of everything, and whether @copied is the same. */
void run_make_tree(void);
void assert_same_tree(const char *copied);

#endif
