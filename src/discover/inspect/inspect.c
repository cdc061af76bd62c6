/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inspect.c - collects what the host knows of one process, part by part.
 *
 * Defends against a re-used PID: files of the process are read through the directory fd that the
 * target holds, the command line and the list of processes by PID; at the end the pidfd shows
 * whether the process still lives. No locks: one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "discover/inspect/inspector.h"
#include "discover/scan/cgroup.h"
#include "reach/proc.h"
#include "reach/util.h"

#define KNOWN_FLAGS                                                                             \
	(NSV_INSPECT_HOSTNAME | NSV_INSPECT_ADDRESSES | NSV_INSPECT_MOUNTS | NSV_INSPECT_TREE | \
	 NSV_INSPECT_LISTENERS | NSV_INSPECT_LIMITS | NSV_INSPECT_ENVIRONMENT)

struct nsv_inspection *nsv_inspection_free(struct nsv_inspection *i)
{
	struct nsv_inspector *in = (struct nsv_inspector *)i;

	if (!in)
		return NULL;
	nsv_ports_done(&in->tcp);
	nsv_arena_done(&in->arena);
	free(in);
	return NULL;
}

static void inspector_free_p(struct nsv_inspector **in)
{
	if (*in)
		(void)nsv_inspection_free(&(*in)->i);
	*in = NULL;
}

static void name_process(struct nsv_inspector *in)
{
	const struct nsv_proc *self = &in->target->self;

	in->i.pid = in->target->pid;
	in->i.start = self->start;
	in->i.levels = self->levels;
	for (unsigned n = 0; n < self->levels && n < NSV_ARRAY_SIZE(in->lists.nspids); n++)
		in->lists.nspids[n] = self->tgids[n];
}

static int read_root(struct nsv_inspector *in)
{
	char path[PATH_MAX];
	ssize_t n = readlinkat(in->target->procdir, "root", path, sizeof(path));

	if (n < 0)
		return nsv_inspect_missing(in, "root", errno, NULL);
	in->i.root = nsv_arena_strn(&in->arena, path, (size_t)n);
	return in->i.root ? 0 : -ENOMEM;
}

static int read_cgroup(struct nsv_inspector *in)
{
	nsv_autofree char *heap = NULL;
	const char *text;
	struct nsv_span path;
	char small[4096];
	ssize_t n = nsv_process_text(in->target->procdir, ".", "cgroup", small, sizeof(small),
				     &text, &heap);

	if (n < 0)
		return nsv_inspect_missing(in, "cgroup", (int)n, NULL);
	path = nsv_cgroup_path(text);
	if (path.len == 0)
		return 0;
	in->i.cgroup = nsv_arena_strn(&in->arena, path.text, path.len);
	return in->i.cgroup ? 0 : -ENOMEM;
}

static int read_command(struct nsv_inspector *in)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "%d", (int)in->target->pid);
	in->i.command = nsv_inspect_command(in, name, NSV_CMDLINE_MAX);
	return in->i.command ? 0 : -ENOMEM;
}

static int read_parts(struct nsv_inspector *in, unsigned flags)
{
	static int (*const always[])(struct nsv_inspector *) = {
		nsv_inspect_status,  nsv_inspect_security, nsv_inspect_namespaces,
		nsv_inspect_id_maps, read_command,	   read_root,
		read_cgroup,
	};
	int r = 0, said;

	for (size_t n = 0; r == 0 && n < NSV_ARRAY_SIZE(always); n++)
		r = always[n](in);
	if (r == 0 &&
	    (flags & (NSV_INSPECT_HOSTNAME | NSV_INSPECT_ADDRESSES | NSV_INSPECT_LISTENERS)))
		r = nsv_inspect_inside(in, flags);
	if (r == 0 && (flags & NSV_INSPECT_MOUNTS))
		r = nsv_inspect_mounts(in);
	if (r == 0 && (flags & NSV_INSPECT_TREE))
		r = nsv_inspect_members(in);
	if (r == 0 && (flags & NSV_INSPECT_LISTENERS))
		r = nsv_inspect_listeners(in);
	if (r == 0 && (flags & NSV_INSPECT_LIMITS))
		r = nsv_inspect_limits(in);
	if (r == 0 && (flags & NSV_INSPECT_ENVIRONMENT))
		r = nsv_inspect_environment(in);
	said = nsv_inspect_commands_done(in);
	return r < 0 ? r : said;
}

int nsv_inspect(const struct nsv_target *target, unsigned flags, struct nsv_inspection **ret,
		struct nsv_error *e)
{
	__attribute__((cleanup(inspector_free_p))) struct nsv_inspector *in = NULL;
	int r;

	if (flags & ~(unsigned)KNOWN_FLAGS)
		return nsv_error_set(e, EINVAL, NSV_STAGE_TARGET, "unknown flags");
	if (target->pid == 0)
		return nsv_error_set(e, EINVAL, NSV_STAGE_TARGET,
				     "a namespace without a process: nothing to look at");
	in = calloc(1, sizeof(*in));
	if (!in)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_TARGET, "out of memory");
	in->target = target;
	in->cmdlines = (struct nsv_cmdlines)NSV_CMDLINES_INIT(target->procfs);
	name_process(in);
	r = read_parts(in, flags);
	if (nsv_target_alive(target) < 0)
		return nsv_error_set(e, ESRCH, NSV_STAGE_TARGET, "PID %d has ended",
				     (int)target->pid);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_READ, "%s", strerror(-r));
	in->target = NULL;
	*ret = &nsv_steal_ptr(in)->i;
	return 0;
}
