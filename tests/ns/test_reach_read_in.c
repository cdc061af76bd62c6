/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_read_in.c - files of the host's /proc read as the container reads them, by root and
 * by the owner of a rootless container. Each is compared with what the container's own process
 * read in its own /proc; controls read them plainly.
 */
#include "reach/read_in.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/child.h"
#include "reach/pinned.h"
#include "reach/proc_reader.h"
#include "reach/util.h"

#define PORT	4711
#define SECONDS 60
#define MAX	65536
#define AHEAD	30000000L /* seconds, of the container's clocks */
#define ALL	(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWUSER)

/* What is compared, and where the container leaves a copy of what it read. */
static const struct file {
	const char *path, *copy;
	int namespaces;
	bool needs_user; /* users in it: exact only from the container's user namespace */
	bool has_pids;	 /* in columns 5 and 6: the host's */
} files[] = {
	{ "sys/net/core/somaxconn", "somaxconn", CLONE_NEWNET, false, false },
	{ "sys/net/ipv4/ip_default_ttl", "ttl", CLONE_NEWNET, false, false },
	{ "net/dev", "dev", CLONE_NEWNET, false, false },
	{ "net/tcp", "tcp", CLONE_NEWNET, true, false },
	{ "sys/kernel/shmmax", "shmmax", CLONE_NEWIPC, false, false },
	{ "sys/kernel/msgmni", "msgmni", CLONE_NEWIPC, false, false },
	{ "sysvipc/shm", "shm", CLONE_NEWIPC, true, true },
	{ "sys/kernel/hostname", "hostname", CLONE_NEWUTS, false, false },
	{ "sys/user/max_uts_namespaces", "max_uts", CLONE_NEWUSER, true, false },
};

/* ---- the container ---- */

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	nsv_close(fd);
	return n < 0 ? -errno : 0;
}

static int listen_somewhere(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_STREAM, 0); /* NOLINT: stays open */

	return fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 1) < 0
		   ? -errno
		   : 0;
}

/* A time namespace is entered by children, or by its file. */
static int go_ahead_in_time(void)
{
	char offset[32];
	int fd, r;

	if (unshare(CLONE_NEWTIME) < 0)
		return errno == EINVAL ? 0 : -errno;
	(void)snprintf(offset, sizeof(offset), "boottime %ld 0\n", AHEAD);
	r = put("/proc/self/timens_offsets", offset);
	fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (r == 0 && setns(fd, CLONE_NEWTIME) < 0)
		r = -errno;
	nsv_close(fd);
	return r;
}

static int keep_copies(void)
{
	(void)mkdir("/copies", 0755);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(files); i++) {
		char text[MAX], path[64];
		nsv_autofd int proc = open("/proc", O_PATH | O_CLOEXEC);
		int fd;
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/proc/%s", files[i].path);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
		nsv_close(fd);
		if (n < 0)
			return -errno;
		text[n] = '\0';
		(void)snprintf(path, sizeof(path), "/copies/%s", files[i].copy);
		if (put(path, text) < 0)
			return -EIO;
	}
	return 0;
}

static int furnish(void *data)
{
	int r;

	if (unshare(CLONE_NEWNET) < 0 || shmget(IPC_PRIVATE, 12345, IPC_CREAT | 0640) < 0)
		return -errno;
	r = put("/proc/sys/net/core/somaxconn", "1234\n");
	r = r ?: put("/proc/sys/net/ipv4/ip_default_ttl", "77\n");
	r = r ?: put("/proc/sys/kernel/shmmax", "7654321\n");
	r = r ?: put("/proc/sys/kernel/msgmni", "777\n");
	r = r ?: listen_somewhere();
	/* Of the initial user namespace it would be the host's. */
	if (r == 0 && data)
		r = put("/proc/sys/user/max_uts_namespaces", "4242\n");
	r = r ?: go_ahead_in_time();
	return r ?: keep_copies();
}

static struct nsv_test_container *start(uid_t owner)
{
	return nsv_container_start(&(struct nsv_container_opts){
	    .hostname = "inside-of-it",
	    .setup = furnish,
	    .data = owner ? "" : NULL,
	    .userns = owner != 0,
	    .owner = owner,
	});
}

/* ---- reading ---- */

