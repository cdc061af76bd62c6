/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_opener.c - fds of containers for clients that may no longer open them; what the opener
 * refuses, how it stands a container that hangs, how it ends. Controls open directly.
 */
#include "reach/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/container.h"
#include "fixtures/forbid.h"
#include "reach/clock.h"
#include "reach/message.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define OWNER	64321
#define WAIT_MS 60000
#define ALL	((1U << NSV_PINS) - 1)

/* Says where, in a child. */
#define WANT(what)                                                                   \
	do {                                                                         \
		if (!(what)) {                                                       \
			(void)fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #what, \
				      strerror(errno));                              \
			return 1;                                                    \
		}                                                                    \
	} while (0)

static ino_t ns_of(pid_t pid, const char *ns)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, ns);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static uint64_t start_of(pid_t pid)
{
	nsv_autofd int procfs = nsv_procfs_open(NULL);
	struct nsv_proc p;
	char name[16];

	(void)snprintf(name, sizeof(name), "%d", (int)pid);
	return nsv_proc_read(procfs, name, &p) == 0 ? p.start : 0;
}

static void in_child(int (*body)(const struct nsv_test_container *),
		     const struct nsv_test_container *c)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(body(c));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

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

	return setresgid(OWNER, OWNER, OWNER) ?: setresuid(OWNER, OWNER, OWNER)
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
		inodes[pin] = names[pin] ? ns_of(c->pid, names[pin]) : 0;
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
	guard.start = start_of(c->pid);
	WANT(guard.start != 0);
	WANT(nsv_opener_start(&o) == 0);
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

	if (setgroups(0, NULL) < 0 || setresgid(OWNER, OWNER, OWNER) < 0 ||
	    setresuid(OWNER, OWNER, OWNER) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0)
		return 99;
	see(c, inodes);
	guard.pid = c->pid;
	guard.mntns_ino = inodes[NSV_PIN_MNT];
	guard.start = start_of(c->pid);
	WANT(guard.start != 0);
	WANT(nsv_opener_start(&o) == 0);
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

	in_child(without_capabilities, c);
	nsv_container_stop(c);
	c = nsv_container_start(&(struct nsv_container_opts){ .argv = sleeping, .userns = true });
	in_child(without_capabilities, c);
	nsv_container_stop(c);
}

static void so_does_the_owners_of_a_rootless_one(void **state)
{
	struct nsv_test_container *c = nsv_container_start(
	    &(struct nsv_container_opts){ .argv = sleeping, .userns = true, .owner = OWNER });

	in_child(the_owners, c);
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

/* A process of the host's with this very PID. */
static pid_t use_again(pid_t pid)
{
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .set_tid = (uintptr_t)&pid,
				   .set_tid_size = 1 };
	pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* A container of somebody else's, even. */
		(void)unshare(CLONE_NEWNS);
		(void)chroot("/proc/self");
		for (;;)
			(void)pause();
	}
	return child;
}

