/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_root.c - both routes into real containers, for root and for the
 * ordinary owner of a rootless one, with and without openat2.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixtures/child.h"
#include "fixtures/forbid.h"
#include "fixtures/skip.h"

#include <nsview/root.h>
#include <nsview/target.h>

#include "reach/util.h"

static const enum nsv_via both_routes[] = { NSV_VIA_PROC, NSV_VIA_SETNS };

/* Opens the container and its root, or fails the test. */
static struct nsv_root *open_root(const char *spec, enum nsv_via via, struct nsv_target **t)
{
	struct nsv_root *root = NULL;
	struct nsv_error e = NSV_ERROR_INIT;

	if (nsv_target_open(spec, NULL, NULL, t, &e) < 0 || nsv_root_open(*t, via, &root, &e) < 0)
		fail_msg("%s: %s", spec, e.msg);
	if (via != NSV_VIA_AUTO)
		assert_int_equal(nsv_root_via(root), via);
	return root;
}

static void close_root(struct nsv_root *root)
{
	struct nsv_target *t = nsv_root_target(root);

	(void)nsv_root_free(root);
	(void)nsv_target_free(t);
}

/* The file's text, "" when it does not open. The caller frees. */
static char *text_of(struct nsv_root *root, const char *path, struct nsv_error *e)
{
	nsv_autofd int fd = nsv_root_open_file(root, path, 0, NULL, e);
	char *text = calloc(1, 65536);
	ssize_t n = 0;
	size_t used = 0;

	while (fd >= 0 && used < 65535 && (n = read(fd, text + used, 65535 - used)) > 0)
		used += (size_t)n;
	return text;
}

static void opens(struct nsv_root *root, const char *path, const char *expected)
{
	struct nsv_error e = NSV_ERROR_INIT;
	nsv_autofree char *text = text_of(root, path, &e);

	if (!strstr(text, expected))
		fail_msg("%s: \"%.80s\" (%s)", path, text, e.msg);
}

static void fails(struct nsv_root *root, const char *path, int err)
{
	struct nsv_error e = NSV_ERROR_INIT;
	int fd = nsv_root_open_file(root, path, 0, NULL, &e);

	nsv_close(fd);
	if (fd != -err || e.err != err || !e.msg[0])
		fail_msg("%s: %d instead of %d (%s)", path, fd, -err, e.msg);
}

static int plant(void *data)
{
	FILE *f = fopen("/etc/secret-of-1000", "we");

	if (!f || fputs("mapped\n", f) < 0 || fclose(f) != 0)
		return -EIO;
	(void)remove("/etc/mtab");
	(void)mkdir("/private", 0700);
	if (chmod("/etc/secret-of-1000", 0600) < 0 ||
	    chown("/etc/secret-of-1000", 1000, 1000) < 0 ||
	    symlink("/etc/shadow-of-the-host", "/etc/evil") < 0 ||
	    symlink("../proc/self/mounts", "/etc/mtab") < 0 || mkfifo("/etc/fifo", 0600) < 0)
		return -errno;
	f = fopen("/private/file", "we");
	if (!f || fputs("private\n", f) < 0 || fclose(f) != 0 ||
	    chown("/private", 1000, 1000) < 0 || chown("/private/file", 1000, 1000) < 0)
		return -EIO;
	return 0;
}

static void both_routes_open_the_same(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .setup = plant, .overlay = true });

	for (size_t i = 0; i < NSV_ARRAY_SIZE(both_routes); i++) {
		struct nsv_target *t;
		struct nsv_root *root = open_root(c->spec, both_routes[i], &t);
		nsv_autofree char *canonical = NULL;
		const char *name = NULL;
		size_t len = 0;
		int fd;

		opens(root, "/etc/alpine-release", "3.");
		opens(root, "etc/alpine-release", "3.");
		opens(root, "/private/file", "private");
		fails(root, "/etc/evil", ENOENT);
		fails(root, "/etc", EISDIR);
		fails(root, "/etc/fifo", ENXIO);
		fails(root, "", ENOENT);
		fails(root, "/no/such", ENOENT);
		assert_int_equal(nsv_root_open_path(root, "/", 99, NULL), -EINVAL);
		assert_int_equal(nsv_root_canonical(root, "/etc/mtab", 0, &canonical, NULL), 0);
		assert_string_equal(canonical, "/proc/1/mounts");
		fd = nsv_root_open_parent(root, "/etc//new-file/", &name, &len, NULL);
		assert_true(fd >= 0);
		assert_int_equal(len, strlen("new-file"));
		assert_memory_equal(name, "new-file", len);
		nsv_close(fd);
		assert_int_equal(nsv_root_open_parent(root, "/..", &name, &len, NULL), -EINVAL);
		assert_int_equal(nsv_root_open_parent(root, "/", &name, &len, NULL), -EINVAL);
		fd = nsv_root_open_dir(root, "/etc", 0, NULL);
		assert_true(fd >= 0);
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		nsv_close(fd);
		close_root(root);
	}
	nsv_container_stop(c);
}