static struct nsv_target *open_target(const struct nsv_test_container *c)
{
	struct nsv_target *t = NULL;
	struct nsv_error e = NSV_ERROR_INIT;

	if (nsv_target_open_pid(c->pid, 0, 0, &t, &e) < 0)
		(void)fprintf(stderr, "%s\n", e.msg);
	return t;
}

/* In the host's own /proc. */
static int read_in(const struct nsv_target *t, int namespaces, const char *path, size_t max,
		   unsigned seconds, char **ret_text, size_t *ret_len, struct nsv_error *e)
{
	const struct nsv_in in = {
		.target = t, .root = t->procfs, .depends = (unsigned)namespaces, .seconds = seconds
	};

	return nsv_read_in(&in, path, max, ret_text, ret_len, NULL, e);
}

/* A whole small file, plainly; the caller frees. */
static char *text_of(const char *dir, const char *name)
{
	nsv_autofd int fd = NSV_FD_NONE;
	char *text = calloc(1, MAX);
	char path[128];
	ssize_t n = 0;
	size_t used = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && used < MAX - 1 && (n = read(fd, text + used, MAX - 1 - used)) > 0)
		used += (size_t)n;
	return text;
}

/* Blanks the fields 5 and 6 of each line. */
static void without_pids(char *text)
{
	unsigned field = 0;
	bool in = false;

	for (char *p = text; *p; p++) {
		if (*p == '\n')
			field = 0;
		if (*p == ' ' || *p == '\n') {
			in = false;
			continue;
		}
		if (!in)
			field++;
		in = true;
		if (field == 5 || field == 6)
			*p = '#';
	}
}

/* Squeezes what without_pids() blanked: its width is the number's. */
static void squeeze(char *text)
{
	char *to = text;

	for (char *p = text; *p; p++)
		if (!(*p == ' ' && p[1] == ' ') && !(*p == '#' && p[1] == '#'))
			*to++ = *p;
	*to = '\0';
}

static int compare(const struct nsv_target *t, const struct nsv_test_container *c,
		   const struct file *f, int namespaces)
{
	char copies[64];
	nsv_autofree char *inside = NULL, *here = NULL, *plain = text_of("/proc", f->path);
	struct nsv_error e = NSV_ERROR_INIT;
	size_t len = 0;

	(void)snprintf(copies, sizeof(copies), "/proc/%d/root/copies", (int)c->pid);
	inside = text_of(copies, f->copy);
	if (read_in(t, namespaces, f->path, MAX, SECONDS, &here, &len, &e) < 0) {
		(void)fprintf(stderr, "%s: %s\n", f->path, e.msg);
		return 1;
	}
	if (f->has_pids) {
		without_pids(inside);
		without_pids(here);
		squeeze(inside);
		squeeze(here);
	} else if (len != strlen(inside)) {
		return 2;
	}
	if (strcmp(inside, here) != 0) {
		(void)fprintf(stderr, "%s: \"%s\" instead of \"%s\"\n", f->path, here, inside);
		return 3;
	}
	/* Control: what is read plainly is the host's. */
	if (strcmp(plain, here) == 0) {
		(void)fprintf(stderr, "%s: as the host's: \"%s\"\n", f->path, here);
		return 4;
	}
	return 0;
}

/* Alone in its namespaces, and in all of them. */
static int compare_all(const struct nsv_test_container *c)
{
	const bool userns = nsv_test_ns_of(c->pid, "user") != nsv_test_ns_of(getpid(), "user");
	struct nsv_target *t = open_target(c);
	int r = t ? 0 : 9;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(files) && r == 0; i++) {
		int namespaces = files[i].namespaces;

		/* Without a user namespace of its own it has the host's limits. */
		if (namespaces == CLONE_NEWUSER && !userns)
			continue;
		if (files[i].needs_user)
			namespaces |= CLONE_NEWUSER;
		r = compare(t, c, &files[i], namespaces);
		r = r ?: compare(t, c, &files[i], ALL);
	}
	nsv_target_free(t);
	return r;
}

static double uptime(const struct nsv_target *t, int namespaces)
{
	nsv_autofree char *text = NULL;
	size_t len;

	if (read_in(t, namespaces, "uptime", MAX, SECONDS, &text, &len, NULL) < 0)
		return -1;
	return strtod(text, NULL);
}

