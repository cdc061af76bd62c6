/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsview_doctor_reading.c - tries the main job: reads a file out of a mount namespace of its own,
 * by both routes, and opens the containers that run.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nsview/discover.h>
#include <nsview/root.h>

#include "base/util.h"
#include "cli/nsview_doctor.h"

#define PLACE "/proc"
#define FILE_ "/proc/nsview-doctor"
#define TEXT  "nsview doctor"

static int put(const char *path, const char *text)
{
	nsv_autofd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ? -1 : 0;
}

/* The user and group of an ordinary user are 0 in a namespace of their own, as in a rootless
 * container. */
static int enter_userns(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[32];

	if (unshare(CLONE_NEWUSER) < 0 || put("/proc/self/setgroups", "deny") < 0)
		return -1;
	(void)snprintf(map, sizeof(map), "0 %u 1", (unsigned)gid);
	if (put("/proc/self/gid_map", map) < 0)
		return -1;
	(void)snprintf(map, sizeof(map), "0 %u 1", (unsigned)uid);
	return put("/proc/self/uid_map", map);
}

/*
 * A container as small as can be: a mount namespace with a file that the host has not. It is on
 * /proc there, a folder that every host has. Says errno through @ready, and lives until it is
 * killed.
 */
static void __attribute__((noreturn)) be_container(int ready)
{
	int err = 0;

	if ((geteuid() != 0 && enter_userns() < 0) || unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", PLACE, "tmpfs", 0, NULL) < 0 || put(FILE_, TEXT) < 0)
		err = errno;
	if (write(ready, &err, sizeof(err)) != (ssize_t)sizeof(err))
		_exit(1);
	for (;;)
		(void)pause();
}

/* Reads that file by @via, in a child: an ordinary user's joins the user namespace for good. 0, or
 * an exit code, with the reason in *e. */
static int read_by(pid_t pid, enum nsv_via via, struct nsv_error *e)
{
	struct nsv_target *target = NULL;
	struct nsv_root *root = NULL;
	char text[sizeof(TEXT)] = "";
	struct stat st;
	int fd = NSV_FD_NONE, r;

	r = nsv_target_open_pid(pid, 0, 0, &target, e);
	if (r == 0 && nsv_target_wants_userns(target))
		r = nsv_target_join_userns(target, e);
	if (r == 0)
		r = nsv_root_open(target, via, &root, e);
	if (r == 0)
		r = fd = nsv_root_open_file(root, FILE_, 0, &st, e);
	if (r >= 0)
		r = read(fd, text, sizeof(text) - 1) == sizeof(TEXT) - 1 && strcmp(text, TEXT) == 0
			? 0
			: -EBADMSG;
	nsv_close(fd);
	nsv_root_free(root);
	nsv_target_free(target);
	return r;
}

static bool try_route(pid_t pid, enum nsv_via via, char *why, size_t size)
{
	struct nsv_error e = NSV_ERROR_INIT;
	int ends[2], r;
	pid_t child;
	ssize_t n;

	*why = '\0';
	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	child = doctor_fork();
	if (child == 0) {
		r = read_by(pid, via, &e);
		if (r < 0 && !*e.msg)
			(void)snprintf(e.msg, sizeof(e.msg), "%s", strerror(-r));
		if (r < 0)
			(void)!write(ends[1], e.msg, strlen(e.msg));
		_exit(r < 0);
	}
	(void)close(ends[1]);
	n = read(ends[0], why, size - 1);
	why[n > 0 ? n : 0] = '\0';
	(void)close(ends[0]);
	return child > 0 && doctor_wait(child) == 0;
}

static void tell_routes(struct doctor_result *r, bool proc, bool setns, const char *why_proc,
			const char *why_setns)
{
	if (proc && setns)
		doctor_ok(
		    r, "a file in another mount namespace was read, through /proc and by a helper");
	else if (proc)
		doctor_warn(r, "namespace files as SPEC, and what needs a helper inside",
			    "see capabilities and userns", "works through /proc only: %s",
			    why_setns);
	else if (setns)
		doctor_warn(r, "some speed", "see openat2", "works by a helper only: %s", why_proc);
	else
		doctor_fail(r, "the main job: containers' files",
			    geteuid() == 0 ? "see capabilities, openat2 and lsm"
					   : "sudo nsview ..., or see userns",
			    "a file in another mount namespace can't be read: %s; %s", why_proc,
			    why_setns);
}

void doctor_reading(struct doctor_result *r)
{
	char why_proc[250], why_setns[250];
	bool proc, setns;
	int ends[2], err = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		doctor_fail(r, NULL, NULL, "can't be tried: %s", strerror(errno));
		return;
	}
	pid = doctor_fork();
	if (pid == 0)
		be_container(ends[1]);
	(void)close(ends[1]);
	if (pid < 0 || read(ends[0], &err, sizeof(err)) != (ssize_t)sizeof(err))
		err = ECHILD;
	if (err) {
		doctor_fail(r, "the main job: containers' files",
			    geteuid() == 0 ? "CAP_SYS_ADMIN" : "sudo nsview ..., or see userns",
			    "no mount namespace can be made to try it: %s", strerror(err));
		return;
	}
	proc = try_route(pid, NSV_VIA_PROC, why_proc, sizeof(why_proc));
	setns = try_route(pid, NSV_VIA_SETNS, why_setns, sizeof(why_setns));
	(void)kill(pid, SIGKILL);
	(void)doctor_wait(pid);
	tell_routes(r, proc, setns, why_proc, why_setns);
}

