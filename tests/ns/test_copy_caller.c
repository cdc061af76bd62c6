/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_copy_caller.c - a copy into a container of another user leaves the calling thread as it was:
 * its fsuid, fsgid, capabilities and signals.
 */
#include "fixtures/container.h"

#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <nsview/copy.h>

#include "reach/util.h"

#define SIGNALS 8 /* bytes that the kernel uses of a sigset_t */

struct caller {
	int fsuid, fsgid;
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];
	sigset_t blocked;
};

static struct caller now(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct caller c;

	memset(&c, 0, sizeof(c));
	c.fsuid = setfsuid((uid_t)-1);
	c.fsgid = setfsgid((gid_t)-1);
	assert_int_equal(syscall(SYS_capget, &head, c.caps), 0);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &c.blocked), 0);
	return c;
}

static void assert_as_before(const struct caller *before)
{
	struct caller c = now();

	assert_int_equal(c.fsuid, before->fsuid);
	assert_int_equal(c.fsgid, before->fsgid);
	assert_memory_equal(c.caps, before->caps, sizeof(c.caps));
	assert_memory_equal(&c.blocked, &before->blocked, SIGNALS);
}

/* As a program that has put a capability aside. */
static void lower_one(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct caller c = now();

	c.caps[0].effective &= ~CAP_TO_MASK(CAP_NET_ADMIN);
	assert_int_equal(syscall(SYS_capset, &head, c.caps), 0);
}

static void the_caller_stays_as_it_is(void **state)
{
	struct nsv_container_opts opts = { .userns = true };
	struct nsv_test_container *ct = nsv_container_start(&opts);
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_target *target = NULL;
	struct nsv_root *root = NULL;
	struct nsv_copy *c = NULL;
	struct caller before;
	struct stat st;
	nsv_autofd int fd = NSV_FD_NONE;

	(void)state;
	lower_one();
	before = now();
	assert_int_equal(nsv_target_open(ct->spec, NULL, NULL, &target, &e), 0);
	assert_int_equal(nsv_root_open(target, NSV_VIA_AUTO, &root, &e), 0);
	o.to = root;
	assert_int_equal(nsv_copy_new(&o, &c, &e), 0);
	assert_as_before(&before);
	assert_int_equal(nsv_copy_to_path(c, "/tmp", false, &e), 0);
	assert_as_before(&before);
	assert_int_equal(nsv_copy_add(c, NULL, "/etc/hostname", &e), 0);
	assert_as_before(&before);
	assert_int_equal(nsv_copy_add(c, NULL, "/nonesuch", &e), -ENOENT);
	assert_as_before(&before);
	assert_int_equal(nsv_copy_finish(c, &e), 0);
	assert_as_before(&before);
	nsv_copy_free(c);
	assert_as_before(&before);
	/* Still the container's. */
	fd = nsv_root_open_file(root, "/tmp/hostname", 0, &st, &e);
	assert_true(fd >= 0);
	assert_int_equal(st.st_uid, NSV_TEST_SUBID);
	nsv_root_free(root);
	nsv_target_free(target);
	nsv_container_stop(ct);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_caller_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
