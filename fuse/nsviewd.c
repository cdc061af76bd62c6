/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsviewd.c - the main file of nsviewd: command line, mount, start and end of the daemon. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "command/options.h"
#include "fuse/containers/container.h"
#include "fuse/daemon/daemonize.h"
#include "fuse/daemon/leave.h"
#include "fuse/daemon/mount.h"
#include "fuse/daemon/notify.h"
#include "fuse/daemon/sandbox.h"
#include "fuse/ops/ops.h"
#include "fuse/options.h"
#include "fuse/prober/prober.h"
#include "fuse/session/session.h"
#include "fuse/view.h"
#include "reach/util.h"

#define OPT_UNMOUNT CLI_OPT_LONG

static const struct cli_option options[] = {
	{ 'f', "foreground", NULL, "stay in the foreground" },
	{ 'o', "options", "OPTIONS", "mount options, separated by commas; see below" },
	{ OPT_UNMOUNT, "unmount", NULL, "unmount the view, which ends its daemon" },
	CLI_HELP_OPTIONS,
};

const struct cli_command cli_command = {
	.name = "nsviewd",
	.usage = "[-f] [-o OPTIONS] [MOUNTPOINT]\n--unmount [MOUNTPOINT]",
	.about = "Shows the root of every running container as a folder of MOUNTPOINT.",
	.options = options,
	.epilog =
	    "Options for -o:\n"
	    "  allow_other            admit other users; the files' permissions apply\n"
	    "  links=confined|raw     rewrite symbolic links to stay inside the container\n"
	    "                         (default), or leave them as they are stored\n"
	    "  mounts=all|root        show what is mounted below a container's root\n"
	    "                         (default), or empty folders, as find -xdev stops there\n"
	    "  names=hostname|name    what folders are called: the container's hostname\n"
	    "                         (default), or the engine's name for it\n"
	    "  locks=view|container   keep readers' locks in the view (default), or take read\n"
	    "                         locks on the container's files\n"
	    "  ids=host|container     owners in the host's numbers (default), or in those of\n"
	    "                         the container's user namespace\n"
	    "  pseudo                 show proc, sysfs and other kernel file systems\n"
	    "  remote                 show mounts that depend on a server: NFS, FUSE, ...\n"
	    "  exclude=GLOB           hide files and folders by name, or by path if GLOB has\n"
	    "                         a slash\n"
	    "  cache=never|auto|always\n"
	    "                         what the kernel may cache (default: auto)\n"
	    "  entry_timeout=SECONDS, attr_timeout=SECONDS\n"
	    "                         how long the kernel may cache names and attributes\n"
	    "  passthrough=BYTES|never\n"
	    "                         the kernel reads files of this size and larger without\n"
	    "                         nsviewd (default: 131072)\n"
	    "  max_inflight=N         calls into one container at the same time (default: 32)\n"
	    "  nonempty               accept a MOUNTPOINT that is not empty",
};

/* Prints a message of libfuse, "fuse: mount failed: ...\n", like a message of nsviewd. */
static void __attribute__((format(printf, 2, 0)))
log_message(enum fuse_log_level level, const char *fmt, va_list args)
{
	char text[512], *line = text;

	if (level > FUSE_LOG_WARNING)
		return;
	(void)vsnprintf(text, sizeof(text), fmt, args);
	text[strcspn(text, "\n")] = '\0';
	if (!strncmp(line, "fuse: ", 6))
		line += 6;
	cli_error("%s", line);
}

