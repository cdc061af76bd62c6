/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * load.c - puts the settings together: namespaces and cgroups, then from the bundle or the main
 * process, last what the caller asked for (request.c).
 *
 * Defends against: owners of rootless containers whose bundles claim more than their containers
 * have, when root runs a program there. Limits, labels and scores are the main process's then.
 * No locks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "discover/hints/bundle.h"
#include "reach/pinned.h"
#include "reach/procfs.h"
#include "reach/sized.h"
#include "reach/userns.h"
#include "reach/util.h"
#include "run/inside/internal.h"
#include "run/inside/request.h"
#include "run/inside/seccomp.h"

#define KEYS_MAX (1 << 20)

static void note(const struct nsv_inside_options *o, const char *text)
{
	if (o->note)
		o->note(o->data, text);
}

/* ---- filters of the main process ---- */

static int take_filters(struct nsv_inside *in, struct nsv_target *target,
			const struct nsv_inside_options *o, struct nsv_error *e)
{
	if (o->allow_interrupt) {
		int r = nsv_seccomp_copy(nsv_target_pid(target), nsv_target_pidfd(target),
					 &in->job.settings, e);

		if (r == 0 || !(o->weaker & NSV_INSIDE_WEAKER_SECCOMP))
			return r;
	}
	if (o->weaker & NSV_INSIDE_WEAKER_SECCOMP) {
		note(o, "its seccomp filters are left out");
		return 0;
	}
	return nsv_error_set(
	    e, EPERM, NSV_STAGE_ENTER,
	    "no config.json of its engine tells its seccomp filters: "
	    "--allow-interrupt reads them from its main process, in which a system "
	    "call may return EINTR; --allow-weaker=seccomp leaves them out");
}

static int from_process(struct nsv_inside *in, struct nsv_target *target,
			const struct nsv_inside_options *o, struct nsv_error *e)
{
	bool filtered = false;
	int r = nsv_inside_from_process(target, in->procdir, &in->job.settings, &filtered, e);

	return r == 0 && filtered ? take_filters(in, target, o, e) : r;
}

/* ---- the bundle ---- */

/* No claim of a bundle that an ordinary user wrote may exceed what the main process has. */
static int distrust(struct nsv_inside *in, const struct nsv_inside_settings *process)
{
	struct nsv_inside_settings *s = &in->job.settings;

	for (unsigned i = 0; i < NSV_INSIDE_LIMITS; i++) {
		struct rlimit *l = &s->limits[i];

		l->rlim_max = nsv_min(l->rlim_max, process->limits[i].rlim_max);
		l->rlim_cur = nsv_min(l->rlim_cur, l->rlim_max);
	}
	s->have_oom = process->have_oom;
	s->oom_score_adj = process->oom_score_adj;
	return nsv_inside_process_labels(in->procdir, s);
}

static int from_bundle(struct nsv_inside *in, const struct nsv_bundle *bundle,
		       const struct nsv_inside_options *o, struct nsv_error *e)
{
	struct nsv_inside_settings process = NSV_INSIDE_SETTINGS_INIT;
	struct nsv_inside_settings *s = &in->job.settings;
	int r = nsv_inside_process_limits(in->procdir, &process);

	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_ENTER, "its main process can't be read: %s",
				     strerror(-r));
	/* What the bundle does not limit, an engine's process inherits as the main process did. */
	memcpy(s->limits, process.limits, sizeof(s->limits));
	s->have_limits = process.have_limits;
	r = nsv_inside_from_bundle(bundle->text, bundle->len, o->weaker & NSV_INSIDE_WEAKER_SECCOMP,
				   s, e);
	s->owner = bundle->owner;
	if (r == 0 && !s->have_oom) {
		s->have_oom = process.have_oom;
		s->oom_score_adj = process.oom_score_adj;
	}
	if (r == 0 && s->owner != 0 && s->owner != geteuid())
		r = distrust(in, &process);
	if (r == -EOPNOTSUPP && e)
		(void)strncat(e->msg, "; --allow-weaker=seccomp leaves it out",
			      sizeof(e->msg) - strlen(e->msg) - 1);
	return r;
}

/*
 * The session keyring as crun or, else, runc calls it; NULL: a new one without a name. If there is
 * none of that name, the stage makes it, in the container's user namespace.
 */
static char *find_keyring(int procfs, const char *id)
{
	nsv_autofree char *keys = malloc(KEYS_MAX);
	nsv_autofree char *crun = NULL;
	char *name = NULL;
	ssize_t n = keys ? nsv_read_text(procfs, "keys", keys, KEYS_MAX) : -1;

	if (!id || strlen(id) > 200 || asprintf(&crun, " keyring   %s:", id) < 0)
		return NULL;
	if (n > 0 && strstr(keys, crun))
		return strdup(id);
	return asprintf(&name, "_ses.%s", id) < 0 ? NULL : name;
}

/* ---- namespaces ---- */

