/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_mount_clone.c - a clone of a container's mounts: what can be done through it, that
 * it is nowhere mounted, what it holds. As root, and as the owner of a rootless
 * container. Controls do the same through /proc/PID/root.
 */
#include "reach/mount_clone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cloned.h"
#include "reach/clock.h"
#include "reach/message.h"
#include "reach/util.h"

#define WAIT_MS 60000

static int unmount_volume(void)
{
	return umount2("/vol", 0) < 0 ? errno : 0;
}

static int count_mounts(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	int lines = 0;

	for (int c; f && (c = getc(f)) != EOF;)
		lines += c == '\n';
	return lines;
}

/* ---- what is asked of a clone ---- */

static int readings(const struct subject *s)
{
	struct stat st;
	char path[64];
	nsv_autofd int fd = NSV_FD_NONE;

	WANT(cloned_says(s->clone, "etc/alpine-release", "3.13.0\n"));
	WANT(cloned_says(s->clone, "vol/private", "private\n"));
	WANT(cloned_says(s->clone, "/vol/link", "data\n"));
	/* The access time, of a file that was not looked at for long, stays. */
	WANT(cloned_says(s->clone, "vol/data", "data\n"));
	fd = cloned_beneath(s->clone, "vol/data", O_PATH);
	WANT(fstat(fd, &st) == 0 && st.st_atim.tv_sec == LONG_AGO);
	/* Control. */
	WANT(cloned_says(s->root, "vol/data", "data\n"));
	WANT(fstat(fd, &st) == 0 && st.st_atim.tv_sec != LONG_AGO);
	/* What is written in the container is seen. */
	(void)snprintf(path, sizeof(path), "/proc/%d/root/vol/new", (int)s->c->pid);
	WANT(cloned_put(path, "new\n", 0644) == 0);
	WANT(cloned_says(s->clone, "vol/new", "new\n"));
	return 0;
}

static int refusals(const struct subject *s)
{
	nsv_autofd int null = NSV_FD_NONE;

	WANT(cloned_beneath(s->clone, "vol/data", O_WRONLY) < 0 && errno == EROFS);
	WANT(cloned_beneath(s->clone, "etc/hosts", O_RDWR | O_CREAT) < 0 && errno == EROFS);
	WANT(mkdirat(s->clone, "vol/folder", 0700) < 0 && errno == EROFS);
	WANT(unlinkat(s->clone, "vol/data", 0) < 0 && errno == EROFS);
	WANT(cloned_run(s->clone) == EACCES);
	WANT(cloned_beneath(s->clone, "dev/null", O_RDONLY) < 0 && errno == EACCES);
	/* Controls. */
	WANT(cloned_run(s->root) == 0);
	null = cloned_beneath(s->root, "dev/null", O_RDONLY);
	WANT(null >= 0);
	WANT(mkdirat(s->root, "vol/folder", 0700) == 0);
	return 0;
}

/* What is mounted later is not in it, and no table shows it. */
static int privacy(const struct subject *s)
{
	nsv_autofd int again = NSV_FD_NONE;
	int here = count_mounts(), there = cloned_inside(s, count_mounts);

	again = nsv_mount_clone(s->t, 0, NULL);
	WANT(again >= 0);
	WANT(count_mounts() == here && cloned_inside(s, count_mounts) == there);
	WANT(cloned_inside(s, cloned_mount_late) == 0);
	WANT(cloned_says(s->root, "late/mounted", "late\n"));
	WANT(!cloned_says(s->clone, "late/mounted", "late\n"));
	WANT(!cloned_says(again, "late/mounted", "late\n"));
	WANT(cloned_inside(s, cloned_unmount_late) == 0);
	return 0;
}

/* What the container can unmount meanwhile, and what lives on until the clone is closed. */
static int holding(struct subject *s)
{
	nsv_autofd int inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	nsv_autofd int fd = NSV_FD_NONE;
	struct inotify_event gone[8];
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/root/vol", (int)s->c->pid);
	WANT(inotify_add_watch(inotify, path, IN_UNMOUNT) >= 0);
	/* Control: a file that is open through /proc/PID/root. */
	fd = cloned_beneath(s->root, "vol/data", O_RDONLY);
	WANT(fd >= 0);
	WANT(WEXITSTATUS(cloned_inside(s, unmount_volume)) == EBUSY);
	nsv_close(fd);
	fd = cloned_beneath(s->clone, "vol/data", O_RDONLY);
	WANT(fd >= 0);
	WANT(cloned_inside(s, unmount_volume) == 0);
	WANT(cloned_says(s->clone, "vol/data", "data\n"));
	/* The file system is still there; then nothing holds it. */
	WANT(nsv_wait_readable(inotify, nsv_now_ms()) == -ETIMEDOUT);
	nsv_close_p(&fd);
	nsv_close_p(&s->clone);
	WANT(nsv_wait_readable(inotify, nsv_now_ms() + WAIT_MS) == 0);
	WANT(read(inotify, gone, sizeof(gone)) > 0 && gone[0].mask & IN_UNMOUNT);
	return 0;
}