/* ---- what runs ---- */

#define OPENED_MAX 50 /* containers; enough to see whether it works */

static bool can_open(const struct nsv_container *c, struct nsv_error *e)
{
	struct nsv_target *target = NULL;
	struct nsv_root *root = NULL;
	int r = nsv_target_open_pid(c->pid, c->mntns, c->start, &target, e);

	/* The join is for good, and changes what the next one sees: that it is wanted is enough. */
	if (r == 0 && !nsv_target_wants_userns(target))
		r = nsv_root_open(target, NSV_VIA_AUTO, &root, e);
	nsv_root_free(root);
	nsv_target_free(target);
	/* One that has ended meanwhile is no failure. */
	return r == 0 || r == -ESRCH;
}

/* All @seen can be opened; @hidden: processes in containers that can't be looked at. */
static void tell_opened(struct doctor_result *r, size_t seen, size_t hidden)
{
	char open[100] = "no container runs";

	if (seen == 1)
		(void)snprintf(open, sizeof(open), "1 container runs, and it can be opened");
	else if (seen > OPENED_MAX)
		(void)snprintf(open, sizeof(open), "%zu containers run; of %d each can be opened",
			       seen, OPENED_MAX);
	else if (seen)
		(void)snprintf(open, sizeof(open), "%zu containers run, and each can be opened",
			       seen);
	if (!hidden)
		doctor_ok(r, "%s", open);
	else
		doctor_warn(r, "containers of other users",
			    geteuid() == 0 ? "see capabilities" : "sudo nsview ...",
			    "%s; %zu process%s in containers can't be looked at",
			    seen ? open : "no container runs that can be opened", hidden,
			    hidden == 1 ? "" : "es");
}

void doctor_containers(struct doctor_result *r)
{
	struct nsv_scan_options what = NSV_SCAN_OPTIONS_INIT;
	struct nsv_unseen unseen = { .size = sizeof(unseen) };
	struct nsv_error e = NSV_ERROR_INIT, first = NSV_ERROR_INIT;
	size_t seen = 0, tried = 0, closed = 0, hidden = 0;
	struct nsv_scan *scan = NULL;

	if (nsv_scan_new(&what, &scan, &e) < 0) {
		doctor_fail(r, "the main job: containers can't be found", "see proc", "%s", e.msg);
		return;
	}
	for (size_t i = 0; i < nsv_scan_count(scan); i++) {
		const struct nsv_container *c = nsv_scan_get(scan, i);

		seen++;
		if (tried++ < OPENED_MAX && !can_open(c, &e) && closed++ == 0)
			first = e;
	}
	for (size_t i = 0; nsv_scan_unseen_get(scan, i, &unseen); i++)
		hidden += unseen.may_be_container;
	if (closed && closed == seen)
		doctor_fail(r, "the main job: containers' files", "see capabilities, and lsm",
			    "%zu container%s run%s, and none can be opened: %s", seen,
			    seen == 1 ? "" : "s", seen == 1 ? "s" : "", first.msg);
	else if (closed)
		doctor_warn(r, "the files of these", "see capabilities, and lsm",
			    "%zu containers run, and %zu of them can't be opened: %s", seen, closed,
			    first.msg);
	else
		tell_opened(r, seen, hidden);
	r->none_runs = seen == 0;
	nsv_scan_free(scan);
}