static void self_is_the_container_process(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .setup = plant });

	for (size_t i = 0; i < NSV_ARRAY_SIZE(both_routes); i++) {
		struct nsv_target *t;
		struct nsv_root *root = open_root(c->spec, both_routes[i], &t);

		opens(root, "/proc/self/status", "NSpid:\t1\n");
		opens(root, "/proc/thread-self/status", "NSpid:\t1\n");
		opens(root, "/etc/mtab", " /proc proc ");
		fails(root, "/proc/self/root/etc/alpine-release", ELOOP);
		fails(root, "/proc/1/root/etc/alpine-release", ELOOP);
		fails(root, "/proc/self/exe", ELOOP);
		close_root(root);
	}
	nsv_container_stop(c);
}

/* Sharing the host's PID namespace, /proc/self would be whoever looks: here it is not. */
static void self_holds_without_a_pid_namespace(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .setup = plant, .share_pid = true });
	char expected[32];

	(void)snprintf(expected, sizeof(expected), "\nPid:\t%d\n", (int)c->pid);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(both_routes); i++) {
		struct nsv_target *t;
		struct nsv_root *root = open_root(c->spec, both_routes[i], &t);

		opens(root, "/proc/self/status", expected);
		close_root(root);
	}
	nsv_container_stop(c);
}

static void a_chrooted_target_is_confined_to_its_root(void **state)
{
	struct nsv_test_container *c = nsv_container_start(
	    &(struct nsv_container_opts){ .setup = plant, .chroot_only = true });

	for (size_t i = 0; i < NSV_ARRAY_SIZE(both_routes); i++) {
		struct nsv_target *t;
		struct nsv_root *root = open_root(c->spec, both_routes[i], &t);

		opens(root, "/etc/alpine-release", "3.");
		opens(root, "/../../../etc/alpine-release", "3.");
		fails(root, "/etc/debian_version", ENOENT);
		close_root(root);
	}
	nsv_container_stop(c);
}

static void an_ended_container_opens_no_root(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });
	struct nsv_target *t = NULL;
	struct nsv_root *root = NULL;

	assert_int_equal(nsv_target_open(c->spec, NULL, NULL, &t, NULL), 0);
	nsv_container_stop(c);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(both_routes); i++)
		assert_int_equal(nsv_root_open(t, both_routes[i], &root, NULL), -ESRCH);
	nsv_target_free(t);
}

static bool reads(struct nsv_root *root, const char *path, const char *expected)
{
	nsv_autofree char *text = text_of(root, path, NULL);

	return strcmp(text, expected) == 0;
}

/* Control: the owner of a rootless container, by /proc/PID/root, is refused mapped users' files. */
static int owner_naively(const struct nsv_test_container *c)
{
	char path[80];

	nsv_test_become_owner();
	(void)snprintf(path, sizeof(path), "/proc/%s/root/etc/alpine-release", c->spec);
	if (access(path, R_OK) < 0)
		return 2;
	(void)snprintf(path, sizeof(path), "/proc/%s/root/etc/secret-of-1000", c->spec);
	return open(path, O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES ? 0 : 3;
}

static int owner_through_helper(const struct nsv_test_container *c)
{
	struct nsv_target *t = NULL;
	struct nsv_root *root = NULL;

	nsv_test_become_owner();
	if (nsv_target_open(c->spec, NULL, NULL, &t, NULL) < 0)
		return 1;
	if (!nsv_target_wants_userns(t) || nsv_root_open(t, NSV_VIA_AUTO, &root, NULL) < 0)
		return 2;
	if (nsv_root_via(root) != NSV_VIA_SETNS)
		return 3;
	if (!reads(root, "/etc/secret-of-1000", "mapped\n") ||
	    !reads(root, "/private/file", "private\n"))
		return 4;
	close_root(root);
	return 0;
}

static int owner_joined(const struct nsv_test_container *c)
{
	struct nsv_target *t = NULL;
	struct nsv_root *root = NULL;
	struct stat st;
	nsv_autofd int fd = NSV_FD_NONE;

	nsv_test_become_owner();
	if (nsv_target_open(c->spec, NULL, NULL, &t, NULL) < 0)
		return 1;
	if (nsv_target_join_userns(t, NULL) < 0 || nsv_target_wants_userns(t))
		return 2;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(both_routes); i++) {
		if (nsv_root_open(t, both_routes[i], &root, NULL) < 0)
			return 3;
		if (!reads(root, "/private/file", "private\n"))
			return 4;
		fd = nsv_root_open_file(root, "/private/file", 0, &st, NULL);
		if (st.st_uid != 1000 || nsv_target_id_inside(t, NSV_ID_USER, st.st_uid) != 1000)
			return 5;
		if (nsv_target_id_host(t, NSV_ID_USER, st.st_uid) != NSV_TEST_SUBID + 1000 ||
		    nsv_target_id_chown(t, NSV_ID_USER, 1000) != 1000 ||
		    nsv_target_id_chown(t, NSV_ID_USER, 70000) != NSV_ID_UNMAPPED)
			return 6;
		root = nsv_root_free(root);
		nsv_close_p(&fd);
	}
	(void)nsv_target_free(t);
	return 0;
}

