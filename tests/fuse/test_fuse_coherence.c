/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_coherence.c - changes in a container are visible through the view although the kernel
 * may cache everything for an hour. Prints how fast, but does not judge by it: machines differ.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fixtures/container.h"
#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "reach/util.h"

#define CHANGES	     1000
#define PATIENCE_SEC 20
#define OPTIONS	     "entry_timeout=3600,attr_timeout=3600"

static struct nsv_test_container *container;
static char mountpoint[] = "/tmp/nsv-fresh-XXXXXX";
static char view[128]; /* the container's root in the view */
static int root;       /* the same, as it is */
static pid_t daemon_pid;
static double took[CHANGES];
static size_t n_took;

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run_daemon(const char *options)
{
	char program[512];

	(void)snprintf(program, sizeof(program), "%s/nsviewd",
		       getenv("NSVIEW_BIN") ? getenv("NSVIEW_BIN") : "build/dev/bin");
	daemon_pid = fork();
	assert_true(daemon_pid >= 0);
	if (daemon_pid == 0) {
		(void)execl(program, "nsviewd", "-f", "-o", options, mountpoint, (char *)NULL);
		_exit(127);
	}
}

static void wait_for_view(void)
{
	char name[64];
	struct stat st;
	double start = now();
	nsv_autofd int mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	struct pollfd mounted = { .fd = mounts, .events = POLLPRI };

	(void)snprintf(name, sizeof(name), "nsv-fresh-%d", getpid());
	(void)snprintf(view, sizeof(view), "%s/%s", mountpoint, name);
	while (stat(view, &st) < 0) {
		assert_true(now() - start < PATIENCE_SEC);
		assert_int_equal(waitpid(daemon_pid, NULL, WNOHANG), 0);
		(void)poll(&mounted, 1, 1000);
	}
}

static void end_daemon(void)
{
	if (daemon_pid > 0) {
		(void)kill(daemon_pid, SIGTERM);
		(void)waitpid(daemon_pid, NULL, 0);
	}
	daemon_pid = 0;
	(void)umount2(mountpoint, MNT_DETACH);
}

