/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_hints_fuse.c - a user names a folder of his own FUSE file system as the place of an engine's
 * files, and its server answers nobody. A walk there ends at once. The control: stat(2) of the same
 * path asks the server, and waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/skip.h"

#include "discover/hints/hints.h"
#include "fixtures/fuse_raw.h"
#include "fixtures/tmp.h"
#include "reach/procfs.h"
#include "reach/util.h"

static void a_server_that_never_answers_is_not_asked(void **state)
{
	char dir[] = "/tmp/nsview-hints.XXXXXX", path[64];
	nsv_autofd int fuse = fuse_raw_open();
	nsv_autofd int files = NSV_FD_NONE;
	struct nsv_scan scan = { .procfs = NSV_FD_NONE };
	struct nsv_hints h = { .scan = &scan };
	pid_t naive;
	int r;

	(void)state;
	if (geteuid() != 0 || fuse < 0)
		nsv_test_skip("needs root and /dev/fuse");
	nsv_test_mkdtemp(dir);
	scan.procfs = h.procfs = nsv_procfs_open(NULL);
	assert_true(scan.procfs >= 0);
	/* The mount goes with this process. */
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	h.files = files = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(files >= 0);
	(void)snprintf(path, sizeof(path), "%s/mine", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_true(nsv_hint_walk(&h, path, 0) >= 0);
	r = fuse_raw_mount(fuse, path, "fuse.mine", 0, true);
	if (r < 0)
		nsv_test_skip("FUSE can't be mounted: %s", strerror(-r));
	/* From then on it is silent. */
	assert_int_equal(fuse_raw_take_one(fuse), FUSE_INIT);

	(void)alarm(60);
	assert_int_equal(nsv_hint_walk(&h, path, 0), -EREMOTE);
	(void)snprintf(path, sizeof(path), "%s/mine/storage/overlay-containers", dir);
	assert_int_equal(nsv_hint_walk(&h, path, 0), -EREMOTE);
	assert_false(fuse_raw_is_asked(fuse, 0));

	naive = fork();
	if (naive == 0) {
		struct stat st;

		_exit(stat(path, &st) == 0);
	}
	assert_true(fuse_raw_is_asked(fuse, 20000));
	/* Nobody has taken its request, so it can be ended. */
	assert_int_equal(kill(naive, SIGKILL), 0);
	assert_int_equal(waitpid(naive, NULL, 0), naive);
	(void)alarm(0);
	free(h.mounts);
	nsv_close(scan.procfs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_that_never_answers_is_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
