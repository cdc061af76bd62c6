/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_layers.c - which overlays are known to lie on local file systems: tables of mounts as
 * text, and overlays that are mounted in this process's namespace and in another one.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/skip.h"

#include "fixtures/tmp.h"
#include "fuse/containers/layers.h"
#include "reach/procfs.h"
#include "reach/util.h"

static const char table[] = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
			    "21 20 0:40 / /home/u/remote rw - fuse.sshfs host:/ rw\n"
			    "22 21 8:2 / /home/u/remote/disk rw - ext4 /dev/sdb1 rw\n"
			    "23 20 0:41 / /net rw - nfs4 server:/ rw\n"
			    "24 20 8:3 / /twice rw - ext4 /dev/sdc1 rw\n"
			    "25 24 0:42 / /twice rw - fuse.x x rw\n";

static bool local(const char *point, const char *options)
{
	struct nsv_mount_list list = { 0 };
	struct nsv_mount_line line = { 0 };
	struct nsv_mountinfo m;
	char text[512];
	bool is;

	nsv_mountinfo_text(&m, table, sizeof(table) - 1);
	assert_int_equal(nsv_mount_list_read(&list, &m), 0);
	nsv_mountinfo_close(&m);
	(void)snprintf(text, sizeof(text), "90 20 0:99 / %s rw - overlay overlay %s", point,
		       options);
	assert_int_equal(nsv_mount_parse(text, &line), 0);
	is = layers_are_local(&list, &line);
	nsv_mount_list_clear(&list);
	return is;
}

static void layers_are_compared_with_mounts(void **state)
{
	static const struct {
		const char *point, *options;
		bool local;
	} cases[] = {
		{ "/m", "rw,lowerdir=/a:/b,upperdir=/c,workdir=/d", true },
		{ "/m", "rw,lowerdir=/a:/home/u/remote,upperdir=/c,workdir=/d", false },
		{ "/m", "rw,lowerdir=/home/u/remote/x:/a,upperdir=/c,workdir=/d", false },
		{ "/m", "rw,lowerdir=/home/u/remote2:/a", true },
		{ "/m", "rw,lowerdir=/home/u/remote/disk/x:/a", true },
		{ "/m", "rw,lowerdir=/a,upperdir=/net/u,workdir=/net/w", false },
		{ "/m", "rw,lowerdir+=/a,lowerdir+=/net/b", false },
		{ "/m", "rw,lowerdir+=/a,lowerdir+=/b", true },
		{ "/m", "rw,lowerdir=/a::/net/data", false },
		{ "/m", "rw,lowerdir=/a,datadir+=/net/data", false },
		{ "/m", "rw,lowerdir=/twice", false },
		{ "/m", "rw,lowerdir=/ho\\155e/u/remote/x", false },
		/* Docker's are relative to its data root, where the mount point is too. */
		{ "/var/lib/docker/m", "rw,lowerdir=l/A:l/B,upperdir=x/diff", true },
		{ "/net/docker/m", "rw,lowerdir=l/A:l/B,upperdir=x/diff", false },
		/* Nothing is known of it. */
		{ "/m", "rw", false },
		{ "/m", "rw,lowerdir=", false },
		{ "/m", "rw,xlowerdir=/a", false },
	};

	(void)state;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(cases); i++) {
		print_message("%s\n", cases[i].options);
		assert_int_equal(local(cases[i].point, cases[i].options), cases[i].local);
	}
}

/* Mounts an overlay on @top/merged; its device, or 0. */
static uint32_t mount_overlay(const char *top)
{
	char options[256], path[128];
	struct stat st;

	(void)snprintf(options, sizeof(options), "lowerdir=%s/a:%s/b", top, top);
	(void)snprintf(path, sizeof(path), "%s/merged", top);
	if (mount("overlay", path, "overlay", 0, options) < 0 || stat(path, &st) < 0)
		return 0;
	return nsv_mount_dev(major(st.st_dev), minor(st.st_dev));
}

/* In a mount namespace of its own, as a container has it; held until @let_go is closed. */
static uint32_t mount_elsewhere(const char *top, int let_go[2], pid_t *ret_pid)
{
	uint32_t dev = 0;
	int said[2];

	assert_int_equal(pipe(said), 0);
	assert_int_equal(pipe(let_go), 0);
	*ret_pid = fork();
	if (*ret_pid == 0) {
		char byte;

		(void)close(let_go[1]);
		if (unshare(CLONE_NEWNS) == 0 &&
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
			dev = mount_overlay(top);
		if (write(said[1], &dev, sizeof(dev)) != sizeof(dev))
			_exit(1);
		_exit(read(let_go[0], &byte, 1) < 0);
	}
	assert_int_equal(read(said[0], &dev, sizeof(dev)), sizeof(dev));
	(void)close(said[0]);
	(void)close(said[1]);
	(void)close(let_go[0]);
	return dev;
}

static void only_overlays_of_this_namespace_are_local(void **state)
{
	static const char *const names[] = { "", "/a", "/b", "/merged" };
	nsv_autofd int procfs = nsv_procfs_open(NULL);
	char dir[] = "/tmp/nsview-layers.XXXXXX", path[128];
	uint32_t here, elsewhere;
	struct layers l;
	int let_go[2];
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		nsv_test_skip("needs root to mount");
	nsv_test_mkdtemp(dir);
	/* The mounts go with this process. */
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("tmpfs", dir, "tmpfs", 0, NULL), 0);
	for (size_t i = 1; i < NSV_ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", dir, names[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	elsewhere = mount_elsewhere(dir, let_go, &pid);
	here = mount_overlay(dir);
	if (!here || !elsewhere)
		nsv_test_skip("overlays can't be mounted");
	assert_int_not_equal(here, elsewhere);
	layers_init(&l);
	assert_true(layers_local(&l, procfs, here));
	assert_false(layers_local(&l, procfs, elsewhere));
	layers_done(&l);
	(void)close(let_go[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(umount2(dir, MNT_DETACH), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers_are_compared_with_mounts),
		cmocka_unit_test(only_overlays_of_this_namespace_are_local),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
