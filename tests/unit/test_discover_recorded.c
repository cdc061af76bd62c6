/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_discover_recorded.c - scans of recorded /proc trees find the containers, their lead
 * processes and engines, with work proportional to the number of processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "discover/internal.h"
#include "fixtures/skip.h"

#include <nsview/discover.h>

#include "fixtures/tmp.h"
#include "reach/util.h"
#include "unit/recorded_proc.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0123"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb4567"

static const struct process mixed[] = {
	{ .pid = 1, .start = 1, .mntns = HOST_MNT },
	{ .pid = 2, .start = 1, .mntns = HOST_MNT, .kthread = true },
	{ .pid = 30, .ppid = 1, .start = 5, .mntns = 101 }, /* PrivateTmp= */
	{ .pid = 31, .ppid = 30, .start = 6, .mntns = 101 },
	{ .pid = 40, .ppid = 2, .start = 2, .mntns = 102, .root = "dev", .kthread = true },
	/* PID 1 of a container is not its lowest number, and there is one that joined it. */
	{ .pid = 50,
	  .ppid = 1,
	  .start = 90,
	  .mntns = 103,
	  .pidns = 203,
	  .nspid = "7",
	  .root = "web1",
	  .cgroup = "/docker/" A },
	{ .pid = 51,
	  .ppid = 1,
	  .start = 80,
	  .mntns = 103,
	  .pidns = 203,
	  .nspid = "1",
	  .root = "web1",
	  .cgroup = "/docker/" A,
	  .uid = 300000,
	  .fstype = "fuse.fuse-overlayfs" },
	/* unshare -m; chroot: a shell is left over, which has the host's root and is older. */
	{ .pid = 60, .ppid = 1, .start = 20, .mntns = 104 },
	{ .pid = 61, .ppid = 60, .start = 22, .mntns = 104, .root = "old" },
	{ .pid = 62, .ppid = 61, .start = 21, .mntns = 104, .root = "old" },
	{ .pid = 70, .ppid = 1, .start = 30, .mntns = 0, .dead = true }, /* a zombie */
	{ .pid = 80,
	  .ppid = 1,
	  .start = 40,
	  .mntns = 105,
	  .pidns = 205,
	  .nspid = "1",
	  .root = "threads",
	  .dead = true,
	  .thread = 81,
	  .cgroup = "/lxc.payload.t" },
};

static void containers_are_found(void **state)
{
	struct nsv_scan *scan = SCAN(mixed, NSV_SCAN_NAMESPACES);
	const struct nsv_container *c;

	assert_int_equal(nsv_scan_count(scan), 3);
	assert_int_equal(nsv_scan_unseen(scan), 0);
	c = nsv_scan_get(scan, 0); /* sorted by start */
	assert_int_equal(c->pid, 62);
	assert_int_equal(c->kind, NSV_KIND_CONTAINER);
	assert_int_equal(c->n_pids, 3);
	assert_null(c->engine);
	c = nsv_scan_get(scan, 1);
	assert_int_equal(c->pid, 80);
	assert_string_equal(c->id, "t");
	c = nsv_scan_get(scan, 2);
	assert_int_equal(c->pid, 51);
	assert_int_equal(c->start, 80);
	assert_int_equal(c->uid, 300000);
	assert_int_equal(c->mntns, 103);
	assert_int_equal(c->pidns, 203);
	assert_int_equal(c->n_pids, 2);
	assert_null(c->pids);
	assert_int_equal(c->parent, -1);
	assert_string_equal(c->engine, "docker");
	assert_string_equal(c->id, A);
	assert_string_equal(c->cgroup, "/docker/" A);
	assert_string_equal(c->rootfs, "fuse.fuse-overlayfs");
	assert_null(nsv_scan_get(scan, 3));
	nsv_scan_free(scan);
}

static void the_host_and_services_show_when_asked(void **state)
{
	struct nsv_scan *scan = SCAN(mixed, NSV_SCAN_ALL | NSV_SCAN_PROCS);
	const struct nsv_container *c;

	assert_int_equal(nsv_scan_count(scan), 5); /* the kernel's own is in none of them */
	c = nsv_scan_get(scan, 0);
	assert_int_equal(c->kind, NSV_KIND_HOST);
	assert_int_equal(c->pid, 1);
	assert_int_equal(c->n_pids, 1);
	c = nsv_scan_find_mntns(scan, 101);
	assert_non_null(c);
	assert_int_equal(c->kind, NSV_KIND_SERVICE);
	assert_int_equal(c->pid, 30);
	assert_int_equal(c->n_pids, 2);
	assert_int_equal(c->pids[0], 30);
	assert_int_equal(c->pids[1], 31);
	nsv_scan_free(scan);
}

