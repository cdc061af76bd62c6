/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open_root.c - from a spec to an open root, the same way for every command.
 *
 * The order matters: the user namespace is joined while the process has one
 * thread, and before the root is opened, so that the root belongs to the
 * credentials that are used from then on.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <nsview/discover.h>

#include "cli/cli.h"
#include "reach/util.h"

enum nsv_via cli_parse_via(const char *text)
{
	static const char *const words[] = { "auto", "proc", "setns", NULL };
	static const enum nsv_via routes[] = { NSV_VIA_AUTO, NSV_VIA_PROC, NSV_VIA_SETNS };

	return routes[cli_parse_word("--via", text, words)];
}

/* Whether the container's "/" is this process's own: what a service of the host has. */
static bool has_own_root(struct nsv_root *root)
{
	nsv_autofd int fd = nsv_root_open_path(root, "/", 0, NULL);
	struct stat own, its;

	return fd >= 0 && fstat(fd, &its) == 0 && stat("/", &own) == 0 &&
	       own.st_dev == its.st_dev && own.st_ino == its.st_ino;
}

/* Files of the host's own: seldom what was meant. */
static void note_host(const char *spec, const struct nsv_target *target, struct nsv_root *root)
{
	bool host = nsv_target_is_host(target);

	if ((host || has_own_root(root)) && cli_note_role(nsv_target_pid(target)))
		return;
	if (host)
		cli_note("%s: this is the host's own mount namespace", spec);
}

enum cli_exit cli_open_root(const char *spec, enum nsv_via via, struct nsv_target **ret_target,
			    struct nsv_root **ret_root)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_target *target = NULL;
	struct nsv_root *root = NULL;
	int r;

	r = nsv_target_open(spec, nsv_resolve_name, NULL, &target, &e);
	if (r < 0)
		goto fail;
	if (nsv_target_wants_userns(target)) {
		r = nsv_target_join_userns(target, &e);
		if (r < 0)
			goto fail;
	}
	r = nsv_root_open(target, via, &root, &e);
	if (r < 0)
		goto fail;
	note_host(spec, target, root);
	*ret_target = target;
	*ret_root = root;
	return CLI_EXIT_OK;
fail:
	if (strstr(spec, ":/") && r == -ENOENT)
		cli_error("%s: " CLI_TWO_ARGUMENTS, spec);
	else
		cli_error_at(spec, NULL, r, &e);
	nsv_target_free(target);
	return CLI_EXIT_USAGE;
}
