/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open_root.c - opens the roots of the containers that a command's arguments name.
 *
 * The order matters: all names are looked up before the user namespace is joined, where other
 * containers are out of sight; it is joined while the process has one thread, and before a root is
 * opened, so that the root belongs to the credentials that are used from then on.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <nsview/discover.h>

#include "base/util.h"
#include "cli/cli.h"

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

/*
 * A text with a colon is a container's, also where a file of the host has that name: what was meant
 * is told, never guessed.
 */
static void tell_failure(const struct cli_spec_path *arg, int r, const struct nsv_error *e)
{
	const char *spec = *arg->spec ? arg->spec : arg->text;
	bool takes_host_files = strcmp(cli_command.name, "nscp") == 0;
	struct stat st;

	if (takes_host_files && strchr("/.", *arg->text) == NULL && lstat(arg->text, &st) == 0)
		cli_error("%s: %s; the host's file of that name is written ./%s", spec,
			  *e->msg ? e->msg : strerror(-r), arg->text);
	else
		cli_error_spec(spec, r, e);
}

ino_t cli_wanted_userns(const struct nsv_target *target)
{
	struct stat st = { 0 };
	char path[40];

	if (!nsv_target_wants_userns(target) || !nsv_target_pid(target))
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)nsv_target_pid(target));
	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

/* A process can join one user namespace and no second one. */
static bool one_userns(const struct cli_sides *sides)
{
	const struct cli_side *first = NULL;
	ino_t joined = 0;

	for (size_t i = 0; i < sides->n; i++) {
		ino_t wanted = cli_wanted_userns(sides->list[i].target);

		if (wanted && joined && wanted != joined) {
			cli_error("%s: in another user namespace than %s: an ordinary user reaches "
				  "containers of one in a call",
				  sides->list[i].spec, first->spec);
			return false;
		}
		if (wanted && !joined) {
			joined = wanted;
			first = &sides->list[i];
		}
	}
	return true;
}

static int open_root(struct cli_side *side, enum nsv_via via, struct nsv_error *e)
{
	int r = 0;

	if (nsv_target_wants_userns(side->target))
		r = nsv_target_join_userns(side->target, e);
	if (r == 0)
		r = nsv_root_open(side->target, via, &side->root, e);
	if (r == 0)
		note_host(side->spec, side->target, side->root);
	return r;
}

/* The target of @arg, unless it is on the host or its container is there. */
static int add_target(struct cli_sides *sides, const struct cli_spec_path *arg, struct nsv_error *e)
{
	struct cli_side side = { .spec = arg->spec };
	int r;

	if (!arg->spec || cli_side_of(sides, arg->spec))
		return 0;
	r = nsv_target_open(arg->spec, nsv_resolve_name, NULL, &side.target, e);
	if (r == 0)
		sides->list[sides->n++] = side;
	return r;
}

enum cli_exit cli_sides_open(struct cli_sides *ret, const struct cli_spec_path *args, size_t n,
			     enum nsv_via via)
{
	struct nsv_error e = NSV_ERROR_INIT;
	int r = 0;

	*ret = (struct cli_sides){ .list = calloc(n, sizeof(*ret->list)) };
	if (!ret->list)
		cli_no_memory();
	for (size_t i = 0; i < n && r == 0; i++) {
		r = add_target(ret, &args[i], &e);
		if (r < 0)
			tell_failure(&args[i], r, &e);
	}
	if (r == 0 && !one_userns(ret))
		r = -EPERM;
	else
		for (size_t i = 0; i < ret->n && r == 0; i++) {
			r = open_root(&ret->list[i], via, &e);
			if (r < 0)
				cli_error_at(ret->list[i].spec, NULL, r, &e);
		}
	if (r == 0)
		return CLI_EXIT_OK;
	cli_sides_close(ret);
	return CLI_EXIT_USAGE;
}

const struct cli_side *cli_side_of(const struct cli_sides *sides, const char *spec)
{
	for (size_t i = 0; spec && i < sides->n; i++)
		if (strcmp(sides->list[i].spec, spec) == 0)
			return &sides->list[i];
	return NULL;
}

void cli_sides_close(struct cli_sides *sides)
{
	for (size_t i = sides->n; i-- > 0;) {
		nsv_root_free(sides->list[i].root);
		nsv_target_free(sides->list[i].target);
	}
	free(sides->list);
	*sides = (struct cli_sides){ 0 };
}
