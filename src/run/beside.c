/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * beside.c - from a child process to a program of the host beside a container.
 *
 * The order matters:
 *   - an ordinary user joins the container's user namespace first, which gives the rights over the
 *     others; root joins one last, which takes rights away;
 *   - mounts come before the network namespace is joined, but for sysfs, which shows the namespace
 *     in which it is mounted;
 *   - the child is undumpable from its beginning until it executes the program, and holds no fd of
 *     the container by then.
 *
 * Defends against: a container that traces the child or looks at it through /proc, inherited fds,
 * mounts that get out of the private mount namespace or into it. No state, no locks.
 */
#include "beside.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "environment.h"
#include "files.h"
#include "identity.h"
#include "place.h"
#include "program.h"
#include "reach/helper.h"
#include "reach/mount_clone.h"
#include "reach/pinned.h"
#include "reach/userns.h"
#include "reach/util.h"
#include "sys.h"

/* ---- the parent ---- */

static int read_environment(struct nsv_beside *b, struct nsv_error *e)
{
	int r;

	if (!b->options->env_names && !b->options->env_all)
		return 0;
	if (b->target->pid == 0)
		return nsv_error_set(e, EINVAL, NSV_STAGE_READ,
				     "a mount namespace without a process has no environment");
	r = nsv_environment_read(b->target, &b->of_container, &b->of_container_len);
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_READ, "its environment can't be read: %s",
				     r == -E2BIG ? "it is longer than 128 KiB" : strerror(-r))
		     : 0;
}

int nsv_beside_prepare(const struct nsv_target *t, const struct nsv_run_options *options,
		       char *const argv[], struct nsv_beside *ret, struct nsv_error *e)
{
	struct nsv_beside *b = ret;
	nsv_autofd int root = NSV_FD_NONE;
	int r;

	*b = (struct nsv_beside)NSV_BESIDE_NONE;
	b->target = t;
	b->options = options;
	b->argv = argv;
	b->with_dns = options->dns;
	for (size_t i = 0; i < NSV_RUN_KINDS; i++)
		b->ns.fd[i] = NSV_FD_NONE;
	r = nsv_namespaces_open(t, options->ns, &b->ns, e);
	/* Its helper reads while the next one clones. */
	if (r == 0 && options->dns && t->root >= 0)
		r = nsv_dns_start(t, t->root, &b->dns, e);
	if (r == 0)
		r = read_environment(b, e);
	if (r == 0 && options->files == NSV_RUN_FILES_CLONE) {
		b->clone = nsv_mount_clone(t, NSV_CLONE_NOSYMFOLLOW, e);
		r = nsv_min(b->clone, 0);
	} else if (r == 0 && options->dns && t->root < 0) {
		root = nsv_mount_clone(t, 0, e);
		r = nsv_min(root, 0);
	}
	if (r == 0 && options->dns && t->root < 0)
		r = nsv_dns_start(t, root >= 0 ? root : b->clone, &b->dns, e);
	if (r == 0 && options->dns)
		nsv_dns_finish(&b->dns, options);
	if (r == 0 && nsv_target_alive(t) < 0)
		r = nsv_error_set(e, ESRCH, NSV_STAGE_TARGET, "PID %d has ended", (int)t->pid);
	return r;
}

void nsv_beside_clear(struct nsv_beside *b)
{
	nsv_namespaces_close(&b->ns);
	nsv_close_p(&b->clone);
	nsv_dns_clear(&b->dns);
	free(b->of_container);
	b->of_container = NULL;
}

/* ---- the child ---- */

static bool needs_place(const struct nsv_beside *b)
{
	return b->with_dns || b->options->files != NSV_RUN_FILES_NONE;
}

static void note_left_out(const struct nsv_beside *b, const struct nsv_trimmed *trimmed)
{
	char line[256];

	if (!trimmed->served || !b->options->note)
		return;
	(void)
	    snprintf(line, sizeof(line),
		     "%s%s is left out of its files: a server's file system can hang; see nscp(1)",
		     trimmed->first, trimmed->served > 1 ? " (and more)" : "");
	b->options->note(b->options->data, line);
}

static int attach_files(const struct nsv_beside *b, const struct nsv_place *place,
			struct nsv_error *e)
{
	nsv_autofd int other = NSV_FD_NONE;
	struct nsv_trimmed trimmed;
	int r;

	if (b->options->files == NSV_RUN_FILES_NONE)
		return 0;
	if (b->options->files == NSV_RUN_FILES_VIEW)
		return nsv_files_view(place, b->target, e);
	r = nsv_files_clone(place, b->target->procfs, b->clone, &trimmed, e);
	if (r == -ELOOP) {
		/* Seldom, so another clone then. */
		other = nsv_mount_clone(b->target, NSV_CLONE_NOSYMFOLLOW | NSV_CLONE_NO_NSFILES, e);
		r = other < 0 ? other
			      : nsv_files_clone(place, b->target->procfs, other, &trimmed, e);
	}
	if (r == 0)
		note_left_out(b, &trimmed);
	return r;
}

