/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsviewd - shows the root of every container as a folder.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/cli.h"
#include "fuse/mount.h"
#include "fuse/ops.h"
#include "fuse/options.h"
#include "fuse/session.h"
#include "fuse/view.h"
#include "reach/util.h"

static const struct cli_option options[] = {
	{ 'f', "foreground", NULL, "stay in the foreground" },
	{ 'o', "options", "OPTIONS", "mount options, separated by commas; see below" },
	{ CLI_OPT_HELP, "help", NULL, "show this help and exit" },
	{ CLI_OPT_VERSION, "version", NULL, "show the version and exit" },
	{ 0, NULL, NULL, NULL },
};

const struct cli_command cli_command = {
	.name = "nsviewd",
	.usage = "[-f] [-o OPTIONS] MOUNTPOINT",
	.about = "Shows the root of every running container as a folder of MOUNTPOINT.",
	.options = options,
	.epilog =
	    "Options for -o:\n"
	    "  allow_other            let other users in, by the files' permissions\n"
	    "  links=confined|raw     rewrite symbolic links to stay inside (default), or not\n"
	    "  ids=host|container     owners as the host (default) or the container has them\n"
	    "  pseudo                 show proc, sysfs and other file systems of the kernel\n"
	    "  remote                 show network and FUSE mounts inside containers\n"
	    "  exclude=GLOB           leave names, or paths where GLOB has a slash, out\n"
	    "  cache=never|auto|always\n"
	    "                         what the kernel may keep (default: auto)\n"
	    "  entry_timeout=SECONDS, attr_timeout=SECONDS\n"
	    "                         for how long it may believe names and attributes\n"
	    "  passthrough=BYTES|never\n"
	    "                         files from that size on are read inside the kernel\n"
	    "                         (default: 131072)\n"
	    "  max_inflight=N         calls into one container at once (default: 32)",
};

/* A readable fd ends the session: no signal interrupts a call. */
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

/* Some thread hangs in a container: what it uses must stay until the process is gone. */
static _Noreturn void leave_the_hung(const char *mountpoint)
{
	struct nsv_error e = NSV_ERROR_INIT;

	if (umount2(mountpoint, MNT_DETACH) < 0 && mount_unmount(mountpoint, &e) < 0)
		cli_error("%s", e.msg);
	_exit(CLI_EXIT_OK);
}

static int serve(struct view *v, const char *mountpoint)
{
	struct session_options loop = SESSION_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	int r = view_mounted(v, mountpoint, &e);

	if (r < 0) {
		cli_error("%s", e.msg);
		return r;
	}
	(void)passthrough_attach(v->io.passthrough, v->session);
	loop.stop_fd = signals_fd();
	r = loop.stop_fd < 0 ? -errno : session_run(v->session, &loop);
	nsv_close(loop.stop_fd);
	if (r == 1)
		leave_the_hung(mountpoint);
	return r;
}

static int mount_and_serve(struct view *v, const char *mountpoint, bool foreground)
{
	char mount_options[256];
	char *argv[] = { (char *)cli_command.name, (char *)"-o", mount_options, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	int r = -1;

	(void)snprintf(mount_options, sizeof(mount_options),
		       "ro,nosuid,nodev,noexec,fsname=nsviewd,subtype=nsviewd%s%s",
		       v->options->allow_other ? ",allow_other" : "",
		       geteuid() == 0 ? ",default_permissions" : "");
	v->session = fuse_session_new(&args, &view_ops, sizeof(view_ops), v);
	if (!v->session) {
		fuse_opt_free_args(&args);
		return -EINVAL;
	}
	if (fuse_session_mount(v->session, mountpoint) == 0) {
		if (fuse_daemonize(foreground) == 0)
			r = serve(v, mountpoint);
		fuse_session_unmount(v->session);
	}
	fuse_session_destroy(v->session);
	fuse_opt_free_args(&args);
	return r;
}

int main(int argc, char **argv)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct view_options view_options;
	struct cli_parser p;
	struct view *v = NULL;
	bool foreground = false;
	int id, r = 0;

	view_options_init(&view_options);
	cli_parser_init(&p, argc, argv);
	while ((id = cli_next_option(&p)) != CLI_OPT_END) {
		if (id == 'f')
			foreground = true;
		if (id == 'o' && view_options_parse(&view_options, p.value, &e) < 0)
			cli_usage_error("%s", e.msg);
	}
	if (optind + 1 != argc)
		cli_usage_error("one mount point is needed");
	if (view_options_check(&view_options, &e) < 0)
		cli_usage_error("%s", e.msg);
	r = view_new(&view_options, &v, &e);
	if (r < 0)
		cli_error("%s", e.msg);
	else
		r = mount_and_serve(v, argv[optind], foreground);
	view_free(v);
	view_options_done(&view_options);
	return r < 0 ? CLI_EXIT_FAILED : CLI_EXIT_OK;
}
