// SPDX-License-Identifier: GPL-2.0-or-later
/* What a package that is a folder holds after members that have no form there, or were dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/folder.h"
#include "fixtures/tmp.h"

static struct nsv_folder folder = NSV_FOLDER_INIT;

static bool is_there(const char *path)
{
	return faccessat(folder.top, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void begin(const char *path, mode_t mode, const char *hard)
{
	struct nsv_entity m = { .path = path, .mode = mode, .hard = hard };

	assert_int_equal(nsv_folder_begin(&folder, &m), 0);
}

/* Only folders that were made for the member itself go with it. */
static void dropped_leaves_nothing(void **state)
{
	(void)state;
	begin("memory/1/core", S_IFREG, NULL);
	nsv_folder_drop(&folder, "memory/1/core");
	assert_false(is_there("memory"));
	begin("open/1/exe", S_IFREG, NULL);
	assert_int_equal(nsv_folder_end(&folder), 0);
	begin("open/2/exe", S_IFREG, NULL);
	nsv_folder_drop(&folder, "open/2/exe");
	assert_false(is_there("open/2"));
	assert_true(is_there("open/1/exe"));
	begin("[root]", S_IFDIR, NULL);
	begin("[root]/a", S_IFDIR, NULL);
	begin("[root]/a/file", S_IFREG, NULL);
	nsv_folder_drop(&folder, "[root]/a/file");
	assert_true(is_there("[root]/a"));
}

/* What is not there has no further names there. */
static void links_to_what_is_left_out(void **state)
{
	(void)state;
	begin("[root]/fifo", S_IFIFO, NULL);
	begin("[root]/fifo2", S_IFIFO, "[root]/fifo");
	begin("[root]/device2", S_IFCHR, "[root]/device");
	assert_false(is_there("[root]/fifo2"));
	assert_false(is_there("[root]/device2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dropped_leaves_nothing),
		cmocka_unit_test(links_to_what_is_left_out),
	};
	char top[] = "/tmp/nsv-folder-XXXXXX";
	int failed;

	nsv_test_mkdtemp(top);
	folder.top = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	nsv_folder_close(&folder);
	return failed;
}