static int make_place(const struct nsv_beside *b, struct nsv_place *place, struct nsv_error *e)
{
	int r = nsv_place_make(place, e);

	if (r == 0 && b->with_dns)
		r = nsv_dns_write(&b->dns, place, e);
	if (r == 0) {
		nsv_place_seal(place);
		r = attach_files(b, place, e);
	}
	if (r == 0 && b->with_dns)
		r = nsv_dns_cover(place, b->options, e);
	return r;
}

static int fresh_sys(const struct nsv_beside *b, struct nsv_error *e)
{
	int r = nsv_namespaces_other_net(&b->ns) ? nsv_sys_mount() : 0;

	if (r == -EPERM && b->options->note)
		b->options->note(b->options->data, "/sys shows the host's devices: the network "
						   "namespace belongs to another user namespace");
	return r == 0 || r == -EPERM ? 0
				     : nsv_error_set(e, -r, NSV_STAGE_ENTER,
						     "/sys can't be mounted: %s", strerror(-r));
}

static int join(const struct nsv_beside *b, struct nsv_error *e)
{
	static const enum nsv_run_kind before[] = { NSV_RUN_NS_IPC, NSV_RUN_NS_UTS, NSV_RUN_NS_TIME,
						    NSV_RUN_NS_CGROUP };
	int r = nsv_namespaces_join(&b->ns, NSV_RUN_NS_NET, e);

	if (r == 0)
		r = fresh_sys(b, e);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(before) && r == 0; i++)
		r = nsv_namespaces_join(&b->ns, before[i], e);
	return r;
}

static int start_in(const struct nsv_beside *b, const struct nsv_place *place, struct nsv_error *e)
{
	const struct nsv_run_options *o = b->options;
	nsv_autofd int fd = NSV_FD_NONE;

	if (!o->dir)
		return 0;
	if (o->dir_inside) {
		fd = nsv_files_folder(place, b->target, o->dir, e);
		if (fd < 0)
			return fd;
	}
	if (o->dir_inside ? fchdir(fd) : chdir(o->dir))
		return nsv_error_set(e, errno, NSV_STAGE_PATH, "%s%.150s: %s",
				     o->dir_inside ? "root:" : "", o->dir, strerror(errno));
	return 0;
}

/* User and groups; the last that needs rights. @joined: an ordinary user's user namespace. */
static int become_user(const struct nsv_beside *b, bool joined, struct nsv_error *e)
{
	bool has_namespace = joined;
	int r = 0;

	if (b->ns.fd[NSV_RUN_NS_USER] >= 0 &&
	    !(joined && nsv_same_ns(b->ns.fd[NSV_RUN_NS_USER], b->target->userns))) {
		has_namespace = true;
		r = nsv_namespaces_join(&b->ns, NSV_RUN_NS_USER, e);
	}
	if (r == 0 && has_namespace)
		r = nsv_identity_root(e);
	if (r == 0)
		r = nsv_identity_set(b->options->uid, b->options->gid, e);
	return r;
}

static int join_as_owner(const struct nsv_target *t, struct nsv_error *e)
{
	int r = nsv_userns_join(t->userns);

	if (r == 0)
		return nsv_identity_root(e);
	return nsv_error_set(e, -r, NSV_STAGE_ENTER,
			     "its user namespace can't be joined: needs root, or to be its owner");
}

static int set_up(const struct nsv_beside *b, struct nsv_place *place, struct nsv_error *e)
{
	bool owner = nsv_target_wants_userns(b->target);
	int r = owner ? join_as_owner(b->target, e) : 0;

	if (r == 0 && (needs_place(b) || nsv_namespaces_other_net(&b->ns)))
		r = nsv_place_unshare(e);
	if (r == 0 && needs_place(b))
		r = make_place(b, place, e);
	if (r == 0)
		r = join(b, e);
	if (r == 0)
		r = become_user(b, owner, e);
	if (r == 0)
		r = start_in(b, place, e);
	return r;
}

int nsv_beside_become(const struct nsv_beside *b, pid_t parent, int keep, struct nsv_error *e)
{
	const int fds[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, keep };
	struct nsv_place place = NSV_PLACE_NONE;
	const char *root;
	char **env, **argv;
	int r;

	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ENTER, "%s", strerror(errno));
	r = set_up(b, &place, e);
	if (r < 0)
		return r;
	root = b->options->files == NSV_RUN_FILES_NONE ? NULL : place.root;
	env = nsv_environment_make(b->options, b->of_container, b->of_container_len, root);
	argv = nsv_arguments_make(b->argv, b->options->replace, root);
	r = nsv_helper_keep(fds, NSV_ARRAY_SIZE(fds));
	if (!env || !argv || r < 0)
		return nsv_error_set(e, r < 0 ? -r : ENOMEM, NSV_STAGE_ENTER, "%s",
				     strerror(r < 0 ? -r : ENOMEM));
	/* Not before: a change of user or capabilities clears it (prctl(2)). */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		return nsv_error_set(e, ECHILD, NSV_STAGE_ENTER, "the parent has ended");
	return nsv_program_exec(argv, env, e);
}