static void processes_find_their_container(void **state)
{
	struct nsv_scan *scan = SCAN(mixed, 0);

	assert_int_equal(nsv_scan_find_pid(scan, 50)->pid, 51);
	assert_int_equal(nsv_scan_find_pid(scan, 60)->pid, 62);
	assert_int_equal(nsv_scan_find_pid(scan, 80)->pid, 80);
	assert_null(nsv_scan_find_pid(scan, 1));
	assert_null(nsv_scan_find_pid(scan, 30));
	assert_null(nsv_scan_find_pid(scan, 70));
	assert_null(nsv_scan_find_pid(scan, 12345));
	assert_null(nsv_scan_find_pid(scan, -1));
	assert_null(nsv_scan_find_mntns(scan, 0));
	nsv_scan_free(scan);
}

static const struct process nested[] = {
	{ .pid = 1, .start = 1, .mntns = HOST_MNT },
	{ .pid = 10, .ppid = 1, .start = 2, .mntns = HOST_MNT, .comm = "containerd-shim" },
	/* a system container, */
	{ .pid = 11,
	  .ppid = 10,
	  .start = 3,
	  .mntns = 111,
	  .pidns = 211,
	  .nspid = "1",
	  .root = "sys",
	  .cgroup = "/docker/" A },
	/* a service of its, with a private /tmp, */
	{ .pid = 12,
	  .ppid = 11,
	  .start = 4,
	  .mntns = 112,
	  .pidns = 211,
	  .nspid = "5",
	  .root = "sys",
	  .cgroup = "/docker/" A "/x.service" },
	/* a container within, started by that service, */
	{ .pid = 13,
	  .ppid = 12,
	  .start = 5,
	  .mntns = 113,
	  .pidns = 213,
	  .nspid = "9\t1",
	  .root = "inner",
	  .cgroup = "/docker/" A "/docker/" B },
	/* two chroots, one in the other, which stayed in the cgroup. */
	{ .pid = 14,
	  .ppid = 12,
	  .start = 6,
	  .mntns = 114,
	  .pidns = 211,
	  .nspid = "12",
	  .root = "chroot",
	  .cgroup = "/docker/" A },
	{ .pid = 15,
	  .ppid = 14,
	  .start = 7,
	  .mntns = 115,
	  .pidns = 211,
	  .nspid = "13",
	  .root = "chroot2",
	  .cgroup = "/docker/" A },
	/* Two that use one folder as their root are two. */
	{ .pid = 20, .ppid = 1, .start = 20, .mntns = 120, .root = "twice" },
	{ .pid = 21, .ppid = 1, .start = 21, .mntns = 121, .root = "twice" },
	/* An orphan in the host's PID namespace: only its cgroup tells. */
	{ .pid = 30,
	  .ppid = 1,
	  .start = 30,
	  .mntns = 130,
	  .root = "lxc",
	  .cgroup = "/lxc.payload.web/init.scope" },
	{ .pid = 31,
	  .ppid = 1,
	  .start = 31,
	  .mntns = 131,
	  .root = "lxc2",
	  .cgroup = "/lxc.payload.web/lxc.payload.in/init.scope" },
	/* One more below, and one whose name only begins as the outermost one's. */
	{ .pid = 32,
	  .ppid = 1,
	  .start = 32,
	  .mntns = 132,
	  .root = "lxc3",
	  .cgroup = "/lxc.payload.web/lxc.payload.in/lxc.payload.deep/init.scope" },
	{ .pid = 33,
	  .ppid = 1,
	  .start = 33,
	  .mntns = 133,
	  .root = "lxc4",
	  .cgroup = "/lxc.payload.web2/init.scope" },
};

