/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_opener.c - fds of containers for clients that may no longer open them, and what the
 * opener refuses. Controls open directly.
 */
#include "reach/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/child.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define WAIT_MS 60000
#define ALL	((1U << NSV_PINS) - 1)

/* ---- clients that gave up ---- */

static int open_directly(const struct nsv_test_container *c, const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)c->pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The owner of a user namespace has all there: root's would not count as given up. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return setresgid(NSV_TEST_OWNER, NSV_TEST_OWNER, NSV_TEST_OWNER) ?: setresuid(NSV_TEST_OWNER, NSV_TEST_OWNER, NSV_TEST_OWNER)
					     ?: (int)syscall(SYS_capset, &head, none);
}

static bool reads(int root, const char *path)
{
	const struct open_how how = { .flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	nsv_autofd int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	char byte;

	return fd >= 0 && read(fd, &byte, 1) == 1;
}

static bool is_ns(int fd, ino_t ino)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == ino && ino != 0;
}

/* All that was pinned is of the container. */
static int look(const struct nsv_pins *p, const ino_t inodes[NSV_PINS])
{
	struct pollfd pidfd = { .fd = p->fds[NSV_PIN_PIDFD], .events = POLLIN };
	char magic[4] = "";

	for (int pin = 0; pin < NSV_PINS; pin++) {
		/* A kernel without such namespaces. */
		if (pin == NSV_PIN_TIME && inodes[pin] == 0)
			continue;
		WANT(p->err[pin] == 0 && fcntl(p->fds[pin], F_GETFD) == FD_CLOEXEC);
		WANT(pin < NSV_PIN_MNT || is_ns(p->fds[pin], inodes[pin]));
	}
	WANT(poll(&pidfd, 1, 0) == 0);
	WANT(reads(p->fds[NSV_PIN_ROOT], "/etc/alpine-release"));
	WANT(read(p->fds[NSV_PIN_EXE], magic, 4) == 4 && memcmp(magic, "\177ELF", 4) == 0);
	return 0;
}

static void see(const struct nsv_test_container *c, ino_t inodes[NSV_PINS])
{
	static const char *const names[NSV_PINS] = {
		[NSV_PIN_MNT] = "mnt",	 [NSV_PIN_USER] = "user",     [NSV_PIN_PID] = "pid",
		[NSV_PIN_NET] = "net",	 [NSV_PIN_IPC] = "ipc",	      [NSV_PIN_UTS] = "uts",
		[NSV_PIN_TIME] = "time", [NSV_PIN_CGROUP] = "cgroup",
	};

	for (size_t pin = 0; pin < NSV_PINS; pin++)
		inodes[pin] = names[pin] ? nsv_test_ns_of(c->pid, names[pin]) : 0;
}

static int without_capabilities(const struct nsv_test_container *c)
{
	struct nsv_opener o;
	struct nsv_pins p;
	struct nsv_pin_guard guard;
	ino_t inodes[NSV_PINS];
	nsv_autofd int before = NSV_FD_NONE, root = NSV_FD_NONE;

	see(c, inodes);
	guard.pid = c->pid;
	guard.mntns_ino = inodes[NSV_PIN_MNT];
	guard.start = nsv_test_start_of(c->pid);
	WANT(guard.start != 0);
	WANT(nsv_opener_start(&o, NULL) == 0);
	before = open_directly(c, "root");
	WANT(before >= 0);
	WANT(drop_capabilities() == 0);
	/* Control. */
	WANT(open_directly(c, "root") < 0 && errno == EACCES);
	WANT(open_directly(c, "ns/net") < 0 && errno == EACCES);
	WANT(nsv_opener_pin(&o, &guard, ALL, WAIT_MS, &p) == 0);
	WANT(look(&p, inodes) == 0);
	nsv_pins_close(&p);
	WANT(p.fds[NSV_PIN_ROOT] == NSV_FD_NONE);
	/* What is not wanted does not come. */
	WANT(nsv_opener_pin(&o, &guard, 1U << NSV_PIN_NET, WAIT_MS, &p) == 0);
	for (int pin = 0; pin < NSV_PINS; pin++)
		WANT(pin == NSV_PIN_NET ? is_ns(p.fds[pin], inodes[pin])
					: p.fds[pin] == NSV_FD_NONE && p.err[pin] == 0);
	nsv_pins_close(&p);
	nsv_opener_end(&o);
	WANT(nsv_opener_pin(&o, &guard, ALL, WAIT_MS, &p) < 0);
	return 0;
}

/* A daemon of the owner's, in a user namespace of its own for lack of other ways to give up. */
static int the_owners(const struct nsv_test_container *c)
{
	struct nsv_opener o;
	struct nsv_pins p;
	struct nsv_pin_guard guard;
	ino_t inodes[NSV_PINS];
	nsv_autofd int before = NSV_FD_NONE;

	nsv_test_become_owner();
	see(c, inodes);
	guard.pid = c->pid;
	guard.mntns_ino = inodes[NSV_PIN_MNT];
	guard.start = nsv_test_start_of(c->pid);
	WANT(guard.start != 0);
	WANT(nsv_opener_start(&o, NULL) == 0);
	before = open_directly(c, "root");
	WANT(before >= 0);
	WANT(unshare(CLONE_NEWUSER) == 0);
	/* Control. */
	WANT(open_directly(c, "root") < 0 && errno == EACCES);
	WANT(nsv_opener_pin(&o, &guard, ALL, WAIT_MS, &p) == 0);
	WANT(look(&p, inodes) == 0);
	nsv_pins_close(&p);
	nsv_opener_end(&o);
	return 0;
}

