/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_ids.c - a user namespace whose users and groups are mapped to different numbers, of
 * different counts, so that one map can't pass for the other.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/skip.h"

#include <nsview/target.h>

#include "reach/util.h"

#define USERS  "0 500000 100\n"
#define GROUPS "0 700000 50\n"

/* Until the other end of @go is closed, by an assertion that failed too. */
static void wait_in_namespaces(int ready, const int go[2])
{
	char byte;

	nsv_close(go[1]);
	byte = unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
	(void)!write(ready, &byte, 1);
	(void)!read(go[0], &byte, 1);
	_exit(0);
}

static void write_map(pid_t pid, const char *name, const char *text)
{
	char path[64];
	nsv_autofd int fd = NSV_FD_NONE;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void ids_are(const struct nsv_target *t)
{
	static const struct {
		enum nsv_id_kind kind;
		uint32_t inside, host;
	} ids[] = {
		{ NSV_ID_USER, 0, 500000 },
		{ NSV_ID_USER, 99, 500099 },
		{ NSV_ID_GROUP, 0, 700000 },
		{ NSV_ID_GROUP, 49, 700049 },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(ids); i++) {
		assert_int_equal(nsv_target_id_inside(t, ids[i].kind, ids[i].host), ids[i].inside);
		assert_int_equal(nsv_target_id_chown(t, ids[i].kind, ids[i].inside), ids[i].host);
	}
	assert_int_equal(nsv_target_id_chown(t, NSV_ID_USER, 100), NSV_ID_UNMAPPED);
	assert_int_equal(nsv_target_id_chown(t, NSV_ID_GROUP, 50), NSV_ID_UNMAPPED);
	assert_int_equal(nsv_target_id_inside(t, NSV_ID_USER, 700000), NSV_ID_UNMAPPED);
	assert_int_equal(nsv_target_id_inside(t, NSV_ID_GROUP, 500000), NSV_ID_UNMAPPED);
}

static void users_and_groups_have_maps_of_their_own(void **state)
{
	struct nsv_target *t = NULL;
	int ready[2], go[2];
	char spec[64], byte = 0;
	pid_t pid;

	if (geteuid() != 0)
		nsv_test_skip("ID maps of this kind need root");
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		wait_in_namespaces(ready[1], go);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	if (!byte)
		nsv_test_skip("a user namespace can't be made here");
	write_map(pid, "uid_map", USERS);
	write_map(pid, "gid_map", GROUPS);
	/* By the process, and by the namespace alone. */
	(void)snprintf(spec, sizeof(spec), "%d", (int)pid);
	assert_int_equal(nsv_target_open(spec, NULL, NULL, &t, NULL), 0);
	ids_are(t);
	t = nsv_target_free(t);
	(void)snprintf(spec, sizeof(spec), "/proc/%d/ns/mnt", (int)pid);
	assert_int_equal(nsv_target_open(spec, NULL, NULL, &t, NULL), 0);
	ids_are(t);
	(void)nsv_target_free(t);
	nsv_close(go[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	nsv_close(go[0]);
	nsv_close(ready[0]);
	nsv_close(ready[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_and_groups_have_maps_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
