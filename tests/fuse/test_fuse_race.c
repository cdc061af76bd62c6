/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_race.c - a container exchanges a directory and a link to a folder of the host without
 * end. Meanwhile one process walks the view and follows all links, and this one reads by paths,
 * from inside folders, and through open files (CVE-2026-47187 of sshfs). No read ever gets a file
 * of the host. Control: with links=raw a read gets one within a few tries.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fixtures/tmp.h"
#include "hostile/race.h"
#include "reach/util.h"

#define RAW_TRIES   2000000UL
#define READY_TRIES 3000

struct mounted {
	pid_t daemon;
	char place[32];
	char top[96]; /* the container's folder */
};

static bool is_mounted(const char *place, const char *spec)
{
	char link[128];

	(void)snprintf(link, sizeof(link), "%s/.by-pid/%s/race", place, spec);
	return access(link, F_OK) == 0;
}

static void view_mount(struct mounted *m, const char *spec, const char *options)
{
	char program[256];
	const char *bin = getenv("NSVIEW_BIN");
	const struct timespec pause = { .tv_nsec = 10000000 };

	(void)snprintf(m->place, sizeof(m->place), "/tmp/nsview-view-XXXXXX");
	nsv_test_mkdtemp(m->place);
	(void)snprintf(program, sizeof(program), "%s/nsviewd", bin ? bin : ".");
	m->daemon = fork();
	assert_true(m->daemon >= 0);
	if (m->daemon == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		(void)execl(program, program, "-f", "-o", options, m->place, (char *)NULL);
		_exit(127);
	}
	for (unsigned i = 0; !is_mounted(m->place, spec); i++) {
		assert_true(i < READY_TRIES);
		(void)nanosleep(&pause, NULL);
	}
	(void)snprintf(m->top, sizeof(m->top), "%s/.by-pid/%s", m->place, spec);
}

static void view_unmount(struct mounted *m)
{
	int status;

	(void)kill(m->daemon, SIGTERM);
	assert_int_equal(waitpid(m->daemon, &status, 0), m->daemon);
	(void)umount2(m->place, MNT_DETACH);
	(void)rmdir(m->place);
	assert_int_equal(status, 0);
}

struct counts {
	unsigned long inside, other, host;
};

static void read_at(int dir, const char *path, struct counts *counts)
{
	nsv_autofd int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	char text[64] = "";
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		counts->other++;
	else if (!strcmp(text, RACE_INSIDE))
		counts->inside++;
	else if (!strcmp(text, RACE_SENTINEL))
		counts->host++;
	else
		fail_msg("read \"%s\"", text);
}

static void read_all_ways(const char *top, struct counts *counts)
{
	nsv_autofd int root = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	nsv_autofd int race = NSV_FD_NONE, d = NSV_FD_NONE;

	if (root < 0)
		fail_msg("%s: %s", top, strerror(errno));
	read_at(root, "race/d/f", counts);
	read_at(root, "race/e/f", counts);
	race = openat(root, "race", O_PATH | O_DIRECTORY | O_CLOEXEC);
	d = openat(race, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
	read_at(race, "d/f", counts);
	if (d < 0)
		return;
	read_at(d, "f", counts);
	read_at(d, "../e/f", counts);
	read_at(d, "../../race/d/../e/f", counts);
}

/* Another process that follows everything, over and over. */
static pid_t start_walker(const char *top)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)
		    execlp("sh", "sh", "-c",
			   "while :; do find -L \"$0/race/\" -type f -exec cat {} + 2>/dev/null | "
			   "grep -q host && exit 3; done",
			   top, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void no_read_leaves_the_container(void **state)
{
	static const char *const options[] = { "cache=auto", "cache=never", "cache=always" };

	(void)state;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(options); i++) {
		struct counts counts = { 0 };
		struct mounted m;
		struct race race;
		pid_t walker;
		int status;

		race_start(&race);
		view_mount(&m, race.c->spec, options[i]);
		walker = start_walker(m.top);
		while (*race.rounds < race.wanted ||
		       counts.inside + counts.other < race.wanted / 2) {
			read_all_ways(m.top, &counts);
			assert_int_equal(counts.host, 0);
		}
		assert_int_equal(waitpid(walker, &status, WNOHANG), 0);
		(void)kill(walker, SIGKILL);
		(void)waitpid(walker, &status, 0);
		/* Both faces were seen, so the race was real. */
		assert_true(counts.inside > 0);
		assert_true(counts.other > 0);
		view_unmount(&m);
		assert_true(race_victim_untouched(&race));
		race_stop(&race);
	}
}

static void raw_links_leave_it(void **state)
{
	struct counts counts = { 0 };
	unsigned long tries = 0;
	struct mounted m;
	struct race race;

	(void)state;
	race_start(&race);
	view_mount(&m, race.c->spec, "links=raw");
	while (counts.host == 0 && tries++ < RAW_TRIES)
		read_all_ways(m.top, &counts);
	assert_true(counts.host > 0);
	view_unmount(&m);
	race_stop(&race);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_links_leave_it),
		cmocka_unit_test(no_read_leaves_the_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