static const char *const kinds[NSV_JOB_NAMESPACES] = {
	[NSV_JOB_USER] = "user", [NSV_JOB_CGROUP] = "cgroup", [NSV_JOB_UTS] = "uts",
	[NSV_JOB_IPC] = "ipc",	 [NSV_JOB_NET] = "net",	      [NSV_JOB_PID] = "pid",
	[NSV_JOB_TIME] = "time", [NSV_JOB_MNT] = "mnt",
};

/* Those that are the caller's own already are left out: joining them fails. */
static int open_namespaces(struct nsv_inside *in, struct nsv_error *e)
{
	for (int i = 0; i < NSV_JOB_NAMESPACES; i++) {
		nsv_autofd int own = NSV_FD_NONE;
		nsv_autofd int fd = NSV_FD_NONE;
		char path[32];

		(void)snprintf(path, sizeof(path), "ns/%s", kinds[i]);
		fd = openat(in->procdir, path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue; /* a kernel without that kind */
		if (fd < 0)
			return nsv_error_set(e, errno, NSV_STAGE_ENTER, "its %s namespace: %s",
					     kinds[i], strerror(errno));
		(void)snprintf(path, sizeof(path), "self/ns/%s", kinds[i]);
		own = openat(in->procfs, path, O_RDONLY | O_CLOEXEC);
		if (own < 0 || !nsv_same_ns(own, fd))
			in->job.fds[i] = nsv_steal_fd(&fd);
	}
	for (int i = NSV_JOB_USER + 1; i < NSV_JOB_NAMESPACES; i++) {
		nsv_autofd int owner = NSV_FD_NONE;

		if (in->job.fds[i] < 0 || in->job.fds[NSV_JOB_USER] < 0)
			continue;
		owner = nsv_userns_of(in->job.fds[i]);
		if (owner >= 0 && !nsv_same_ns(owner, in->job.fds[NSV_JOB_USER]))
			in->job.early |= 1U << i;
	}
	return 0;
}

static int open_process(struct nsv_inside *in, struct nsv_target *target, struct nsv_error *e)
{
	in->procfs = fcntl(target->procfs, F_DUPFD_CLOEXEC, 3);
	in->procdir = fcntl(target->procdir, F_DUPFD_CLOEXEC, 3);
	in->pidfd = target->pidfd;
	in->job.fds[NSV_JOB_PROCFS] = fcntl(target->procfs, F_DUPFD_CLOEXEC, 3);
	in->job.fds[NSV_JOB_ROOT] = fcntl(target->root, F_DUPFD_CLOEXEC, 3);
	if (in->procfs < 0 || in->procdir < 0 || in->job.fds[NSV_JOB_PROCFS] < 0 ||
	    in->job.fds[NSV_JOB_ROOT] < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ROOT, "its root: %s", strerror(errno));
	return open_namespaces(in, e);
}

static int open_cgroups(struct nsv_inside *in, const struct nsv_inside_options *o,
			struct nsv_error *e)
{
	struct nsv_error own = NSV_ERROR_INIT;
	int r = nsv_cgroups_open(in->procfs, in->procdir, &in->cgroups, &own);

	if (r == 0)
		return 0;
	if (r != -EBUSY && o->weaker & NSV_INSIDE_WEAKER_CGROUP) {
		note(o, "it stays in this command's cgroup");
		return 0;
	}
	if (e)
		*e = own;
	if (r != -EBUSY && e)
		(void)strncat(e->msg, "; --allow-weaker=cgroup starts it in this command's",
			      sizeof(e->msg) - strlen(e->msg) - 1);
	return r;
}

int nsv_inside_load(struct nsv_inside *in, struct nsv_target *target, struct nsv_scan *scan,
		    const struct nsv_container *c, const struct nsv_inside_options *given,
		    char *const argv[], struct nsv_error *e)
{
	struct nsv_inside_options own;
	const struct nsv_inside_options *o = &own;
	struct nsv_inside_settings *s = &in->job.settings;
	struct nsv_bundle bundle = { 0 };
	int r = nsv_sized_take(&own, sizeof(own), given);

	if (r == 0 &&
	    own.weaker & ~(unsigned)(NSV_INSIDE_WEAKER_SECCOMP | NSV_INSIDE_WEAKER_CGROUP))
		r = -EINVAL;
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_TARGET, "options that are not known");
	r = open_process(in, target, e);
	in->weaker = o->weaker;
	in->job.tty = o->tty;
	in->job.in = o->in;
	in->job.detach = o->detach;
	if (r == 0)
		r = open_cgroups(in, o, e);
	if (r < 0)
		return r;
	if (c && nsv_bundle_read(scan, c, &bundle) == 0)
		r = from_bundle(in, &bundle, o, e);
	else
		r = from_process(in, target, o, e);
	free(bundle.text);
	if (r == 0)
		r = nsv_inside_request(s, target, c, o, e);
	if (r < 0)
		return r;
	s->keyring = find_keyring(in->procfs, c ? c->id : NULL);
	for (size_t i = 0; r == 0 && argv[i]; i++)
		r = nsv_strings_add(&in->job.argv, argv[i], strlen(argv[i]));
	if (r == 0)
		r = nsv_target_alive(target);
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_ENTER, "%s", strerror(-r)) : 0;
}
