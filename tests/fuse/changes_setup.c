/* SPDX-License-Identifier: GPL-2.0-or-later */
/* changes_setup.c - sets up a watched folder for tests of changes.h, and cleans up. */
#include "changes_setup.h"

#include <fcntl.h>

#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "reach/util.h"

void setup_start(struct changes_setup *s, size_t max_watches, deliver_fn fn, void *data)
{
	assert_int_equal(loop_new(&s->loop), 0);
	assert_int_equal(deliver_new(s->loop, fn, data, 8, &s->deliver), 0);
	assert_int_equal(changes_new(s->loop, s->deliver, max_watches, &s->changes), 0);
}

void setup_stop(struct changes_setup *s)
{
	loop_stop(s->loop);
	assert_true(deliver_stop(s->deliver));
	s->changes = changes_free(s->changes);
	s->deliver = deliver_free(s->deliver);
	s->loop = loop_free(s->loop);
}

struct changes_setup setup_begin(size_t max_watches)
{
	struct changes_setup s = { .box = news_box_new(), .dir = "/tmp/nsv-changes-XXXXXX" };

	setup_start(&s, max_watches, news_box_take, s.box);
	nsv_test_mkdtemp(s.dir);
	s.fd = open(s.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(s.fd >= 0);
	return s;
}

void setup_end(struct changes_setup *s)
{
	setup_stop(s);
	s->box = news_box_free(s->box);
	nsv_close_p(&s->fd);
}

int setup_watch(struct changes_setup *s, int fd, uint64_t group, uint64_t dir)
{
	return changes_watch(s->changes, news_box_record(s->box, group), NULL, fd, dir);
}

void touch(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	nsv_close(fd);
}
