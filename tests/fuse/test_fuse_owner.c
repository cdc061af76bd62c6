/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_owner.c - an ordinary user's helper processes: what they open and what they refuse,
 * when they start and end, and which system calls they may make.
 */
#include "fuse/owner/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "fuse/owner/owner_filter.h"
#include "fuse/owner/owner_process.h"
#include "reach/beneath.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define USER	 65534
#define THEIRS	 100000
#define MAX_IDLE 4
#define WAIT_MS	 20000

/* Says where, in a child. */
#define WANT(what)                                                                   \
	do {                                                                         \
		if (!(what)) {                                                       \
			(void)fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #what, \
				      strerror(errno));                              \
			return 1;                                                    \
		}                                                                    \
	} while (0)

static char dir[] = "/tmp/nsv-owner-XXXXXX";
static int procfs = NSV_FD_NONE, dirfd_ = NSV_FD_NONE, userns = NSV_FD_NONE;
static pid_t holder;
static bool has_xattr;

/* ---- a user namespace of the user's ---- */

static void become_user(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(USER, USER, USER) < 0 ||
	    setresuid(USER, USER, USER) < 0)
		_exit(99);
}

static void write_map(const char *name)
{
	static const char map[] = "0 65534 1\n1 100000 1000\n";
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)holder, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, map, sizeof(map) - 1), sizeof(map) - 1);
	nsv_close(fd);
}

static void make_userns(void)
{
	char path[64], byte;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	holder = nsv_fork(false);
	if (holder == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		become_user();
		if (unshare(CLONE_NEWUSER) < 0 || write(fds[1], "", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	nsv_close(fds[1]);
	if (read(fds[0], &byte, 1) != 1)
		nsv_test_skip("ordinary users may make no user namespaces");
	nsv_close(fds[0]);
	write_map("uid_map");
	write_map("gid_map");
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)holder);
	userns = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(userns >= 0);
}

static void make_file(const char *name, uid_t owner, mode_t mode)
{
	int fd = openat(dirfd_, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, "secret", 6), 6);
	assert_int_equal(fchown(fd, owner, owner), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	if (owner == THEIRS)
		has_xattr |= fsetxattr(fd, "user.test", "value", 5, 0) == 0;
	nsv_close(fd);
}

static int setup(void **state)
{
	if (geteuid() != 0)
		return 0;
	nsv_test_mkdtemp(dir);
	assert_int_equal(chmod(dir, 0755), 0);
	dirfd_ = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(dirfd_, "closed", 0700), 0);
	make_file("theirs", THEIRS, 0600);
	make_file("strangers", 5, 0600);
	make_file("own", USER, 0600);
	make_file("closed/in", THEIRS, 0600);
	assert_int_equal(symlinkat("../theirs", dirfd_, "closed/up"), 0);
	assert_int_equal(fchownat(dirfd_, "closed", THEIRS + 1, THEIRS + 1, 0), 0);
	procfs = nsv_procfs_open(NULL);
	make_userns();
	return 0;
}

static int teardown(void **state)
{
	if (holder > 0) {
		(void)kill(holder, SIGKILL);
		(void)waitpid(holder, NULL, 0);
	}
	return 0;
}