static const char *const sleeping[] = { "/bin/busybox", "sleep", "1000000", NULL };

static void a_client_without_capabilities_gets_fds(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .argv = sleeping });

	nsv_test_in_child(without_capabilities, c);
	nsv_container_stop(c);
	c = nsv_container_start(&(struct nsv_container_opts){ .argv = sleeping, .userns = true });
	nsv_test_in_child(without_capabilities, c);
	nsv_container_stop(c);
}

static void so_does_the_owners_of_a_rootless_one(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){
	    .argv = sleeping, .userns = true, .owner = NSV_TEST_OWNER });

	nsv_test_in_child(the_owners, c);
	nsv_container_stop(c);
}

/* ---- what is refused ---- */

static int pin_started(const struct nsv_opener *o, pid_t pid, uint64_t mntns, uint64_t start)
{
	const struct nsv_pin_guard guard = { pid, mntns, start };
	struct nsv_pins p;
	int r = nsv_opener_pin(o, &guard, 1U << NSV_PIN_ROOT | 1U << NSV_PIN_PIDFD, WAIT_MS, &p);

	if (r == 0)
		nsv_pins_close(&p);
	return r;
}

static int pin(const struct nsv_opener *o, pid_t pid, uint64_t mntns)
{
	return pin_started(o, pid, mntns, 0);
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static void another_process_of_that_pid_is_not_passed(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });
	nsv_autofd int held = open(c->nsfile, O_RDONLY | O_CLOEXEC);
	const uint64_t mntns = nsv_test_ns_of(c->pid, "mnt"), start = nsv_test_start_of(c->pid);
	const pid_t pid = c->pid;
	struct nsv_opener o;
	pid_t again;

	assert_int_equal(nsv_opener_start(&o, NULL), 0);
	assert_int_equal(pin_started(&o, pid, mntns, start), 0);
	assert_int_equal(pin_started(&o, pid, mntns, start + 1), -ESRCH);
	assert_int_equal(pin(&o, pid, mntns + 1), -ESRCH);
	assert_int_equal(pin(&o, pid, 0), -EINVAL);
	nsv_container_stop(c);
	assert_int_equal(pin(&o, pid, mntns), -ESRCH);
	/* The PID is another's: as long as we hold the namespace its number is not. */
	again = nsv_test_use_again(pid);
	assert_int_equal(again, pid);
	assert_int_equal(pin(&o, pid, mntns), -ESRCH);
	/* Control: by its PID alone, it is answered with the other's root. */
	assert_int_equal(pin(&o, pid, nsv_test_ns_of(pid, "mnt")), 0);
	end(again);
	/* Now both numbers may be used again, and the start time tells. */
	nsv_close_p(&held);
	for (again = 0; again == 0;) {
		again = nsv_test_use_again(pid);
		assert_int_equal(again, pid);
		/* In the same tick of the clock? */
		if (nsv_test_start_of(pid) == start) {
			end(again);
			again = 0;
		}
	}
	assert_int_equal(pin(&o, pid, nsv_test_ns_of(pid, "mnt")), 0);
	assert_int_equal(pin_started(&o, pid, nsv_test_ns_of(pid, "mnt"), start), -ESRCH);
	end(again);
	nsv_opener_end(&o);
}

/* A service with mounts of its own over the host's root. */
static pid_t start_service(int *ret_ready)
{
	int ready[2];
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNS) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	nsv_close(ready[1]);
	*ret_ready = ready[0];
	return pid;
}

static void the_host_is_not_passed(void **state)
{
	struct nsv_opener o;
	struct nsv_pins p;
	struct nsv_pin_guard guard = { 0, 1, 0 };
	pid_t service;
	int ready;
	char byte;

	if (geteuid() != 0)
		nsv_test_skip("services are made as root");
	guard.pid = service = start_service(&ready);
	assert_int_equal(read(ready, &byte, 1), 1);
	nsv_close(ready);
	assert_int_equal(nsv_opener_start(&o, NULL), 0);
	assert_int_equal(pin(&o, getpid(), nsv_test_ns_of(getpid(), "mnt")), -EPERM);
	assert_int_equal(pin(&o, service, nsv_test_ns_of(service, "mnt")), -EPERM);
	assert_int_equal(pin(&o, -1, 1), -EINVAL);
	assert_int_equal(nsv_opener_pin(&o, &guard, 0, WAIT_MS, &p), -EINVAL);
	assert_int_equal(nsv_opener_pin(&o, &guard, 1U << NSV_PINS, WAIT_MS, &p), -EINVAL);
	(void)kill(service, SIGKILL);
	(void)waitpid(service, NULL, 0);
	nsv_opener_end(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_without_capabilities_gets_fds),
		cmocka_unit_test(so_does_the_owners_of_a_rootless_one),
		cmocka_unit_test(another_process_of_that_pid_is_not_passed),
		cmocka_unit_test(the_host_is_not_passed),
	};

	return cmocka_run_group_tests_name("reach_opener", tests, NULL, NULL);
}
