/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_gap.c - a folder changes just before or just after the daemon begins to watch it;
 * fault injection holds the daemon at either point. An answer cached for an hour has to be from
 * after the watch, or be invalidated.
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
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/container.h"
#include "fixtures/inject.h"
#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "reach/util.h"

#define PATIENCE_SEC 20
#define OPTIONS	     "entry_timeout=3600,attr_timeout=3600"

static struct nsv_test_container *container;
static struct inject *inject;
static char dir[] = "/tmp/nsv-gap-XXXXXX";
static char mountpoint[64], rules[64];
static char view[128]; /* the container's root in the view */
static int root;       /* the same, as it is */
static pid_t daemon_pid;
static int held = -1; /* the last rule that holds the daemon */

static void run_daemon(void)
{
	char program[512];

	(void)snprintf(program, sizeof(program), "%s/tests/nsviewd-inject",
		       getenv("NSVIEW_BUILD") ? getenv("NSVIEW_BUILD") : "build/dev");
	daemon_pid = fork();
	assert_true(daemon_pid >= 0);
	if (daemon_pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		(void)setenv(INJECT_FILE_VARIABLE, rules, 1);
		(void)execl(program, "nsviewd", "-f", "-o", OPTIONS, mountpoint, (char *)NULL);
		_exit(127);
	}
}

