/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsview_doctor.h - the checks of `nsview doctor`, and how they are run.
 *
 * Each check runs in a child process of its own, all at the same time, until a deadline: what hangs
 * is killed, and the check says so. A check tries the thing rather than compares versions, and
 * leaves nothing behind: what it mounts is in a mount namespace of its own, or detached, and is
 * gone with the child. A check may fork; its children die with it (doctor_fork()).
 */
#ifndef NSV_CLI_NSVIEW_DOCTOR_H
#define NSV_CLI_NSVIEW_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum doctor_state { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_FAIL };

/* Fits into one write(2) to a pipe (PIPE_BUF). */
struct doctor_result {
	enum doctor_state state;
	char found[600];
	char lost[300];	  /* empty: nothing */
	char remedy[300]; /* empty: none */
	bool own_only;	  /* doctor_capabilities(): no other user's containers can be read */
	bool none_runs;	  /* doctor_containers(): there is no container that could be opened */
};

typedef void doctor_check(struct doctor_result *r);

struct doctor_row {
	const char *name;
	doctor_check *check;
	bool main_job; /* no container's file can be read without it */
};

/* ---- nsview_doctor_say.c: what a check says; the last call counts ---- */

void doctor_ok(struct doctor_result *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void doctor_warn(struct doctor_result *r, const char *lost, const char *remedy, const char *fmt,
		 ...) __attribute__((format(printf, 4, 5)));
void doctor_fail(struct doctor_result *r, const char *lost, const char *remedy, const char *fmt,
		 ...) __attribute__((format(printf, 4, 5)));
/* fork(2) whose child gets SIGKILL when the check ends. -1 with errno. */
pid_t doctor_fork(void);
/* The exit status of @pid, or 255 if a signal ended it. */
int doctor_wait(pid_t pid);
/* A file's beginning as a text without its last newline; the length, or -errno. */
ssize_t doctor_read(const char *path, char *buf, size_t size);

/* ---- nsview_doctor_out.c ---- */

struct doctor_out {
	bool json, color, terminal, utf8;
	struct json_object *array;
	unsigned n[3]; /* of each state */
	bool main_failed, own_only, none_runs;
};

void doctor_out_row(struct doctor_out *out, const struct doctor_row *row,
		    const struct doctor_result *r);
void doctor_out_end(struct doctor_out *out);

/* ---- the checks ---- */

/* nsview_doctor_kernel.c */
doctor_check doctor_kernel, doctor_proc, doctor_openat2, doctor_pidfd, doctor_statx, doctor_mounts,
    doctor_landlock, doctor_seccomp, doctor_clock;
/* nsview_doctor_rights.c */
doctor_check doctor_userns, doctor_capabilities, doctor_hidepid, doctor_ptrace, doctor_lsm;
/* nsview_doctor_reading.c */
doctor_check doctor_reading, doctor_containers;
/* nsview_doctor_engines.c */
doctor_check doctor_engines, doctor_freezer, doctor_space;
/* nsview_doctor_fuse.c */
doctor_check doctor_fuse, doctor_passthrough, doctor_fusermount, doctor_fuse_conf;
/* nsview_doctor_view.c */
doctor_check doctor_propagation, doctor_updatedb;

#endif
