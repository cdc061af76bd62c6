/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stopped.c - looks for a name in the engines' lists of all containers: Docker's folders, and
 * Podman's lists (stopped_podman.c). Defends against folders with very many entries by a bound, and
 * as all readers of hints against files of other users. No locks: one thread.
 */
#include "discover/hints/stopped.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "discover/hints/hints.h"
#include "discover/hints/stopped_podman.h"
#include "discover/names/name_match.h"
#include "reach/util.h"

static bool is_meant(const struct nsv_name *name, const char *engine)
{
	if (name->kind == NSV_NAME_PLAIN)
		return true;
	return name->kind == NSV_NAME_ENGINE && strlen(engine) == name->engine_len &&
	       memcmp(engine, name->engine, name->engine_len) == 0;
}

/* A file of Docker's: the container's, and it has no process. */
static bool is_docker(struct nsv_hints *h, int containers, const char *id,
		      const struct nsv_name *name)
{
	struct nsv_json_member m[] = { { "Name", { 0 } }, { "State", { 0 } } };
	struct nsv_json_member pid = { "Pid", { 0 } };
	nsv_autofd int dir = nsv_hint_step(h, containers, id, true, 0);
	const char *text;

	if (dir < 0)
		return false;
	nsv_hint_members(h, nsv_hint_read_json(h, dir, "config.v2.json", true, 0), m,
			 NSV_ARRAY_SIZE(m));
	nsv_hint_members(h, m[1].value, &pid, 1);
	if (nsv_json_number(pid.value) != 0)
		return false;
	text = nsv_hint_text(h, m[0].value);
	return nsv_stopped_is_id(name, id) ||
	       (text && strcmp(text + (*text == '/'), name->text) == 0);
}

static bool has_docker(struct nsv_hints *h, const struct nsv_name *name)
{
	size_t files = 0;
	bool found = false;

	nsv_hint_docker_search(h);
	for (size_t i = 0; i < h->n_docker && !found; i++) {
		int fd = openat(h->docker[i].fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *dir = fd < 0 ? NULL : fdopendir(fd);
		const struct dirent *d;

		if (!dir) {
			nsv_close(fd);
			continue;
		}
		while (!found && (d = readdir(dir)) && files < NSV_STOPPED_MAX) {
			if (!nsv_hint_is_hex_id(d->d_name))
				continue;
			files++;
			found = is_docker(h, h->docker[i].fd, d->d_name, name);
		}
		(void)closedir(dir);
	}
	return found;
}

int nsv_name_stopped_below(const struct nsv_scan *scan, int files, int procfs, const char *text,
			   struct nsv_error *e)
{
	struct nsv_hints h = {
		.scan = (struct nsv_scan *)scan,
		.files = files,
		.procfs = procfs,
		.cmdlines = NSV_CMDLINES_INIT(scan->procfs),
	};
	const char *engine = NULL;
	struct nsv_name name;

	if (!nsv_name_parse(text, &name) || !*name.text)
		return 0;
	if (is_meant(&name, "docker") && has_docker(&h, &name))
		engine = "docker";
	else if (is_meant(&name, "podman") && nsv_stopped_podman(&h, &name))
		engine = "podman";
	nsv_hint_docker_done(&h);
	nsv_cmdlines_done(&h.cmdlines);
	nsv_hint_lists_done(&h);
	free(h.args);
	free(h.file);
	free(h.mounts);
	if (!engine)
		return 0;
	return nsv_error_set(e, ENOENT, NSV_STAGE_SPEC, "not running: %s has it, without a process",
			     engine);
}

int nsv_name_stopped(const struct nsv_scan *scan, const char *name, struct nsv_error *e)
{
	nsv_autofd int files = NSV_FD_NONE;

	if (scan->recorded)
		return 0;
	files = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return files < 0 ? 0 : nsv_name_stopped_below(scan, files, scan->procfs, name, e);
}
