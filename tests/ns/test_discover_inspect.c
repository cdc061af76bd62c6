/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_discover_inspect.c - real processes looked at through the library. */
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/container.h"
#include "fixtures/skip.h"

#include <nsview/inspect.h>

#include "reach/util.h"

#define EVERYTHING \
	(NSV_INSPECT_HOSTNAME | NSV_INSPECT_ADDRESSES | NSV_INSPECT_MOUNTS | NSV_INSPECT_TREE)

static struct nsv_inspection *look(pid_t pid, unsigned flags)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_inspection *i = NULL;
	struct nsv_target *t = NULL;

	if (nsv_target_open_pid(pid, 0, 0, &t, &e) < 0 || nsv_inspect(t, flags, &i, &e) < 0)
		fail_msg("%d: %s", (int)pid, e.msg);
	nsv_target_free(t);
	return i;
}

static int start_child(void *data)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid < 0 ? -errno : 0;
}

static void a_container_is_inspected(void **state)
{
	struct nsv_container_opts o = {
		.hostname = "looked-at", .overlay = true, .userns = true, .setup = start_child
	};
	struct nsv_test_container *c = nsv_container_start(&o);
	struct nsv_inspection *i = look(c->pid, EVERYTHING);
	struct stat st;

	assert_int_equal(i->pid, c->pid);
	assert_int_equal(i->levels, 2);
	assert_int_equal(nsv_inspection_pid(i, 0), c->pid);
	assert_int_equal(nsv_inspection_pid(i, 1), 1);
	assert_string_equal(i->hostname, "looked-at");
	assert_string_equal(i->root, "/");
	assert_int_equal(stat(c->nsfile, &st), 0);
	assert_true(nsv_inspection_namespace(i, NSV_NS_MNT)->inode == st.st_ino);
	assert_false(nsv_inspection_namespace(i, NSV_NS_MNT)->host);
	assert_false(nsv_inspection_namespace(i, NSV_NS_UTS)->host);
	assert_true(nsv_inspection_namespace(i, NSV_NS_TIME)->host);
	assert_int_equal(i->uid, NSV_TEST_SUBID);
	assert_int_equal(i->n_uid_map, 2);
	assert_int_equal(nsv_inspection_id_range(i, NSV_ID_USER, 0)->inside, 0);
	assert_int_equal(nsv_inspection_id_range(i, NSV_ID_USER, 0)->host, NSV_TEST_SUBID);
	assert_int_equal(i->n_members, 2);
	assert_int_equal(nsv_inspection_member(i, 0)->pid, c->pid);
	assert_int_equal(nsv_inspection_member(i, 1)->ppid, c->pid);
	assert_int_equal(nsv_inspection_member(i, 1)->inside, 2);
	assert_true(i->n_mounts > 0);
	assert_string_equal(nsv_inspection_mount(i, 0)->target, "/");
	assert_string_equal(nsv_inspection_mount(i, 0)->type, "overlay");
	assert_non_null(nsv_inspection_mount(i, 0)->lower);
	assert_non_null(nsv_inspection_mount(i, 0)->upper);
	assert_int_equal(i->n_missing, 0);
	nsv_inspection_free(i);

	/* What is not asked for is not there. */
	i = look(c->pid, 0);
	assert_null(i->hostname);
	assert_int_equal(i->n_addresses + i->n_mounts + i->n_members, 0);
	assert_non_null(i->command);
	nsv_inspection_free(i);
	nsv_container_stop(c);
}

static void the_caller_inspects_itself(void **state)
{
	struct nsv_inspection *i = look(getpid(), NSV_INSPECT_HOSTNAME | NSV_INSPECT_ADDRESSES);
	const struct nsv_namespace *ns;
	char name[256];

	assert_int_equal(gethostname(name, sizeof(name)), 0);
	assert_string_equal(i->hostname, name);
	for (unsigned kind = 0; (ns = nsv_inspection_namespace(i, kind)); kind++)
		assert_true(ns->host || ns->inode == 0);
	assert_true(i->uid == geteuid());
	nsv_inspection_free(i);
	/* No child stays, and none becomes ours to wait for. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* A helper leaves no fd behind, in thousands of looks. */
static void no_fd_is_leaked(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });
	int before = dup(0), after;

	for (int n = 0; n < 100; n++)
		nsv_inspection_free(look(c->pid, EVERYTHING));
	nsv_close(before);
	after = dup(0);
	assert_int_equal(after, before);
	nsv_close(after);
	nsv_container_stop(c);
}

static void wrong_targets_and_flags_are_refused(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_inspection *i = NULL;
	struct nsv_target *t = NULL;

	assert_int_equal(nsv_target_open_nsfile(c->nsfile, &t, NULL), 0);
	assert_int_equal(nsv_inspect(t, 0, &i, &e), -EINVAL);
	t = nsv_target_free(t);
	assert_int_equal(nsv_target_open_pid(c->pid, 0, 0, &t, NULL), 0);
	assert_int_equal(nsv_inspect(t, 1U << 30, &i, NULL), -EINVAL);
	/* It ends in between. */
	nsv_container_stop(c);
	assert_int_equal(nsv_inspect(t, EVERYTHING, &i, &e), -ESRCH);
	assert_non_null(strstr(e.msg, "has ended"));
	assert_null(i);
	nsv_target_free(t);
}

/* 65,536 groups make a status of half a megabyte; its process must not hide by that. */
static int with_many_groups(void *data)
{
	static gid_t groups[65536];

	for (unsigned n = 0; n < NSV_ARRAY_SIZE(groups); n++)
		groups[n] = 1000000000 + n;
	return setgroups(NSV_ARRAY_SIZE(groups), groups) < 0 ? -errno : 0;
}

static void a_process_with_many_groups(void **state)
{
	struct nsv_container_opts o = { .setup = with_many_groups };
	struct nsv_test_container *c = nsv_container_start(&o);
	struct nsv_inspection *i = look(c->pid, NSV_INSPECT_TREE);

	assert_int_equal(i->levels, 2);
	assert_true(i->cap_bounding != 0);
	assert_int_equal(i->n_members, 1);
	assert_int_equal(nsv_inspection_member(i, 0)->inside, 1);
	nsv_inspection_free(i);
	nsv_container_stop(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_container_is_inspected),
		cmocka_unit_test(the_caller_inspects_itself),
		cmocka_unit_test(no_fd_is_leaked),
		cmocka_unit_test(wrong_targets_and_flags_are_refused),
		cmocka_unit_test(a_process_with_many_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