/* Waits until it is in a container of its own: else the host's root would be refused anyway. */
static void wait_for_root(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/root/status", (int)pid);
	while (access(path, F_OK) < 0)
		(void)sched_yield();
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
	const uint64_t mntns = ns_of(c->pid, "mnt"), start = start_of(c->pid);
	const pid_t pid = c->pid;
	struct nsv_opener o;
	pid_t again;

	assert_int_equal(nsv_opener_start(&o), 0);
	assert_int_equal(pin_started(&o, pid, mntns, start), 0);
	assert_int_equal(pin_started(&o, pid, mntns, start + 1), -ESRCH);
	assert_int_equal(pin(&o, pid, mntns + 1), -ESRCH);
	assert_int_equal(pin(&o, pid, 0), -EINVAL);
	nsv_container_stop(c);
	assert_int_equal(pin(&o, pid, mntns), -ESRCH);
	/* The PID is another's: as long as we hold the namespace its number is not. */
	again = use_again(pid);
	assert_int_equal(again, pid);
	wait_for_root(pid);
	assert_int_equal(pin(&o, pid, mntns), -ESRCH);
	/* Control: by its PID alone, it is answered with the other's root. */
	assert_int_equal(pin(&o, pid, ns_of(pid, "mnt")), 0);
	end(again);
	/* Now both numbers may be used again, and the start time tells. */
	nsv_close_p(&held);
	for (again = 0; again == 0;) {
		again = use_again(pid);
		assert_int_equal(again, pid);
		wait_for_root(pid);
		/* In the same tick of the clock? */
		if (start_of(pid) == start) {
			end(again);
			again = 0;
		}
	}
	assert_int_equal(pin(&o, pid, ns_of(pid, "mnt")), 0);
	assert_int_equal(pin_started(&o, pid, ns_of(pid, "mnt"), start), -ESRCH);
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
	assert_int_equal(nsv_opener_start(&o), 0);
	assert_int_equal(pin(&o, getpid(), ns_of(getpid(), "mnt")), -EPERM);
	assert_int_equal(pin(&o, service, ns_of(service, "mnt")), -EPERM);
	assert_int_equal(pin(&o, -1, 1), -EINVAL);
	assert_int_equal(nsv_opener_pin(&o, &guard, 0, WAIT_MS, &p), -EINVAL);
	assert_int_equal(nsv_opener_pin(&o, &guard, 1U << NSV_PINS, WAIT_MS, &p), -EINVAL);
	(void)kill(service, SIGKILL);
	(void)waitpid(service, NULL, 0);
	nsv_opener_end(&o);
}

/* ---- how it lives ---- */

static bool is_undumpable(pid_t pid)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	return stat(path, &st) == 0 && st.st_uid == 0;
}

static int undumpable_and_with_few_rights(const struct nsv_test_container *c)
{
	struct nsv_opener o;
	char path[64], line[256];
	unsigned long long have = ~0ULL;
	FILE *f;

	WANT(nsv_opener_start(&o) == 0);
	/* It has told that it is ready by its first answer. */
	WANT(pin(&o, c->pid, ns_of(c->pid, "mnt")) == 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)o.helper.pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		(void)sscanf(line, "CapPrm: %llx", &have);
	if (f)
		(void)fclose(f);
	WANT((have & ~(1ULL << CAP_SYS_PTRACE | 1ULL << CAP_DAC_READ_SEARCH)) == 0);
	nsv_opener_end(&o);
	/* As an ordinary user it would be the user's to look into. */
	WANT(setresgid(OWNER, OWNER, OWNER) == 0 && setresuid(OWNER, OWNER, OWNER) == 0 &&
	     prctl(PR_SET_DUMPABLE, 1) == 0);
	WANT(!is_undumpable(getpid()));
	WANT(nsv_opener_start(&o) == 0);
	WANT(pin(&o, c->pid, 1) < 0);
	WANT(is_undumpable(o.helper.pid));
	nsv_opener_end(&o);
	return 0;
}

static int abandon(const struct nsv_test_container *c)
{
	struct nsv_opener o;

	WANT(nsv_opener_start(&o) == 0);
	WANT(pin(&o, c->pid, ns_of(c->pid, "mnt")) == 0);
	WANT(write(STDIN_FILENO, &o.helper.pid, sizeof(pid_t)) == sizeof(pid_t));
	/* The other end of its socket stays open: it does not end by that. */
	WANT(nsv_packet_send(STDIN_FILENO,
			     &(struct nsv_packet){
				 .head = "", .head_len = 1, .fds = &o.sock, .n_fds = 1 }) == 0);
	for (;;)
		(void)pause();
}

static void it_ends_with_its_client(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });
	struct nsv_packet p = { .head = &(char){ 0 }, .head_len = 1, .n_fds = 1 };
	nsv_autofd int kept = NSV_FD_NONE, pidfd = NSV_FD_NONE;
	pid_t client, opener = 0;
	int socks[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
	client = fork();
	if (client == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(socks[1], STDIN_FILENO);
		_exit(abandon(c));
	}
	nsv_close(socks[1]);
	assert_int_equal(nsv_recv_all(socks[0], &opener, sizeof(opener), nsv_now_ms() + WAIT_MS),
			 0);
	p.fds = &kept;
	assert_int_equal(nsv_packet_recv(socks[0], &p, nsv_now_ms() + WAIT_MS), 0);
	pidfd = (int)syscall(SYS_pidfd_open, opener, 0);
	assert_true(pidfd >= 0);
	assert_int_equal(nsv_wait_readable(pidfd, nsv_now_ms()), -ETIMEDOUT);
	(void)kill(client, SIGKILL);
	(void)waitpid(client, NULL, 0);
	assert_int_equal(nsv_wait_readable(pidfd, nsv_now_ms() + WAIT_MS), 0);
	nsv_close(socks[0]);
	nsv_container_stop(c);
}

