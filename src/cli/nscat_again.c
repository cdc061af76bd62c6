/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscat_again.c - when a container has ended: another process of the same one, or the next one of
 * its name.
 *
 * Waiting holds nothing of the old container. The kernel's process events say when a container
 * comes (nsview/watch.h); it may get its name a moment later, so the look is repeated, ever less
 * often. No state, no locks. A root opened here forks its helper while other threads run; that
 * child uses no lock of theirs.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <nsview/discover.h>
#include <nsview/watch.h>

#include "base/util.h"
#include "nscat.h"

#define FIRST_PAUSE 50	  /* ms */
#define LONGEST	    10000 /* ms */

bool tail_is_name(const char *spec)
{
	size_t digits = strspn(spec, "0123456789");

	if (digits && (spec[digits] == '\0' || spec[digits] == ':'))
		return false;
	return !strchr(spec, '/') || strncmp(spec, "pod:", 4) == 0 ||
	       strncmp(spec, "host:", 5) == 0;
}

void tail_side_close(struct cli_side *side)
{
	side->root = nsv_root_free(side->root);
	side->target = nsv_target_free(side->target);
}

static int open_side(const char *spec, enum nsv_via via, struct cli_side *ret, struct nsv_error *e)
{
	struct cli_side side = { .spec = spec };
	int r = nsv_target_open(spec, nsv_resolve_name, NULL, &side.target, e);

	if (r == 0 && nsv_target_is_host(side.target))
		r = nsv_error_set(e, ENOENT, NSV_STAGE_TARGET, "has the host's files");
	if (r == 0)
		r = nsv_root_open(side.target, via, &side.root, e);
	if (r == 0)
		*ret = side;
	else
		tail_side_close(&side);
	return r;
}

bool tail_open_successor(struct cli_side *side, enum nsv_via via)
{
	struct cli_side next = { 0 };

	if (!tail_is_name(side->spec) || open_side(side->spec, via, &next, NULL) != 0)
		return false;
	/* The old namespace is still open, so no other one has its number. */
	if (nsv_target_mntns_ino(next.target) != nsv_target_mntns_ino(side->target)) {
		tail_side_close(&next);
		return false;
	}
	tail_side_close(side);
	*side = next;
	return true;
}

/* Waits for news of containers, @pause ms at most. Whether there were any, or -errno. */
static int wait_for_news(struct nsv_watch *watch, int pause, struct nsv_error *e)
{
	struct pollfd fds[] = { { nsv_watch_fd(watch), POLLIN, 0 }, { STDOUT_FILENO, 0, 0 } };
	struct nsv_watch_event event = { .size = sizeof(event) };
	int r, news = 0;

	if (poll(fds, NSV_ARRAY_SIZE(fds), pause) < 0 && errno != EINTR)
		return nsv_error_set(e, errno, NSV_STAGE_TARGET, "%s", strerror(errno));
	if (fds[1].revents & (POLLERR | POLLHUP))
		tail_no_reader();
	while ((r = nsv_watch_next(watch, 0, &event, e)) > 0)
		news = 1;
	return r < 0 && r != -EINTR ? r : news;
}

int tail_await(struct cli_side *side, enum nsv_via via)
{
	struct nsv_watch_options options = NSV_WATCH_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_watch *watch = NULL;
	int pause = FIRST_PAUSE, r;

	tail_side_close(side);
	options.flags = NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES;
	r = nsv_watch_new(&options, &watch, &e);
	while (r >= 0) {
		if (open_side(side->spec, via, side, NULL) == 0)
			break;
		r = wait_for_news(watch, pause, &e);
		pause = r > 0 ? FIRST_PAUSE : nsv_min(2 * pause, LONGEST);
	}
	(void)nsv_watch_free(watch);
	if (r < 0)
		cli_error_at(side->spec, NULL, r, &e);
	return r < 0 ? r : 0;
}