/* A signalfd instead of handlers: signals end the session and interrupt no call. */
static int signals_fd(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int serve(struct view *v, const char *mountpoint, struct daemonized *d)
{
	struct session_options loop = { .stop_fd = -1,
					.spin_us = -1,
					.max_threads = CONTAINERS_MOST,
					.statx = ops_statx,
					.userdata = v };
	nsv_autofd int abort_fd = mount_open_abort(v->dev_minor);
	struct nsv_error e = NSV_ERROR_INIT;
	struct leave leaver;
	int manager = notify_connect();
	int r = leave_prepare(mountpoint, v->dev_major, v->dev_minor, &leaver);

	if (r < 0)
		(void)nsv_error_set(&e, -r, NSV_STAGE_NONE, "can't fork: %s", strerror(-r));
	else
		r = sandbox_enter(v->locks != NULL, &e);
	if (r > 0)
		cli_error("this kernel has no Landlock, or has it turned off: nsviewd goes on with "
			  "less of a sandbox, see nsviewd(8)");
	if (r >= 0) {
		const struct coherence_config coherence = {
			.session = v->session,
			.tree = v->tree,
			.top = v->top,
			.prober = v->prober,
			.caches = v->options->cache != CACHE_NEVER,
		};

		r = coherence_new(&coherence, &v->coherence);
		if (r < 0)
			(void)nsv_error_set(&e, -r, NSV_STAGE_NONE, "can't start: %s",
					    strerror(-r));
	}
	if (r < 0) {
		cli_error("%s", e.msg);
		return r;
	}
	(void)passthrough_attach(v->io.passthrough, v->session);
	loop.helpers[0] = owner_session(v->owner);
	loop.helpers[1] = prober_session(v->prober);
	loop.helpers[2] = v->opener.helper.pid;
	loop.stop_fd = signals_fd();
	if (loop.stop_fd < 0)
		return -errno;
	daemonize_ready(d);
	(void)notify_ready(manager);
	r = session_run(v->session, &loop);
	nsv_close(loop.stop_fd);
	leave(&leaver, mountpoint, v->dev_major, v->dev_minor, fuse_session_fd(v->session),
	      abort_fd);
	/* Some thread hangs in a container, or in a scan: what it uses must stay until the process
	 * is gone. */
	if (!top_stop(v->top) || r == 1 || !coherence_free(v->coherence))
		_exit(r < 0 ? CLI_EXIT_FAILED : CLI_EXIT_OK);
	v->coherence = NULL;
	ops_close_files(v);
	ops_close_dirs(v);
	return r;
}

static int mount_and_serve(struct view *v, const char *mountpoint, struct daemonized *d)
{
	char mount_options[256];
	char *argv[] = { (char *)cli_command.name, (char *)"-o", mount_options, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	struct nsv_error e = NSV_ERROR_INIT;
	int r = -EIO;

	(void)snprintf(mount_options, sizeof(mount_options),
		       "ro,nosuid,nodev,noexec,fsname=nsviewd%s,subtype=nsviewd%s%s",
		       /* nsrun --files=view takes no such view: src/run/files.c */
		       v->options->links_raw ? "-raw" : "",
		       v->options->allow_other ? ",allow_other" : "",
		       view_options_checks_modes(v->options) ? ",default_permissions" : "");
	fuse_set_log_func(log_message);
	v->session = fuse_session_new(&args, &view_ops, sizeof(view_ops), v);
	if (!v->session) {
		fuse_opt_free_args(&args);
		return -EINVAL;
	}
	if (fuse_session_mount(v->session, mountpoint) == 0) {
		r = view_mounted(v, mountpoint, &e);
		if (r < 0)
			cli_error("%s", e.msg);
		else
			r = serve(v, mountpoint, d);
		fuse_session_unmount(v->session);
	}
	fuse_session_destroy(v->session);
	fuse_opt_free_args(&args);
	return r;
}

/* Each container needs some fds, each open file one. */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* @path: NULL for the default mount point. */
static enum cli_exit run(const struct view_options *wanted, const char *path, bool foreground)
{
	struct daemonized d = DAEMONIZED_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	nsv_autofree char *mountpoint = NULL;
	struct view *v = NULL;
	int r = mount_prepare(path, wanted->nonempty, &mountpoint, &e);

	allow_files();
	/* Fork before threads and session: these belong to the daemon. */
	if (r == 0 && !foreground) {
		r = daemonize_begin(&d);
		if (r < 0)
			(void)nsv_error_set(&e, -r, NSV_STAGE_NONE, "can't fork: %s", strerror(-r));
	}
	if (r == 0)
		r = view_new(wanted, &v, &e);
	if (v)
		r = mount_and_serve(v, mountpoint, &d);
	else
		cli_error("%s", e.msg);
	view_free(v);
	daemonize_failed(&d, CLI_EXIT_FAILED);
	return r < 0 ? CLI_EXIT_FAILED : CLI_EXIT_OK;
}

static enum cli_exit unmount(const char *path)
{
	struct nsv_error e = NSV_ERROR_INIT;

	if (mount_unmount(path, &e) == 0)
		return CLI_EXIT_OK;
	cli_error("%s", e.msg);
	return CLI_EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct view_options view_options;
	struct cli_parser p;
	bool foreground = false, unmounts = false, has_options = false;
	const char *path;
	enum cli_exit status;
	int id;

	view_options_init(&view_options);
	cli_parser_init(&p, argc, argv);
	while ((id = cli_next_option(&p)) != CLI_OPT_END) {
		if (id == 'f')
			foreground = true;
		if (id == OPT_UNMOUNT)
			unmounts = true;
		has_options |= id == 'o';
		if (id == 'o' && view_options_parse(&view_options, p.value, &e) < 0)
			cli_usage_error("%s", e.msg);
	}
	/* mount(8) passes a source first ("nsviewd" or anything else), and always -o. */
	if (argc - optind > (unmounts || !has_options ? 1 : 2))
		cli_usage_error("one mount point is enough");
	if (view_options_check(&view_options, &e) < 0)
		cli_usage_error("%s", e.msg);
	path = argc > optind ? argv[argc - 1] : NULL;
	if (path && !*path)
		cli_usage_error("the mount point is an empty name");
	status = unmounts ? unmount(path) : run(&view_options, path, foreground);
	view_options_done(&view_options);
	return status;
}