static int owner_by_namespace_file(const struct nsv_test_container *c)
{
	struct nsv_target *t = NULL;
	struct nsv_root *root = NULL;

	nsv_test_become_owner();
	if (nsv_target_open(c->nsfile, NULL, NULL, &t, NULL) < 0)
		return 1;
	if (nsv_target_id_chown(t, NSV_ID_USER, 0) != NSV_TEST_OWNER ||
	    nsv_target_id_chown(t, NSV_ID_GROUP, 1000) != NSV_TEST_SUBID + 1000)
		return 2;
	if (nsv_root_open(t, NSV_VIA_AUTO, &root, NULL) < 0)
		return 3;
	if (!reads(root, "/private/file", "private\n"))
		return 4;
	close_root(root);
	return 0;
}

static void the_owner_of_a_rootless_container_reads_all(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){
	    .setup = plant, .userns = true, .owner = NSV_TEST_OWNER });

	nsv_test_in_child(owner_naively, c);
	nsv_test_in_child(owner_through_helper, c);
	nsv_test_in_child(owner_joined, c);
	nsv_test_in_child(owner_by_namespace_file, c);
	nsv_container_stop(c);
}

static void root_translates_ids_by_the_map(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .setup = plant, .userns = true });
	const char *const specs[] = { c->spec, c->nsfile };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(specs); i++) {
		struct nsv_target *t;
		struct nsv_root *root = open_root(specs[i], NSV_VIA_AUTO, &t);
		struct stat st;
		nsv_autofd int fd = nsv_root_open_file(root, "/private/file", 0, &st, NULL);

		assert_true(fd >= 0);
		assert_int_equal(st.st_uid, NSV_TEST_SUBID + 1000);
		assert_int_equal(nsv_target_id_inside(t, NSV_ID_USER, st.st_uid), 1000);
		assert_int_equal(nsv_target_id_host(t, NSV_ID_USER, st.st_uid), st.st_uid);
		assert_int_equal(nsv_target_id_chown(t, NSV_ID_GROUP, 0), NSV_TEST_SUBID);
		assert_int_equal(nsv_target_id_inside(t, NSV_ID_USER, 0), NSV_ID_UNMAPPED);
		close_root(root);
	}
	nsv_container_stop(c);
}

static int without_openat2(const struct nsv_test_container *c, int err)
{
	struct nsv_target *t = NULL;
	struct nsv_root *root = NULL;

	if (nsv_test_forbid(SYS_openat2, err) < 0 ||
	    nsv_target_open(c->spec, NULL, NULL, &t, NULL) < 0)
		return 1;
	if (nsv_root_open(t, NSV_VIA_AUTO, &root, NULL) < 0 || nsv_root_via(root) != NSV_VIA_SETNS)
		return 2;
	if (!reads(root, "/private/file", "private\n") || !reads(root, "/etc/evil", ""))
		return 3;
	root = nsv_root_free(root);
	/* And asked for by name, the proc route walks by itself. */
	if (nsv_root_open(t, NSV_VIA_PROC, &root, NULL) < 0 ||
	    !reads(root, "/private/file", "private\n") || !reads(root, "/etc/evil", ""))
		return 4;
	close_root(root);
	return 0;
}

static int without_openat2_enosys(const struct nsv_test_container *c)
{
	return without_openat2(c, ENOSYS);
}

static int without_openat2_eperm(const struct nsv_test_container *c)
{
	return without_openat2(c, EPERM);
}

static void a_missing_openat2_is_made_up_for(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .setup = plant });

	nsv_test_in_child(without_openat2_enosys, c);
	nsv_test_in_child(without_openat2_eperm, c);
	nsv_container_stop(c);
}

static void a_root_keeps_its_target(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });

	for (size_t i = 0; i < NSV_ARRAY_SIZE(both_routes); i++) {
		struct nsv_target *t = NULL;
		struct nsv_root *root = open_root(c->spec, both_routes[i], &t);

		(void)nsv_target_free(t);
		assert_int_equal(nsv_target_pid(nsv_root_target(root)), c->pid);
		opens(root, "/proc/self/mountinfo", "/proc");
		(void)nsv_root_free(root);
	}
	nsv_container_stop(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_routes_open_the_same),
		cmocka_unit_test(self_is_the_container_process),
		cmocka_unit_test(self_holds_without_a_pid_namespace),
		cmocka_unit_test(a_chrooted_target_is_confined_to_its_root),
		cmocka_unit_test(an_ended_container_opens_no_root),
		cmocka_unit_test(the_owner_of_a_rootless_container_reads_all),
		cmocka_unit_test(root_translates_ids_by_the_map),
		cmocka_unit_test(a_missing_openat2_is_made_up_for),
		cmocka_unit_test(a_root_keeps_its_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