static void it_is_undumpable_and_has_few_rights(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });

	in_child(undumpable_and_with_few_rights, c);
	nsv_container_stop(c);
}

/* All that is asked hangs, in a call that pinning makes; then it does not any more. */
static int hangs(const struct nsv_test_container *c)
{
	const struct nsv_pin_guard guard = { c->pid, ns_of(c->pid, "mnt"), 0 };
	int listener = nsv_test_hang(SYS_fstatfs);
	struct nsv_opener o;
	struct nsv_pins p;
	int r;

	WANT(listener >= 0);
	WANT(nsv_opener_start(&o) == 0);
	for (int i = 0; i < NSV_OPENER_CHILDREN; i++)
		WANT(nsv_opener_pin(&o, &guard, ALL, 0, &p) == -ETIMEDOUT);
	WANT(nsv_opener_pin(&o, &guard, ALL, WAIT_MS, &p) == -EAGAIN);
	/* Those that hung have got an answer, and make room. */
	nsv_close(listener);
	do
		r = nsv_opener_pin(&o, &guard, ALL, WAIT_MS, &p);
	while (r == -EAGAIN);
	WANT(r == -ENOTDIR);
	nsv_opener_end(&o);
	return 0;
}

static void a_container_that_hangs_holds_nobody_up(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });

	in_child(hangs, c);
	nsv_container_stop(c);
}

/* ---- several threads ---- */

struct asking {
	const struct nsv_opener *o;
	const struct nsv_test_container *c;
	uint64_t mntns;
};

static void *ask_often(void *data)
{
	const struct asking *a = data;
	const struct nsv_pin_guard guard = { a->c->pid, a->mntns, 0 };

	for (int i = 0; i < 100; i++) {
		struct nsv_pins p;
		bool right;

		if (nsv_opener_pin(a->o, &guard, ALL, WAIT_MS, &p) < 0)
			return data;
		right = is_ns(p.fds[NSV_PIN_MNT], a->mntns) &&
			is_ns(p.fds[NSV_PIN_UTS], ns_of(a->c->pid, "uts"));
		nsv_pins_close(&p);
		if (!right)
			return data;
	}
	return NULL;
}

static void threads_get_their_own_answers(void **state)
{
	struct nsv_opener o;
	struct asking a[4];
	pthread_t threads[4];

	assert_int_equal(nsv_opener_start(&o), 0);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(a); i++) {
		a[i].o = &o;
		a[i].c = nsv_container_start(&(struct nsv_container_opts){ 0 });
		a[i].mntns = ns_of(a[i].c->pid, "mnt");
	}
	for (size_t i = 0; i < NSV_ARRAY_SIZE(a); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &a[i]), 0);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(a); i++) {
		void *failed = NULL;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	for (size_t i = 0; i < NSV_ARRAY_SIZE(a); i++)
		nsv_container_stop((struct nsv_test_container *)a[i].c);
	nsv_opener_end(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_without_capabilities_gets_fds),
		cmocka_unit_test(so_does_the_owners_of_a_rootless_one),
		cmocka_unit_test(another_process_of_that_pid_is_not_passed),
		cmocka_unit_test(the_host_is_not_passed),
		cmocka_unit_test(it_is_undumpable_and_has_few_rights),
		cmocka_unit_test(it_ends_with_its_client),
		cmocka_unit_test(a_container_that_hangs_holds_nobody_up),
		cmocka_unit_test(threads_get_their_own_answers),
	};

	return cmocka_run_group_tests_name("reach_opener", tests, NULL, NULL);
}
