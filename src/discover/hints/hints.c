/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hints.c - fills name, image, labels and pod of containers from the engines' state files. A table
 * maps each engine to its reader. Where the cgroup path tells no engine (rootless Podman without
 * delegation, ctr, nspawn in another unit's scope), the container's monitor does: the parent of its
 * lead. hints.h says which claims count. No locks: one thread.
 */
#include "discover/hints/hints.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

typedef void reader(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m);

static reader try_engines;

static const struct {
	const char *engine;
	reader *read;
} engines[] = {
	{ "docker", nsv_hint_docker }, { "podman", nsv_hint_podman },
	{ "cri-o", nsv_hint_crio },    { "containerd", nsv_hint_containerd },
	{ "lxc", nsv_hint_named },     { "systemd-nspawn", nsv_hint_named },
	{ "kubernetes", try_engines }, /* the cgroup path names a pod, but no engine */
};

/* Takes engine and ID from the monitor's command line. */
static void identify(struct nsv_hints *h, struct nsv_container *c,
		     const struct nsv_monitor_kind *kind, const struct nsv_monitor *m)
{
	const char *engine = kind->engine, *id = NULL;

	if (strcmp(engine, "podman") == 0) {
		const char *exits = nsv_hint_option(h, m->args_len, NULL, "--exit-dir");

		id = nsv_hint_option(h, m->args_len, "-c", "--cid");
		if (exits && strstr(exits, "/crio/"))
			engine = "cri-o";
	} else if (strcmp(engine, "containerd") == 0 || strcmp(engine, "docker") == 0) {
		const char *space = nsv_hint_option(h, m->args_len, "-namespace", "--namespace");

		id = nsv_hint_option(h, m->args_len, "-id", "--id");
		if (space && strcmp(space, "moby") == 0)
			engine = "docker";
	} else if (strcmp(engine, "lxc") == 0) {
		/* LXC's monitor sets its own title: "[lxc monitor] /var/lib/lxc NAME". */
		const char *name = m->args_len ? strrchr(h->args, ' ') : NULL;

		if (strncmp(h->args, "[lxc monitor] ", 14) == 0 && name)
			id = name + 1;
		else
			id = nsv_hint_option(h, m->args_len, "-n", "--name");
	} else {
		const char *dir = nsv_hint_option(h, m->args_len, "-D", "--directory");

		id = nsv_hint_option(h, m->args_len, "-M", "--machine");
		if (!id && dir)
			id = strrchr(dir, '/') ? strrchr(dir, '/') + 1 : dir;
	}
	c->engine = engine;
	/* An ID from the cgroup path takes precedence: a shim's option may be its pod's ID. */
	if (!c->id && id && nsv_hint_is_component(id))
		c->id = nsv_hint_keep(h, id);
}

static void fill_one(struct nsv_hints *h, struct nsv_container *c)
{
	const struct nsv_monitor_kind *kind;
	struct nsv_monitor m;

	if (c->kind == NSV_KIND_HOST)
		return;
	/* Without an engine only a monitor can tell more, and init and members are none. */
	if (!c->engine && !nsv_hint_may_have_monitor(c))
		return;
	nsv_hint_find_owner(h, c);
	if (!nsv_hint_charge(&h->quotas, h->payer, NSV_HINT_FEE))
		return;
	/* Docker's state files are found by ID alone, so its shim need not be read. */
	m = (struct nsv_monitor){ 0 };
	if (!c->engine || strcmp(c->engine, "docker") != 0) {
		kind = nsv_hint_find_monitor(h, c, &m);
		if (kind && (!c->engine || strcmp(c->engine, "kubernetes") == 0))
			identify(h, c, kind, &m);
	}
	if (!c->engine || !c->id || !nsv_hint_is_component(c->id))
		return;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(engines); i++) {
		if (strcmp(engines[i].engine, c->engine) == 0) {
			engines[i].read(h, c, &m);
			return;
		}
	}
}

/* The cgroup path names a pod and no monitor names the engine: tries each engine that runs pods. */
static void try_engines(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m)
{
	static reader *const readers[] = { nsv_hint_containerd, nsv_hint_crio, nsv_hint_docker };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(readers) && !c->pod_name; i++)
		readers[i](h, c, m);
}

void nsv_hint_named(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m)
{
	(void)h;
	(void)m;
	c->engine_name = c->id;
}

void nsv_hints_fill_below(struct nsv_scan *scan, int files, int procfs)
{
	struct nsv_hints h = {
		.scan = scan,
		.files = files,
		.procfs = procfs,
		.cmdlines = NSV_CMDLINES_INIT(scan->procfs),
	};

	for (size_t i = 0; i < scan->n; i++)
		fill_one(&h, &scan->containers[i]);
	nsv_hint_docker_done(&h);
	nsv_cmdlines_done(&h.cmdlines);
	nsv_hint_lists_done(&h);
	free(h.args);
	free(h.file);
	free(h.mounts);
}

void nsv_hints_fill(struct nsv_scan *scan)
{
	nsv_autofd int files = NSV_FD_NONE;

	/* A recorded tree comes from another machine: this one's files don't describe it. */
	if (scan->recorded)
		return;
	files = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (files >= 0)
		nsv_hints_fill_below(scan, files, scan->procfs);
}