static int begin(void **state)
{
	static char hostname[32], path[64];
	struct nsv_container_opts opts = { .hostname = hostname, .overlay = true };

	if (geteuid() != 0)
		nsv_test_skip("only root makes containers");
	(void)snprintf(hostname, sizeof(hostname), "nsv-fresh-%d", getpid());
	nsv_test_mkdtemp(mountpoint);
	container = nsv_container_start(&opts);
	(void)snprintf(path, sizeof(path), "/proc/%d/root", container->pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(root >= 0);
	(void)atexit(end_daemon);
	run_daemon(OPTIONS);
	wait_for_view();
	return 0;
}

static int end(void **state)
{
	end_daemon();
	nsv_close_p(&root);
	container = nsv_container_stop(container);
	return 0;
}

/* ---- changes, each made in the container and looked for in the view ---- */

static const char *in_view(const char *path)
{
	static char buffer[512];

	(void)snprintf(buffer, sizeof(buffer), "%s/%s", view, path);
	return buffer;
}

static void write_in(const char *path, const char *text, int flags)
{
	int fd = openat(root, path, O_WRONLY | O_CLOEXEC | flags, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	nsv_close(fd);
}

static bool holds(const char *path, const char *text)
{
	char buffer[64] = "";
	int fd = open(in_view(path), O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, buffer, sizeof(buffer) - 1);
	nsv_close(fd);
	return n >= 0 && strcmp(buffer, text) == 0;
}

struct look {
	const char *path, *text; /* text: what it has to hold */
	bool is_there;
	off_t size;  /* -1: any */
	mode_t mode; /* 0: any */
};

static bool looks(const struct look *l)
{
	struct stat st;

	if (stat(in_view(l->path), &st) < 0)
		return !l->is_there && errno == ENOENT;
	return l->is_there && (l->size < 0 || st.st_size == l->size) &&
	       (!l->mode || (st.st_mode & 07777) == l->mode) &&
	       (!l->text || holds(l->path, l->text));
}

static void wait_until(const struct look *l, double since)
{
	while (!looks(l)) {
		if (now() - since > PATIENCE_SEC)
			fail_msg("%s: not seen", l->path);
		/* No event reports that the kernel dropped its cache, so poll. */
		(void)usleep(200);
	}
	if (n_took < CHANGES)
		took[n_took++] = now() - since;
}

static void one_round(unsigned i)
{
	char a[32], b[32], text[32];
	struct look no_a = { .path = a }, no_b = { .path = b };
	struct look there = { .path = a, .is_there = true, .size = -1 };
	double at;

	(void)snprintf(a, sizeof(a), "tmp/a%u", i);
	(void)snprintf(b, sizeof(b), "tmp/b%u", i);
	(void)snprintf(text, sizeof(text), "first %u", i);
	/* The kernel remembers that there is none. */
	assert_true(looks(&no_a));
	assert_true(looks(&no_b));
	at = now();
	write_in(a, "", O_CREAT | O_EXCL);
	wait_until(&there, at);

	at = now();
	write_in(a, text, 0);
	there.size = (off_t)strlen(text);
	there.text = text;
	wait_until(&there, at);

	/* Of the same size. */
	at = now();
	text[0] = 'F';
	write_in(a, text, 0);
	wait_until(&there, at);

	at = now();
	assert_int_equal(fchmodat(root, a, 0600, 0), 0);
	there.mode = 0600;
	wait_until(&there, at);

	at = now();
	assert_int_equal(renameat(root, a, root, b), 0);
	there.path = b;
	wait_until(&there, at);
	wait_until(&no_a, at);

	at = now();
	assert_int_equal(unlinkat(root, b, 0), 0);
	wait_until(&no_b, at);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void changes_are_seen(void **state)
{
	for (unsigned i = 0; n_took < CHANGES; i++)
		one_round(i);
	qsort(took, n_took, sizeof(took[0]), compare);
	print_message("seen after ms: median %.2f, 90%% %.2f, 99%% %.2f, most %.2f of %zu changes; "
		      "%zu took more than 50\n",
		      took[n_took / 2] * 1e3, took[n_took * 9 / 10] * 1e3,
		      took[n_took * 99 / 100] * 1e3, took[n_took - 1] * 1e3, n_took, ({
			      size_t slow = 0;

			      for (size_t i = 0; i < n_took; i++)
				      slow += took[i] > 0.05;
			      slow;
		      }));
}

static unsigned count_names(const char *path)
{
	DIR *dir = opendir(in_view(path));
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n - 2;
}

static void wait_for_names(const char *path, unsigned n)
{
	double at = now();

	while (count_names(path) != n) {
		if (now() - at > PATIENCE_SEC)
			fail_msg("%s: not %u names", path, n);
		(void)usleep(200);
	}
	/* A listed name stays listed, although other threads answer the second time. */
	assert_int_equal(count_names(path), n);
}

static void listings_are_fresh(void **state)
{
	char name[32];

	assert_int_equal(mkdirat(root, "tmp/list", 0755), 0);
	for (unsigned i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "tmp/list/f%u", i);
		write_in(name, "x", O_CREAT);
		wait_for_names("tmp/list", i + 1);
	}
	for (unsigned i = 300; i-- > 0;) {
		(void)snprintf(name, sizeof(name), "tmp/list/f%u", i);
		assert_int_equal(unlinkat(root, name, 0), 0);
		wait_for_names("tmp/list", i);
	}
}

/* In the container's mount namespace. */
static void in_container(const char *script)
{
	char command[256];

	(void)snprintf(command, sizeof(command), "nsenter -t %d -m /bin/busybox sh -c '%s'",
		       container->pid, script);
	assert_int_equal(system(command), 0);
}

static void mounts_are_seen_and_not_held(void **state)
{
	struct look no = { .path = "tmp/mnt/inside" };
	struct look yes = { .path = "tmp/mnt/inside", .is_there = true, .size = -1 };

	assert_int_equal(mkdirat(root, "tmp/mnt", 0755), 0);
	for (int i = 0; i < 30; i++) {
		assert_true(looks(&no));
		in_container("mount -t tmpfs none /tmp/mnt && mkdir /tmp/mnt/inside");
		wait_until(&yes, now());
		/* A look into the mount does not keep it busy. */
		in_container("umount /tmp/mnt");
		wait_until(&no, now());
	}
}

/* A file moved over another, and one that is open while it happens. */
static void replaced_files_are_new(void **state)
{
	struct look look = { .path = "tmp/config", .is_there = true, .size = -1 };
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat before, after;

	write_in("tmp/config", "old", O_CREAT);
	look.text = "old";
	wait_until(&look, now());
	fd = open(in_view("tmp/config"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &before), 0);
	write_in("tmp/config.new", "new, and longer", O_CREAT);
	assert_int_equal(renameat(root, "tmp/config.new", root, "tmp/config"), 0);
	look.text = "new, and longer";
	wait_until(&look, now());
	assert_int_equal(stat(in_view("tmp/config"), &after), 0);
	assert_true(before.st_ino != after.st_ino);
}

/* Whether a name is looked up, from inside of the container's folder, while the daemon is stopped.
 */
static bool kernel_answers(const char *path, off_t size)
{
	struct pollfd ended = { .events = POLLIN };
	bool answers;
	int status = -1;
	pid_t pid;

	(void)kill(daemon_pid, SIGSTOP);
	assert_int_equal(waitpid(daemon_pid, &status, WUNTRACED), daemon_pid);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct stat st;

		_exit(stat(path, &st) < 0 || st.st_size != size);
	}
	ended.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	/* A request to the stopped daemon waits until the daemon continues. */
	answers = poll(&ended, 1, 200) == 1;
	(void)kill(daemon_pid, SIGCONT);
	nsv_close(ended.fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return answers && status == 0;
}

/*
 * The control of the other tests: while the daemon is stopped, the kernel answers from its cache.
 */
static void the_kernel_remembers(void **state)
{
	struct look there = { .path = "tmp/kept", .is_there = true, .size = 4 };
	nsv_autofd int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	double at = now();
	struct stat st;

	write_in("tmp/kept", "kept", O_CREAT);
	wait_until(&there, at);
	/* The container's own folder is looked up each time: from inside of it it is not. */
	assert_int_equal(chdir(view), 0);
	/* The kernel caches for a second that a name does not exist, and this one was looked up. */
	while (stat("tmp/kept", &st) == 0 && !kernel_answers("tmp/kept", 4))
		assert_true(now() - at < PATIENCE_SEC);
	assert_int_equal(fchdir(cwd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_remembers),
		cmocka_unit_test(changes_are_seen),
		cmocka_unit_test(listings_are_fresh),
		cmocka_unit_test(mounts_are_seen_and_not_held),
		cmocka_unit_test(replaced_files_are_new),
	};

	return cmocka_run_group_tests_name("fuse_coherence", tests, begin, end);
}