static void nested_containers_have_a_parent(void **state)
{
	struct nsv_scan *scan = SCAN(nested, NSV_SCAN_PARENTS);
	const struct nsv_container *c[10];

	assert_int_equal(nsv_scan_count(scan), NSV_ARRAY_SIZE(c));
	for (size_t i = 0; i < NSV_ARRAY_SIZE(c); i++)
		c[i] = nsv_scan_get(scan, i);
	assert_int_equal(c[0]->pid, 11);
	assert_int_equal(c[0]->parent, -1);
	assert_string_equal(c[0]->id, A);
	assert_int_equal(c[1]->pid, 13);
	assert_int_equal(c[1]->parent, 0);
	assert_string_equal(c[1]->id, B);
	assert_int_equal(c[2]->pid, 14);
	assert_int_equal(c[2]->parent, 0);
	assert_null(c[2]->id);
	assert_int_equal(c[3]->pid, 15);
	assert_int_equal(c[3]->parent, 2);
	assert_null(c[3]->id);
	assert_int_equal(c[4]->pid, 20);
	assert_int_equal(c[4]->parent, -1);
	assert_int_equal(c[5]->pid, 21);
	assert_int_equal(c[5]->parent, -1);
	assert_int_equal(c[6]->pid, 30);
	assert_int_equal(c[7]->pid, 31);
	assert_int_equal(c[7]->parent, 6);
	assert_int_equal(c[8]->pid, 32);
	assert_int_equal(c[8]->parent, 7);
	assert_int_equal(c[9]->pid, 33);
	assert_int_equal(c[9]->parent, -1);
	/* Who asks for the service is told of the container that it is in. */
	assert_ptr_equal(nsv_scan_find_pid(scan, 12), c[0]);
	nsv_scan_free(scan);
	scan = SCAN(nested, NSV_SCAN_ALL);
	assert_int_equal(nsv_scan_find_pid(scan, 12)->kind, NSV_KIND_SERVICE);
	assert_int_equal(nsv_scan_find_pid(scan, 12)->parent, -1);
	nsv_scan_free(scan);
}

static void parents_form_no_circle(void **state)
{
	/* nsenter(1) from each into the other. */
	static const struct process circle[] = {
		{ .pid = 10, .ppid = 21, .start = 1, .mntns = 101, .root = "a", .nspid = "1" },
		{ .pid = 11, .ppid = 20, .start = 3, .mntns = 101, .root = "a", .nspid = "2" },
		{ .pid = 20, .ppid = 11, .start = 2, .mntns = 102, .root = "b", .nspid = "1" },
		{ .pid = 21, .ppid = 10, .start = 4, .mntns = 102, .root = "b", .nspid = "2" },
	};
	struct nsv_scan *scan = SCAN(circle, NSV_SCAN_PARENTS);
	ssize_t first, second;

	assert_int_equal(nsv_scan_count(scan), 2);
	first = nsv_scan_get(scan, 0)->parent;
	second = nsv_scan_get(scan, 1)->parent;
	assert_true(first < 0 || second < 0);
	nsv_scan_free(scan);
}

static void role_is(const struct nsv_scan *scan, pid_t pid, enum nsv_role_kind kind, size_t n)
{
	struct nsv_role role = { .size = sizeof(role) };

	assert_int_equal(nsv_role_of(scan, pid, &role, NULL), 0);
	if (role.kind != kind || role.n_pids != n)
		fail_msg("%d: role %d of %zu", (int)pid, role.kind, role.n_pids);
	nsv_role_done(&role);
}

