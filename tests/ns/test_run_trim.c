/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_run_trim.c - nsv_trim() while folders above the mounts are exchanged, so that the path to a
 * proc leads to a volume: the volume stays, and nothing but the proc is covered, or the call says
 * that it failed. Control: umount2(2) by such a path takes the volume.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka.h needs these first */
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fixtures/child.h"
#include "reach/mountinfo.h"
#include "reach/util.h"
#include "run/trim.h"

#define ROOT   "/mnt/root"
#define ROUNDS 300

static atomic_bool stop;

static void *exchange(void *arg)
{
	(void)arg;
	while (!stop)
		(void)renameat2(AT_FDCWD, ROOT "/p1", AT_FDCWD, ROOT "/p2", RENAME_EXCHANGE);
	return NULL;
}

static int set_up(void)
{
	WANT(unshare(CLONE_NEWNS) == 0);
	WANT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	WANT(mount("place", "/mnt", "tmpfs", 0, NULL) == 0);
	WANT(mkdir("/mnt/root", 0755) == 0 && mkdir("/mnt/empty", 0755) == 0);
	WANT(mount("root", ROOT, "tmpfs", 0, NULL) == 0);
	WANT(mkdir(ROOT "/p1", 0755) == 0 && mkdir(ROOT "/p2", 0755) == 0);
	WANT(mkdir(ROOT "/p1/x", 0755) == 0 && mkdir(ROOT "/p2/x", 0755) == 0);
	WANT(mount("proc", ROOT "/p1/x", "proc", 0, NULL) == 0);
	WANT(mount("treasure", ROOT "/p2/x", "tmpfs", 0, NULL) == 0);
	return 0;
}

/* Whether the volume is there, and every cover lies over the proc. */
static bool is_whole(int procfs, uint32_t empty_dev)
{
	nsv_automountinfo struct nsv_mountinfo m;
	struct nsv_mount_line line;
	uint32_t proc = 0, volume = 0;
	bool whole = true;

	if (nsv_mountinfo_open(&m, procfs, "self", NSV_MOUNTINFO_MAX) < 0)
		return false;
	while (nsv_mountinfo_next(&m, &line) > 0) {
		if (strncmp(line.point, ROOT "/", strlen(ROOT) + 1) != 0)
			continue;
		if (strcmp(line.type, "proc") == 0)
			proc = line.id;
		else if (strcmp(line.source, "treasure") == 0)
			volume = line.id;
		else if (nsv_mount_dev(line.major, line.minor) == empty_dev)
			whole &= line.parent == proc;
	}
	return whole && volume;
}

static int trim_amid_renames(const struct nsv_test_container *c)
{
	unsigned done = 0;

	(void)c;
	for (unsigned i = 0; i < ROUNDS; i++) {
		nsv_autofd int procfs = NSV_FD_NONE, empty = NSV_FD_NONE;
		struct nsv_trimmed trimmed;
		pthread_t thread;
		struct stat st;
		int r;

		WANT(set_up() == 0);
		procfs = open("/proc", O_PATH | O_DIRECTORY);
		empty = open("/mnt/empty", O_PATH | O_DIRECTORY);
		WANT(procfs >= 0 && fstat(empty, &st) == 0);
		stop = false;
		WANT(pthread_create(&thread, NULL, exchange, NULL) == 0);
		r = nsv_trim(procfs, ROOT, empty, nsv_mount_dev(major(st.st_dev), minor(st.st_dev)),
			     &trimmed);
		stop = true;
		WANT(pthread_join(thread, NULL) == 0);
		WANT(r == 0 || r == -EAGAIN);
		done += r == 0;
		WANT(r < 0 || is_whole(procfs, nsv_mount_dev(major(st.st_dev), minor(st.st_dev))));
		WANT(umount2("/mnt", MNT_DETACH) == 0);
	}
	/* Some calls have to succeed, or nothing was shown. */
	WANT(done > 0);
	return 0;
}

static int plain_unmount(const struct nsv_test_container *c)
{
	nsv_autofd int procfs = open("/proc", O_PATH | O_DIRECTORY);

	(void)c;
	WANT(set_up() == 0);
	WANT(renameat2(AT_FDCWD, ROOT "/p1", AT_FDCWD, ROOT "/p2", RENAME_EXCHANGE) == 0);
	WANT(umount2(ROOT "/p1/x", MNT_DETACH) == 0);
	WANT(!is_whole(procfs, 0));
	return 0;
}

static void no_volume_is_missing_silently(void **state)
{
	nsv_test_in_child(trim_amid_renames, NULL);
}

static void control_a_path_takes_the_volume(void **state)
{
	nsv_test_in_child(plain_unmount, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_volume_is_missing_silently),
		cmocka_unit_test(control_a_path_takes_the_volume),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
