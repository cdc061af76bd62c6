/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_container_events.c - ends of processes and mounts of containers are reported, and
 * nothing is kept busy.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/container.h"
#include "fixtures/skip.h"
#include "fuse/coherence/container_events.h"
#include "news_box.h"
#include "reach/util.h"

struct setup {
	struct news_box *box;
	struct loop *loop;
	struct deliver *deliver;
	struct container_events *events;
};

static struct setup begin(void)
{
	struct setup s = { .box = news_box_new() };

	assert_int_equal(loop_new(&s.loop), 0);
	assert_int_equal(deliver_new(s.loop, news_box_take, s.box, 8, &s.deliver), 0);
	assert_int_equal(events_new(s.loop, s.deliver, &s.events), 0);
	return s;
}

static int watch(struct setup *s, uint64_t group, int pidfd)
{
	return events_watch(s->events, news_box_record(s->box, group), pidfd);
}

static int watch_mounts(struct setup *s, uint64_t group, int mountinfo_take)
{
	return events_watch_mounts(s->events, news_box_record(s->box, group), mountinfo_take);
}

static void drop(struct setup *s, uint64_t group)
{
	events_drop(s->events, news_box_record(s->box, group));
}

static bool is_watched(struct setup *s, uint64_t group)
{
	return events_is_watched(s->events, news_box_record(s->box, group));
}

static void end(struct setup *s)
{
	loop_stop(s->loop);
	assert_true(deliver_stop(s->deliver));
	s->events = events_free(s->events);
	s->deliver = deliver_free(s->deliver);
	s->loop = loop_free(s->loop);
	s->box = news_box_free(s->box);
}