/* As the user, in a process without threads. */
static void in_child(int (*test)(void))
{
	pid_t pid;
	int status;

	if (geteuid() != 0)
		nsv_test_skip("only root can make files of several users");
	pid = fork();
	if (pid == 0) {
		(void)alarm(120);
		become_user();
		_exit(test());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* ---- what is asked ---- */

static bool says_secret(int fd)
{
	char text[16];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	nsv_close(fd);
	return n == 6 && !memcmp(text, "secret", 6);
}

static int files(void)
{
	struct owner *o = NULL;
	struct owner_ns *ns;
	struct statx st;
	int fd;

	WANT(owner_new(procfs, &o) == 0);
	ns = owner_ns_get(o, userns);
	WANT(ns && owner_ns_get(o, userns) == ns);
	owner_ns_put(ns);
	/* Control. */
	WANT(open_beneath(dirfd_, "theirs", O_RDONLY) == -EACCES);
	WANT(open_beneath(dirfd_, "closed/in", O_PATH) == -EACCES);
	fd = owner_open(ns, dirfd_, "theirs", O_RDONLY | O_NOATIME);
	WANT(fcntl(fd, F_GETFL) & O_NOATIME);
	WANT(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	WANT(says_secret(fd));
	fd = owner_open(ns, dirfd_, "closed/in", O_PATH);
	WANT(fd >= 0);
	WANT(says_secret(owner_reopen(ns, fd)));
	nsv_close(fd);
	WANT(owner_open(ns, dirfd_, "strangers", O_RDONLY) == -EACCES);
	fd = owner_open(ns, dirfd_, "theirs", O_PATH);
	WANT(owner_statx(ns, fd, AT_STATX_DONT_SYNC, &st) == 0);
	WANT(st.stx_uid == THEIRS && st.stx_gid == THEIRS && st.stx_size == 6);
	nsv_close(fd);
	WANT(owner_open(ns, dirfd_, "closed/none", O_PATH) == -ENOENT);
	WANT(owner_open(ns, dirfd_, "closed/up", O_RDONLY) == -ELOOP);
	WANT(owner_open(ns, dirfd_, "../../etc/passwd", O_RDONLY) == -ENOENT);
	WANT(owner_open(NULL, dirfd_, "theirs", O_RDONLY) == -EACCES);
	/* Nothing can be changed by a worker, not even what is the user's own. */
	fd = open_beneath(dirfd_, "own", O_RDWR);
	WANT(fd >= 0);
	nsv_close(fd);
	WANT(says_secret(owner_open(ns, dirfd_, "own", O_RDONLY)));
	if (syscall(444, NULL, 0, 1) >= 3) { /* landlock_create_ruleset(2): its version */
		WANT(owner_open(ns, dirfd_, "own", O_RDWR) == -EACCES);
		WANT(owner_open(ns, dirfd_, "own", O_RDONLY | O_TRUNC) == -EACCES);
	}
	owner_ns_put(ns);
	owner_free(o);
	return 0;
}

static int others(void)
{
	struct owner *o = NULL;
	struct owner_ns *ns;
	char path[40], value[16];
	int inotify = inotify_init1(IN_CLOEXEC), fd;

	WANT(owner_new(procfs, &o) == 0);
	ns = owner_ns_get(o, userns);
	fd = owner_open(ns, dirfd_, "closed", O_PATH | O_DIRECTORY);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	/* Control. */
	WANT(inotify_add_watch(inotify, path, IN_CREATE) < 0 && errno == EACCES);
	WANT(owner_watch(ns, inotify, fd, IN_CREATE) > 0);
	nsv_close(fd);
	fd = owner_open(ns, dirfd_, "theirs", O_PATH);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (has_xattr) {
		WANT(getxattr(path, "user.test", value, sizeof(value)) < 0 && errno == EACCES);
		WANT(owner_xattr(ns, fd, "user.test", value, sizeof(value)) == 5);
		WANT(!memcmp(value, "value", 5));
		WANT(owner_xattr(ns, fd, "user.test", NULL, 0) == 5);
		WANT(owner_xattr(ns, fd, "user.test", value, 2) == -ERANGE);
		WANT(owner_xattr(ns, fd, "", value, sizeof(value)) == sizeof("user.test"));
		WANT(owner_xattr(ns, fd, "user.none", value, 2) == -ENODATA);
	}
	nsv_close(fd);
	nsv_close(inotify);
	owner_ns_put(ns);
	owner_free(o);
	return 0;
}

/* ---- how they come and go ---- */

/* Of the spawner: how many, and the last. */
static int workers(const struct owner *o, pid_t *ret_one)
{
	char path[64], text[1024], *at = text, *end;
	FILE *f;
	size_t len = 0;
	int n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)owner_session(o),
		       (int)owner_session(o));
	f = fopen(path, "re");
	if (f) {
		len = fread(text, 1, sizeof(text) - 1, f);
		(void)fclose(f);
	}
	text[len] = '\0';
	for (long pid; (pid = strtol(at, &end, 10)) > 0 && end != at; at = end, n++)
		*ret_one = (pid_t)pid;
	return n;
}

static bool ends(int pidfd)
{
	struct pollfd fd = { .fd = pidfd, .events = POLLIN };

	return poll(&fd, 1, WAIT_MS) == 1;
}

static int lives(void)
{
	struct owner *o = NULL;
	struct owner_ns *ns;
	pid_t worker = 0, spawner;
	int pidfd;

	WANT(owner_new(procfs, &o) == 0);
	spawner = owner_session(o);
	ns = owner_ns_get(o, userns);
	WANT(workers(o, &worker) == 0);
	WANT(says_secret(owner_open(ns, dirfd_, "theirs", O_RDONLY)));
	WANT(workers(o, &worker) == 1);
	WANT(says_secret(owner_open(ns, dirfd_, "closed/in", O_RDONLY)));
	WANT(workers(o, &worker) == 1);
	/* An ended worker is replaced, and no request fails. */
	pidfd = (int)syscall(SYS_pidfd_open, worker, 0);
	WANT(pidfd >= 0 && kill(worker, SIGKILL) == 0 && ends(pidfd));
	nsv_close(pidfd);
	WANT(says_secret(owner_open(ns, dirfd_, "theirs", O_RDONLY)));
	/* Workers end with their namespace, the spawner ends with the daemon. */
	WANT(workers(o, &worker) == 1);
	pidfd = (int)syscall(SYS_pidfd_open, worker, 0);
	owner_ns_put(ns);
	WANT(pidfd >= 0 && ends(pidfd));
	nsv_close(pidfd);
	ns = owner_ns_get(o, userns);
	WANT(says_secret(owner_open(ns, dirfd_, "theirs", O_RDONLY)));
	WANT(workers(o, &worker) == 1);
	pidfd = (int)syscall(SYS_pidfd_open, worker, 0);
	owner_ns_put(ns);
	owner_free(o);
	WANT(pidfd >= 0 && ends(pidfd));
	nsv_close(pidfd);
	WANT(kill(spawner, 0) < 0 && errno == ESRCH);
	return 0;
}

/* A namespace that can't be entered is not tried for ever. */
static int refusals(void)
{
	nsv_autofd int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	struct owner *o = NULL;
	struct owner_ns *ns;

	WANT(owner_new(procfs, &o) == 0);
	ns = owner_ns_get(o, own >= 0 ? own : dirfd_);
	for (int i = 0; i < 3; i++)
		WANT(owner_open(ns, dirfd_, "theirs", O_RDONLY) == -EACCES);
	owner_ns_put(ns);
	owner_free(o);
	return 0;
}

static void *open_often(void *arg)
{
	struct owner_ns *ns = arg;

	for (int i = 0; i < 100; i++)
		if (!says_secret(owner_open(ns, dirfd_, i & 1 ? "theirs" : "closed/in", O_RDONLY)))
			return ns;
	return NULL;
}

static int many(void)
{
	pthread_t threads[12];
	struct owner *o = NULL;
	struct owner_ns *ns;
	void *failed = NULL;
	pid_t one;

	WANT(owner_new(procfs, &o) == 0);
	ns = owner_ns_get(o, userns);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(threads); i++)
		WANT(pthread_create(&threads[i], NULL, open_often, ns) == 0);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(threads); i++)
		WANT(pthread_join(threads[i], &failed) == 0 && !failed);
	/* Surplus workers are ending. */
	while (workers(o, &one) > MAX_IDLE)
		(void)sched_yield();
	owner_ns_put(ns);
	owner_free(o);
	return 0;
}

