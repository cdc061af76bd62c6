/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_copy_swapped.c - a container exchanges the FIFO that a copy has just made with one of the
 * host's root in the same folder of a volume, before the copy opens it by its name to set its
 * metadata. The container's user namespace does not have the host's root. This program's own
 * mknodat(2) stands in for the C library's and does it at that moment.
 * Control: mknod, chown and chmod by name give the host's FIFO away.
 */
#include "fixtures/container.h"
#include "fixtures/tmp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <nsview/copy.h>

#include "reach/util.h"

#define MODE 0622

static char place[] = "/tmp/nsview-swapped-XXXXXX";
static int volume = NSV_FD_NONE, hosts = NSV_FD_NONE;
static bool exchanges;

/* In a thread of the copy: asserts nothing. */
__attribute__((visibility("default"))) int mknodat(int dir, const char *name, mode_t mode,
						   dev_t device)
{
	int r = (int)syscall(SYS_mknodat, dir, name, mode, device);

	if (r == 0 && exchanges)
		/* By one mount: rename(2) does not go from one to another. */
		(void)renameat2(volume, "hosts", volume, name, RENAME_EXCHANGE);
	return r;
}

static int start(void **state)
{
	struct nsv_container_opts o = { .userns = true, .volumes = { { place, "/vol" } } };

	nsv_test_mkdtemp(place);
	assert_int_equal(chown(place, NSV_TEST_SUBID, NSV_TEST_SUBID), 0);
	*state = nsv_container_start(&o);
	volume = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(volume >= 0);
	assert_int_equal(mkfifoat(volume, "fifo", 0666), 0);
	assert_int_equal(fchmodat(volume, "fifo", MODE, 0), 0);
	return 0;
}

static int stop(void **state)
{
	nsv_close_p(&volume);
	(void)nsv_container_stop(*state);
	return 0;
}

static void make_hosts(void)
{
	exchanges = false;
	(void)unlinkat(volume, "hosts", 0);
	(void)unlinkat(volume, "copy", 0);
	assert_int_equal(mkfifoat(volume, "hosts", 0600), 0);
	nsv_close_p(&hosts);
	hosts = openat(volume, "hosts", O_PATH | O_CLOEXEC);
	assert_true(hosts >= 0);
	exchanges = true;
}

static void assert_hosts(uid_t uid, mode_t mode)
{
	struct stat st;

	assert_int_equal(fstat(hosts, &st), 0);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_mode & 07777, mode);
}

static void by_name_it_is_given_away(void **state)
{
	make_hosts();
	assert_int_equal(mknodat(volume, "copy", S_IFIFO | 0600, 0), 0);
	assert_int_equal(fchownat(volume, "copy", NSV_TEST_SUBID, NSV_TEST_SUBID, 0), 0);
	assert_int_equal(fchmodat(volume, "copy", MODE, 0), 0);
	assert_hosts(NSV_TEST_SUBID, MODE);
}

static void a_copy_leaves_it_alone(void **state)
{
	const struct nsv_test_container *ct = *state;
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_target *target = NULL;
	struct nsv_root *root = NULL;
	struct nsv_copy *c = NULL;
	char fifo[64];

	make_hosts();
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", place);
	assert_int_equal(nsv_target_open(ct->spec, NULL, NULL, &target, &e), 0);
	assert_int_equal(nsv_root_open(target, NSV_VIA_AUTO, &root, &e), 0);
	o.flags = NSV_COPY_ARCHIVE;
	o.to = root;
	assert_int_equal(nsv_copy_new(&o, &c, &e), 0);
	assert_int_equal(nsv_copy_to_path(c, "/vol/copy", false, &e), 0);
	assert_int_equal(nsv_copy_add(c, NULL, fifo, &e), -EPERM);
	nsv_copy_free(c);
	nsv_root_free(root);
	nsv_target_free(target);
	assert_hosts(0, 0600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_name_it_is_given_away),
		cmocka_unit_test(a_copy_leaves_it_alone),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