static int child_that_waits(int *ret_pidfd)
{
	const pid_t parent = getpid();
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		/* Also if the test fails: open pipes would keep the runner waiting. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == parent)
			(void)pause();
		_exit(0);
	}
	*ret_pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_true(*ret_pidfd >= 0);
	return pid;
}

/* Asserts that no end was reported to group 1: a later event has been delivered by now. */
static void assert_no_end_is_told(struct setup *s)
{
	const struct news mark = { .kind = NEWS_CHANGE, .dir = 99 };
	int pidfd;
	pid_t pid = child_that_waits(&pidfd);

	/* The events of one epoll come in their order, and so do the news of a container. */
	assert_int_equal(watch(s, 3, pidfd), 0);
	(void)kill(pid, SIGKILL);
	assert_true(news_box_wait(s->box, NEWS_EXIT, 3, 0, 0, NULL));
	drop(s, 3);
	nsv_close(pidfd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	deliver_put(s->deliver, &news_box_record(s->box, 1)->lanes[LANE_NEWS], &mark);
	assert_true(news_box_wait(s->box, NEWS_CHANGE, 1, 99, 0, NULL));
	assert_false(news_box_has(s->box, NEWS_EXIT, 1, 0, 0, NULL));
}

static int mountinfo_of(pid_t pid)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void an_end_is_told_once(void **state)
{
	struct nsv_container_opts opts = { .hostname = "nsv-exits" };
	struct nsv_test_container *c = nsv_container_start(&opts);
	struct setup s = begin();

	assert_int_equal(watch(&s, 7, c->pidfd), 0);
	assert_int_equal(watch_mounts(&s, 7, mountinfo_of(c->pid)), 0);
	assert_false(news_box_has(s.box, NEWS_EXIT, 7, 0, 0, NULL));
	assert_int_equal(kill(c->pid, SIGKILL), 0);
	assert_true(news_box_wait(s.box, NEWS_EXIT, 7, 0, 0, NULL));
	news_box_clear(s.box);
	drop(&s, 7);
	assert_false(is_watched(&s, 7));
	assert_false(news_box_has(s.box, NEWS_EXIT, 7, 0, 0, NULL));
	(void)nsv_container_stop(c);
	end(&s);
}

/* Waits for a byte, mounts, waits, unmounts, waits. */
static int mount_when_told(void *data)
{
	const int *fds = data;
	char byte;

	if (read(fds[0], &byte, 1) != 1 || mount("none", "/tmp", "tmpfs", 0, NULL) != 0)
		return 1;
	if (read(fds[0], &byte, 1) != 1 || umount("/tmp") != 0)
		return 2;
	return read(fds[0], &byte, 1) < 0;
}

static void mounts_are_told(void **state)
{
	int fds[2];
	struct nsv_container_opts opts = { .hostname = "nsv-mounts",
					   .run = mount_when_told,
					   .data = fds };
	struct nsv_test_container *c;
	struct setup s = begin();

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	c = nsv_container_start(&opts);
	assert_int_equal(watch(&s, 7, c->pidfd), 0);
	assert_int_equal(watch_mounts(&s, 7, mountinfo_of(c->pid)), 0);
	for (int i = 0; i < 2; i++) {
		assert_false(news_box_has(s.box, NEWS_MOUNTS, 7, 0, 0, NULL));
		assert_int_equal(write(fds[1], "x", 1), 1);
		assert_true(news_box_wait(s.box, NEWS_MOUNTS, 7, 0, 0, NULL));
		news_box_clear(s.box);
	}
	nsv_close(fds[0]);
	nsv_close(fds[1]);
	assert_int_equal(kill(c->pid, SIGKILL), 0);
	assert_true(news_box_wait(s.box, NEWS_EXIT, 7, 0, 0, NULL));
	drop(&s, 7);
	(void)nsv_container_stop(c);
	end(&s);
}

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 200; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* The table of mounts keeps the namespace, so it has to be gone with the process. */
static void nothing_is_held_after_the_end(void **state)
{
	struct setup s = begin();
	int pidfd, before = count_fds();
	pid_t pid = child_that_waits(&pidfd);

	assert_int_equal(watch(&s, 1, pidfd), 0);
	assert_int_equal(watch_mounts(&s, 1, mountinfo_of(pid)), 0);
	/* The pidfd is not duplicated. */
	assert_int_equal(count_fds(), before + 2);
	(void)kill(pid, SIGKILL);
	assert_true(news_box_wait(s.box, NEWS_EXIT, 1, 0, 0, NULL));
	assert_int_equal(count_fds(), before + 1);
	drop(&s, 1);
	nsv_close(pidfd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	end(&s);
}

static void a_group_can_have_another_process(void **state)
{
	struct setup s = begin();
	int first_fd, second_fd;
	pid_t first = child_that_waits(&first_fd), second = child_that_waits(&second_fd);

	assert_int_equal(watch(&s, 1, first_fd), 0);
	assert_int_equal(watch(&s, 1, second_fd), 0);
	assert_int_equal(watch(&s, 2, first_fd), 0);
	assert_true(is_watched(&s, 1) && is_watched(&s, 2));
	(void)kill(first, SIGKILL);
	assert_true(news_box_wait(s.box, NEWS_EXIT, 2, 0, 0, NULL));
	assert_no_end_is_told(&s);
	(void)kill(second, SIGKILL);
	assert_true(news_box_wait(s.box, NEWS_EXIT, 1, 0, 0, NULL));
	drop(&s, 1);
	drop(&s, 2);
	nsv_close(first_fd);
	nsv_close(second_fd);
	assert_int_equal(waitpid(first, NULL, 0), first);
	assert_int_equal(waitpid(second, NULL, 0), second);
	end(&s);
}

/* The table is open only while it is watched, and never of a process that has ended. */
static void the_table_of_mounts_comes_and_goes(void **state)
{
	struct setup s = begin();
	int pidfd, before;
	pid_t pid = child_that_waits(&pidfd);

	before = count_fds();
	assert_int_equal(watch_mounts(&s, 1, mountinfo_of(pid)), -ESRCH);
	assert_int_equal(watch(&s, 1, pidfd), 0);
	assert_int_equal(count_fds(), before);
	for (int i = 0; i < 3; i++)
		assert_int_equal(watch_mounts(&s, 1, mountinfo_of(pid)), 0);
	assert_int_equal(count_fds(), before + 1);
	events_drop_mounts(s.events, news_box_record(s.box, 1));
	events_drop_mounts(s.events, news_box_record(s.box, 2));
	assert_int_equal(count_fds(), before);
	assert_int_equal(watch_mounts(&s, 1, mountinfo_of(pid)), 0);
	(void)kill(pid, SIGKILL);
	assert_true(news_box_wait(s.box, NEWS_EXIT, 1, 0, 0, NULL));
	assert_int_equal(watch_mounts(&s, 1, mountinfo_of(getpid())), -ESRCH);
	assert_int_equal(count_fds(), before);
	drop(&s, 1);
	nsv_close(pidfd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	end(&s);
}

/*
 * Like container_follow(): the fd number stays, and the process changes. The new process's end is
 * reported once.
 */
static void a_number_can_be_of_another_process(void **state)
{
	struct setup s = begin();
	int first_fd, second_fd;
	pid_t first = child_that_waits(&first_fd), second = child_that_waits(&second_fd);

	assert_int_equal(watch(&s, 1, first_fd), 0);
	assert_int_equal(dup3(second_fd, first_fd, O_CLOEXEC), first_fd);
	nsv_close(second_fd);
	assert_int_equal(watch(&s, 1, first_fd), 0);
	(void)kill(first, SIGKILL);
	assert_int_equal(waitpid(first, NULL, 0), first);
	assert_no_end_is_told(&s);
	(void)kill(second, SIGKILL);
	assert_true(news_box_wait(s.box, NEWS_EXIT, 1, 0, 0, NULL));
	drop(&s, 1);
	nsv_close(first_fd);
	assert_int_equal(waitpid(second, NULL, 0), second);
	end(&s);
}

/* A dropped container is not watched again, even if its process lives. */
static void what_ended_is_not_watched(void **state)
{
	struct setup s = begin();
	int pidfd, before = count_fds();
	pid_t pid = child_that_waits(&pidfd);

	assert_int_equal(watch(&s, 1, -1), -EBADF);
	assert_int_equal(watch_mounts(&s, 1, mountinfo_of(getpid())), -ESRCH);
	assert_false(is_watched(&s, 1));
	assert_int_equal(watch(&s, 1, pidfd), 0);
	assert_int_equal(watch_mounts(&s, 1, mountinfo_of(pid)), 0);
	drop(&s, 1);
	assert_int_equal(watch(&s, 1, pidfd), -ESRCH);
	assert_int_equal(watch_mounts(&s, 1, mountinfo_of(pid)), -ESRCH);
	assert_false(is_watched(&s, 1));
	assert_int_equal(count_fds(), before + 1);
	(void)kill(pid, SIGKILL);
	nsv_close(pidfd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_end_is_told_once),
		cmocka_unit_test(mounts_are_told),
		cmocka_unit_test(nothing_is_held_after_the_end),
		cmocka_unit_test(a_group_can_have_another_process),
		cmocka_unit_test(the_table_of_mounts_comes_and_goes),
		cmocka_unit_test(a_number_can_be_of_another_process),
		cmocka_unit_test(what_ended_is_not_watched),
	};

	return cmocka_run_group_tests_name("fuse_container_events", tests, NULL, NULL);
}