/* ---- what they may do ---- */

static int filter(void)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	WANT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	WANT(owner_filter_spawner() == 0);
	WANT(setns(userns, CLONE_NEWNS) < 0 && errno == EPERM);
	WANT(setns(fd, CLONE_NEWUSER) < 0 && errno == EINVAL);
	WANT(owner_filter_worker() == 0);
	WANT(open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0);
	errno = 0;
	WANT(open("/dev/null", O_WRONLY | O_CLOEXEC) < 0 && errno == EPERM);
	WANT(setns(fd, CLONE_NEWUSER) < 0 && errno == EPERM);
	WANT(socket(AF_UNIX, SOCK_DGRAM, 0) < 0 && errno == EPERM);
	WANT(prctl(PR_SET_DUMPABLE, 1) < 0 && errno == EPERM);
	WANT(kill(getpid(), 0) < 0 && errno == EPERM);
	WANT(fork() < 0 && errno == EPERM);
	WANT(chdir("/") < 0 && errno == EPERM);
	WANT(unlink("/nonexistent") < 0 && errno == EPERM);
	WANT(execl("/nonexistent", "x", (char *)NULL) < 0 && errno == EPERM);
	return 0;
}

static void files_of_mapped_users_are_opened(void **state)
{
	in_child(files);
}

static void so_is_what_else_is_asked(void **state)
{
	in_child(others);
}

static void workers_end_in_time(void **state)
{
	in_child(lives);
}

static void what_can_not_be_entered_is_refused(void **state)
{
	in_child(refusals);
}

static void many_ask_at_once(void **state)
{
	in_child(many);
}

static void other_calls_are_refused(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	/* Without the filter. */
	(void)filter;
#else
	in_child(filter);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_mapped_users_are_opened),
		cmocka_unit_test(so_is_what_else_is_asked),
		cmocka_unit_test(workers_end_in_time),
		cmocka_unit_test(what_can_not_be_entered_is_refused),
		cmocka_unit_test(many_ask_at_once),
		cmocka_unit_test(other_calls_are_refused),
	};

	return cmocka_run_group_tests_name("fuse_owner", tests, setup, teardown);
}
