/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cloned.h - a container whose mounts are cloned: /vol is a tmpfs of its own with files in it,
 * /late an empty folder, and its root tells of mounts to all that have a copy (shared).
 */
#ifndef NSV_TESTS_CLONED_H
#define NSV_TESTS_CLONED_H

#include <stdbool.h>

#include "fixtures/child.h"

#include <nsview/target.h>

#define LONG_AGO 100000000 /* the access time of /vol/data */

struct subject {
	const struct nsv_test_container *c;
	struct nsv_target *t;
	int clone, root; /* root: through /proc/PID/root */
	bool rootless;
};

/* <sys/mount.h> does not go with <linux/mount.h>. */
int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data);
int umount2(const char *target, int flags);

struct nsv_test_container *cloned_start(bool rootless);

/* Writes a file; 0 or -errno. */
int cloned_put(const char *path, const char *text, mode_t mode);
/* openat2(2) with RESOLVE_IN_ROOT. */
int cloned_beneath(int dirfd, const char *path, int flags);
/* Whether that file holds this text. */
bool cloned_says(int dirfd, const char *path, const char *text);
/* Runs busybox's true from there: 0, or the errno of execveat(2). */
int cloned_run(int dirfd);

/* Runs @body in the container's mount namespace, in a child: the status of waitpid(2). */
int cloned_inside(const struct subject *s, int (*body)(void));
/* Bodies: a tmpfs on /late with a file "mounted". */
int cloned_mount_late(void);
int cloned_unmount_late(void);

#endif