static void wait_for_view(void)
{
	struct stat st;
	nsv_autofd int mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	struct pollfd mounted = { .fd = mounts, .events = POLLPRI };

	(void)snprintf(view, sizeof(view), "%s/nsv-gap-%d", mountpoint, getpid());
	for (int i = 0; stat(view, &st) < 0; i++) {
		assert_true(i < PATIENCE_SEC);
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
	struct nsv_container_opts opts = { .hostname = hostname };

	if (geteuid() != 0)
		nsv_test_skip("only root makes containers");
	(void)snprintf(hostname, sizeof(hostname), "nsv-gap-%d", getpid());
	nsv_test_mkdtemp(dir);
	(void)snprintf(mountpoint, sizeof(mountpoint), "%s/view", dir);
	(void)snprintf(rules, sizeof(rules), "%s/rules", dir);
	assert_int_equal(mkdir(mountpoint, 0755), 0);
	inject = inject_new(rules);
	assert_non_null(inject);
	container = nsv_container_start(&opts);
	(void)snprintf(path, sizeof(path), "/proc/%d/root", container->pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(root >= 0);
	(void)atexit(end_daemon);
	run_daemon();
	wait_for_view();
	return 0;
}

static int end(void **state)
{
	if (held >= 0)
		inject_go(inject, held);
	end_daemon();
	nsv_close_p(&root);
	container = nsv_container_stop(container);
	inject = inject_free(inject);
	return 0;
}

/* ---- what is looked at through the view; what the container changes ---- */

struct answer {
	int error;
	mode_t mode;
	nlink_t nlink;
	off_t size;
	unsigned names;
};

struct kind {
	const char *what;
	/* Whether to have the kernel ask, although it need not. */
	void (*look)(const char *folder, bool asks, struct answer *ret);
	void (*change)(const char *folder);
	/* Whether the second answer is what the change made of the first. */
	bool (*is_changed)(const struct answer *before, const struct answer *after);
};

static const char *join(const char *folder, const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void look_at(const char *path, int flags, struct answer *ret)
{
	struct statx st;

	*ret = (struct answer){ 0 };
	if (statx(AT_FDCWD, path, flags, STATX_BASIC_STATS, &st) < 0)
		ret->error = errno;
	else
		*ret = (struct answer){ .mode = st.stx_mode,
					.nlink = st.stx_nlink,
					.size = (off_t)st.stx_size };
}

static void look_at_file(const char *folder, bool asks, struct answer *ret)
{
	look_at(join(folder, "file"), 0, ret);
}

/* The kernel caches a folder's lookup for a second: the question is about its attributes. */
static void look_at_folder(const char *folder, bool asks, struct answer *ret)
{
	look_at(folder, asks ? AT_STATX_FORCE_SYNC : 0, ret);
}

static void list(const char *folder, bool asks, struct answer *ret)
{
	DIR *d = opendir(folder);

	*ret = (struct answer){ .error = d ? 0 : errno };
	while (d && readdir(d))
		ret->names++;
	if (d)
		(void)closedir(d);
}

static void write_file(const char *path, const char *text)
{
	nsv_autofd int fd = openat(root, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void change_mode(const char *folder)
{
	assert_int_equal(fchmodat(root, join(folder, "file"), 0600, 0), 0);
}

static void append(const char *folder)
{
	write_file(join(folder, "file"), "longer than before");
}

static void replace(const char *folder)
{
	char from[128];

	(void)snprintf(from, sizeof(from), "%s", join(folder, "new"));
	write_file(from, "newer");
	assert_int_equal(renameat(root, from, root, join(folder, "file")), 0);
}

static void remove_file(const char *folder)
{
	assert_int_equal(unlinkat(root, join(folder, "file"), 0), 0);
}

static void add_folder(const char *folder)
{
	assert_int_equal(mkdirat(root, join(folder, "sub"), 0755), 0);
}

static bool has_new_mode(const struct answer *before, const struct answer *after)
{
	return (before->mode & 07777) == 0644 && (after->mode & 07777) == 0600;
}

static bool is_longer(const struct answer *before, const struct answer *after)
{
	return before->size == 3 && after->size == 18;
}

static bool is_another(const struct answer *before, const struct answer *after)
{
	return before->size == 3 && after->size == 5;
}

static bool is_gone(const struct answer *before, const struct answer *after)
{
	return !before->error && after->error == ENOENT;
}

static bool has_a_folder_more(const struct answer *before, const struct answer *after)
{
	return before->nlink == 2 && after->nlink == 3;
}

static bool has_a_name_more(const struct answer *before, const struct answer *after)
{
	return before->names == 3 && after->names == 4;
}

static const struct kind kinds[] = {
	{ "a file's mode", look_at_file, change_mode, has_new_mode },
	{ "a file's size", look_at_file, append, is_longer },
	{ "a name moved over", look_at_file, replace, is_another },
	{ "a name removed", look_at_file, remove_file, is_gone },
	{ "a folder's links", look_at_folder, add_folder, has_a_folder_more },
	{ "a listing", list, add_folder, has_a_name_more },
};

/* ---- the moment ---- */

/*
 * Looks twice, in a child that waits for the held daemon; the second look meets the kernel's
 * cache.
 */
static pid_t start_looking(const struct kind *kind, const char *in_view, struct answer *answers)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		kind->look(in_view, true, &answers[0]);
		kind->look(in_view, false, &answers[1]);
		_exit(0);
	}
	return pid;
}

static void changed_at(const struct kind *kind, const char *when, struct answer *answers)
{
	static unsigned number;
	char folder[32], in_view[256], text[96];
	struct answer before;
	int rule, status;
	pid_t pid;

	(void)snprintf(folder, sizeof(folder), "tmp/gap%u", number++);
	(void)snprintf(in_view, sizeof(in_view), "%s/%s", view, folder);
	assert_int_equal(mkdirat(root, folder, 0755), 0);
	write_file(join(folder, "file"), "old");
	(void)snprintf(text, sizeof(text), "/proc/%d/root/%s", container->pid, folder);
	kind->look(text, false, &before);
	(void)snprintf(text, sizeof(text), "inotify_add_watch@/%s:1:pause-%s", folder, when);
	rule = held = inject_add(inject, text);
	assert_true(rule >= 0);
	pid = start_looking(kind, in_view, answers);
	if (!inject_wait_paused(inject, rule, PATIENCE_SEC))
		fail_msg("%s: no watch is added", kind->what);
	kind->change(folder);
	inject_go(inject, rule);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* The first answer may be from before the change. */
	if (!kind->is_changed(&before, &answers[1]))
		fail_msg("%s, changed just %s the watch, is believed as it was", kind->what, when);
}

static void changes_around(const char *when)
{
	struct answer *answers = mmap(NULL, 2 * sizeof(*answers), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(answers != MAP_FAILED);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(kinds); i++)
		changed_at(&kinds[i], when, answers);
	(void)munmap(answers, 2 * sizeof(*answers));
}

static void changes_before_the_watch_are_read(void **state)
{
	changes_around("before");
}

static void changes_after_the_watch_are_read_or_told(void **state)
{
	changes_around("after");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_before_the_watch_are_read),
		cmocka_unit_test(changes_after_the_watch_are_read_or_told),
	};

	return cmocka_run_group_tests_name("fuse_gap", tests, begin, end);
}