static int compare_time(const struct nsv_test_container *c)
{
	struct nsv_target *t = open_target(c);
	double plain = uptime(t, CLONE_NEWUTS);
	double there = uptime(t, CLONE_NEWTIME | CLONE_NEWUTS);

	nsv_target_free(t);
	if (plain <= 0 || plain > (double)AHEAD)
		return 1;
	return there > (double)AHEAD ? 0 : 2;
}

static int as_root(const struct nsv_test_container *c)
{
	return compare_all(c) ?: compare_time(c);
}

static int as_owner(const struct nsv_test_container *c)
{
	nsv_test_become_owner();
	return compare_all(c) ?: compare_time(c);
}

/* Control: the owner may not join without the user namespace. */
static int naively(const struct nsv_test_container *c)
{
	char path[64];
	nsv_autofd int fd = NSV_FD_NONE;

	nsv_test_become_owner();
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)c->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && setns(fd, CLONE_NEWNET) < 0 && errno == EPERM ? 0 : 1;
}

/* Another user's container. */
static int as_a_stranger(const struct nsv_test_container *c)
{
	nsv_autofree char *text = NULL;
	struct nsv_target *t = open_target(c);
	size_t len;

	nsv_test_become_owner();
	if (!t || read_in(t, CLONE_NEWUTS, "sys/kernel/hostname", MAX, SECONDS, &text, &len,
			  NULL) != -EACCES)
		return 1;
	return text ? 2 : 0;
}

static void root_reads_what_the_container_reads(void **state)
{
	struct nsv_test_container *c = start(0);

	nsv_test_in_child(as_root, c);
	nsv_test_in_child(as_a_stranger, c);
	nsv_container_stop(c);
	c = start(NSV_TEST_OWNER);
	nsv_test_in_child(as_root, c);
	nsv_container_stop(c);
}

static void so_does_the_owner_of_a_rootless_one(void **state)
{
	struct nsv_test_container *c = start(NSV_TEST_OWNER);

	nsv_test_in_child(naively, c);
	nsv_test_in_child(as_owner, c);
	nsv_container_stop(c);
}

/* A process that went into a user namespace which does not own its network. */
static pid_t start_apart(void)
{
	int ready[2];
	char said = 0;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) == 0 &&
		    put("/proc/sys/net/core/somaxconn", "2345\n") == 0 &&
		    unshare(CLONE_NEWUSER) == 0)
			(void)!write(ready[1], "r", 1);
		for (;;)
			(void)pause();
	}
	nsv_close(ready[1]);
	assert_int_equal(read(ready[0], &said, 1), 1);
	nsv_close(ready[0]);
	return pid;
}

static int user_first(const struct nsv_test_container *c)
{
	char path[64];
	nsv_autofd int user = NSV_FD_NONE, net = NSV_FD_NONE;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)c->pid);
	user = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)c->pid);
	net = open(path, O_RDONLY | O_CLOEXEC);
	if (setns(user, CLONE_NEWUSER) < 0)
		return 1;
	return setns(net, CLONE_NEWNET) < 0 && errno == EPERM ? 0 : 2;
}

static void the_user_namespace_is_joined_last(void **state)
{
	struct nsv_test_container apart = { 0 };
	nsv_autofree char *text = NULL;
	struct nsv_target *t;
	size_t len;

	if (geteuid() != 0)
		nsv_test_skip("networks are made as root");
	apart.pid = start_apart();
	/* Control: in the other order the network is out of reach. */
	nsv_test_in_child(user_first, &apart);
	t = open_target(&apart);
	assert_non_null(t);
	assert_int_equal(read_in(t, CLONE_NEWNET | CLONE_NEWUSER, "sys/net/core/somaxconn", MAX,
				 SECONDS, &text, &len, NULL),
			 0);
	assert_string_equal(text, "2345\n");
	nsv_target_free(t);
	(void)kill(apart.pid, SIGKILL);
	(void)waitpid(apart.pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_reads_what_the_container_reads),
		cmocka_unit_test(so_does_the_owner_of_a_rootless_one),
		cmocka_unit_test(the_user_namespace_is_joined_last),
	};

	return cmocka_run_group_tests_name("reach_read_in", tests, NULL, NULL);
}
