/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine.c - the engine's own files of this container: its configuration, what its processes wrote
 * to standard output, the description of its image; and engine/sources.json, where each lay.
 *
 * The folder was found by a state file that proved to be of this container (discover/hints).
 */
#include "collect/engine.h"

#include <errno.h>
#include <string.h>

#include "collect/engine_files.h"
#include "collect/engine_image.h"
#include "collect/engine_pod.h"

static bool is_engine(const struct nsv_engine *e, const char *name)
{
	return e->c->o->engine && strcmp(e->c->o->engine, name) == 0;
}

static int take(struct nsv_engine *e, int dir)
{
	int r = nsv_engine_take_all(e, dir, e->dir, "engine/");

	if (r == 0 && is_engine(e, "docker"))
		r = nsv_engine_docker_image(e, dir);
	if (r == 0 && (is_engine(e, "podman") || is_engine(e, "cri-o")))
		r = nsv_engine_storage_image(e);
	if (r == 0 && is_engine(e, "containerd"))
		r = nsv_engine_containerd_image(e);
	return r < 0 ? r : nsv_engine_pod(e, dir);
}

int nsv_collect_engine(struct nsv_collection *c)
{
	struct nsv_text text = NSV_TEXT_INIT;
	struct nsv_engine e = { .c = c,
				.dir = c->o->engine_dir,
				.sources = { .t = &text, .lines = 1 } };
	nsv_autofd int dir = NSV_FD_NONE;
	int r = 0;

	if (!e.dir)
		return 0;
	nsv_progress(c, "engine", NULL);
	dir = nsv_engine_open(e.dir);
	if (dir < 0 || fstat(dir, &e.owner) < 0) {
		nsv_outcome(c, "engine", e.dir, NSV_MISSING, strerror(dir < 0 ? -dir : errno));
		return 0;
	}
	nsv_jout_begin(&e.sources, NULL, '[');
	r = take(&e, dir);
	nsv_jout_end(&e.sources, '[');
	nsv_jout_line(&e.sources);
	nsv_log(c, "engine", "files of %s", c->o->engine ? c->o->engine : "the engine");
	if (r == 0)
		r = nsv_wrote(c, nsv_package_text(c->package, "engine/sources.json", &text));
	nsv_text_free(&text);
	return r;
}