static void host_processes_have_roles(void **state)
{
	static const struct process host[] = {
		{ .pid = 1, .start = 1, .mntns = HOST_MNT },
		{ .pid = 10, .ppid = 1, .mntns = HOST_MNT, .comm = "dockerd" },
		{ .pid = 11, .ppid = 1, .mntns = HOST_MNT, .comm = "containerd-shim" },
		{ .pid = 12, .ppid = 11, .mntns = 112, .nspid = "1", .root = "a" },
		{ .pid = 20, .ppid = 1, .mntns = HOST_MNT, .comm = "bash" },
		{ .pid = 21, .ppid = 20, .mntns = HOST_MNT, .comm = "unshare" },
		{ .pid = 22, .ppid = 21, .mntns = 122, .nspid = "1", .root = "b" },
		{ .pid = 23, .ppid = 22, .mntns = 122, .nspid = "2", .root = "b" },
		{ .pid = 24, .ppid = 20, .mntns = 124, .root = "c" },
		{ .pid = 30, .ppid = 1, .mntns = HOST_MNT, .comm = "cron" },
		/* conmon of rootless Podman: a mount namespace of Podman's own over the host's */
		{ .pid = 40, .ppid = 1, .mntns = 140, .comm = "conmon" },
		{ .pid = 41, .ppid = 40, .mntns = 141, .nspid = "1", .root = "d" },
	};
	struct nsv_scan *scan = SCAN(host, 0);
	struct nsv_role role = { .size = sizeof(role) };

	role_is(scan, 1, NSV_ROLE_NONE, 0);
	role_is(scan, 10, NSV_ROLE_ENGINE, 0);
	role_is(scan, 11, NSV_ROLE_SHIM, 1);
	role_is(scan, 12, NSV_ROLE_NONE, 0);
	role_is(scan, 20, NSV_ROLE_ANCESTOR, 2);
	role_is(scan, 21, NSV_ROLE_ANCESTOR, 1);
	role_is(scan, 23, NSV_ROLE_NONE, 0);
	role_is(scan, 30, NSV_ROLE_NONE, 0);
	role_is(scan, 40, NSV_ROLE_SHIM, 1);
	assert_int_equal(nsv_role_of(scan, 11, &role, NULL), 0);
	assert_string_equal(role.comm, "containerd-shim");
	assert_int_equal(role.pids[0], 12);
	nsv_role_done(&role);
	assert_int_equal(nsv_role_of(scan, 4711, &role, NULL), -ESRCH);
	assert_int_equal(nsv_role_of(scan, 0, &role, NULL), -ESRCH);
	nsv_scan_free(scan);
}

/*
 * 1,000 containers of 10 processes: of all but the first, which leads, there is nothing to read
 * here but the two links, and so nothing else is asked of each; where it is, they are no less
 * counted.
 */
static void many_processes_are_found_by_their_links(void **state)
{
	enum { CONTAINERS = 1000, EACH = 10 };
	struct nsv_scan_options o = NSV_SCAN_OPTIONS_INIT;
	struct nsv_scan *scan = NULL;
	struct tree t;
	char name[16];

	make_tree(&t, NULL, 0);
	for (int i = 0; i < CONTAINERS * EACH; i++) {
		struct process p = { .pid = 1000 + i,
				     .ppid = 1,
				     .start = 7,
				     .root = "many",
				     .mntns = 1000U + (unsigned)(i % CONTAINERS),
				     .nspid = "1",
				     .scant = i >= CONTAINERS };

		(void)snprintf(name, sizeof(name), "%d", p.pid);
		add_process(&t, &p, name);
	}
	assert_int_equal(nsv_scan_new_of(t.fd, &o, &scan, NULL), 0);
	assert_int_equal(nsv_scan_count(scan), CONTAINERS);
	for (size_t i = 0; i < CONTAINERS; i++) {
		assert_int_equal(nsv_scan_get(scan, i)->pid, 1000 + i);
		assert_int_equal(nsv_scan_get(scan, i)->n_pids, EACH);
	}
	nsv_scan_free(scan);
	nsv_close(t.fd);
}

static void unknown_options_are_refused(void **state)
{
	struct nsv_scan_options o = NSV_SCAN_OPTIONS_INIT;
	struct nsv_scan *scan = NULL;
	int procfs;

	o.flags = 1U << 30;
	assert_int_equal(nsv_scan_new(&o, &scan, NULL), -EINVAL);
	o.flags = 0;
	o.size = 1;
	assert_int_equal(nsv_scan_new(&o, &scan, NULL), -EINVAL);
	o.size = sizeof(o);
	procfs = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(nsv_scan_new_of(procfs, &o, &scan, NULL), -ENOTDIR);
	nsv_close(procfs);
	assert_null(scan);
	assert_null(nsv_scan_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers_are_found),
		cmocka_unit_test(the_host_and_services_show_when_asked),
		cmocka_unit_test(processes_find_their_container),
		cmocka_unit_test(nested_containers_have_a_parent),
		cmocka_unit_test(parents_form_no_circle),
		cmocka_unit_test(host_processes_have_roles),
		cmocka_unit_test(many_processes_are_found_by_their_links),
		cmocka_unit_test(unknown_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