static int without_links(const struct subject *s)
{
	nsv_autofd int clone = nsv_mount_clone(s->t, NSV_CLONE_NOSYMFOLLOW, NULL);
	nsv_autofd int leak = NSV_FD_NONE;
	char text[16];

	WANT(clone >= 0);
	WANT(cloned_says(clone, "vol/data", "data\n"));
	/* Control: a plain openat() leaves the tree by an absolute link. */
	leak = openat(s->clone, "vol/absolute", O_RDONLY | O_CLOEXEC);
	WANT(leak >= 0);
	WANT(openat(clone, "vol/absolute", O_RDONLY | O_CLOEXEC) < 0 && errno == ELOOP);
	WANT(cloned_beneath(clone, "vol/link", O_RDONLY) < 0 && errno == ELOOP);
	WANT(readlinkat(clone, "vol/link", text, sizeof(text)) == 4);
	WANT(nsv_mount_clone(s->t, 4, NULL) == -EINVAL);
	return 0;
}

/* By its file the same namespace, without a process. */
static int by_namespace_file(const struct subject *s)
{
	struct nsv_target *t = NULL;
	nsv_autofd int clone = NSV_FD_NONE;

	WANT(nsv_target_open_nsfile(s->c->nsfile, &t, NULL) == 0);
	clone = nsv_mount_clone(t, 0, NULL);
	(void)nsv_target_free(t);
	WANT(clone >= 0);
	WANT(cloned_says(clone, "vol/data", "data\n"));
	WANT(mkdirat(clone, "vol/folder2", 0700) < 0 && errno == EROFS);
	return 0;
}

static int use(const struct nsv_test_container *c, bool rootless)
{
	struct subject s = { .c = c, .rootless = rootless };
	struct nsv_error e = NSV_ERROR_INIT;
	char path[64];
	int r;

	WANT(nsv_target_open_pid(c->pid, 0, 0, &s.t, &e) == 0);
	s.clone = nsv_mount_clone(s.t, 0, &e);
	if (s.clone < 0)
		(void)fprintf(stderr, "%s\n", e.msg);
	WANT(s.clone >= 0);
	WANT(fcntl(s.clone, F_GETFD) == FD_CLOEXEC);
	if (rootless) {
		/* Control: another user's file asks for the user namespace. */
		WANT(cloned_beneath(s.clone, "vol/private", O_RDONLY) < 0 && errno == EACCES);
		WANT(nsv_target_join_userns(s.t, NULL) == 0);
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)c->pid);
	s.root = open(path, O_PATH | O_CLOEXEC);
	r = readings(&s) ?: refusals(&s);
	r = r ?: privacy(&s);
	r = r ?: without_links(&s);
	r = r ?: by_namespace_file(&s);
	r = r ?: holding(&s);
	nsv_close(s.root);
	nsv_close(s.clone);
	(void)nsv_target_free(s.t);
	return r;
}

static int as_root(const struct nsv_test_container *c)
{
	return use(c, false);
}

static int as_owner(const struct nsv_test_container *c)
{
	nsv_test_become_owner();
	return use(c, true);
}

static int as_a_stranger(const struct nsv_test_container *c)
{
	struct nsv_target *t = NULL;

	WANT(nsv_target_open_pid(c->pid, 0, 0, &t, NULL) == 0);
	nsv_test_become_owner();
	WANT(nsv_mount_clone(t, 0, NULL) == -EPERM);
	(void)nsv_target_free(t);
	return 0;
}

static void root_reads_and_nothing_else(void **state)
{
	struct nsv_test_container *c = cloned_start(false);

	nsv_test_in_child(as_root, c);
	nsv_test_in_child(as_a_stranger, c);
	nsv_container_stop(c);
}

static void so_does_the_owner_of_a_rootless_one(void **state)
{
	struct nsv_test_container *c = cloned_start(true);

	nsv_test_in_child(as_owner, c);
	nsv_container_stop(c);
}

static void an_ended_container_is_told(void **state)
{
	struct nsv_test_container *c = cloned_start(false);
	struct nsv_target *t = NULL;

	assert_int_equal(nsv_target_open_pid(c->pid, 0, 0, &t, NULL), 0);
	nsv_container_stop(c);
	assert_int_equal(nsv_mount_clone(t, 0, NULL), -ESRCH);
	nsv_target_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_reads_and_nothing_else),
		cmocka_unit_test(so_does_the_owner_of_a_rootless_one),
		cmocka_unit_test(an_ended_container_is_told),
	};

	return cmocka_run_group_tests_name("reach_mount_clone", tests, NULL, NULL);
}
