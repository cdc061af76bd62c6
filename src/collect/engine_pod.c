/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine_pod.c - Kubernetes: the container's logs below /var/log/pods, and the configuration of its
 * pod's sandbox, which has the pod's own annotations.
 *
 * Names come from annotations in the container's folder. That folder has to be root's: a user could
 * name another's pod in one of his own. Names are single components.
 */
#include "collect/engine_pod.h"

#include <stdio.h>
#include <string.h>

#define LOGS "/var/log/pods"

static bool is_component(const char *s)
{
	return s && *s && !strchr(s, '/') && strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}

/* The kubelet's name for it: /var/log/pods/NAMESPACE_NAME_UID/CONTAINER. */
static int take_logs(struct nsv_engine *e)
{
	const struct nsv_collect_options *o = e->c->o;
	nsv_autofree char *path = NULL;
	nsv_autofd int dir = NSV_FD_NONE;
	struct stat st;

	if (!is_component(o->pod_namespace) || !is_component(o->pod_name) ||
	    !is_component(o->pod_uid) || !is_component(o->pod_container))
		return 0;
	if (asprintf(&path, LOGS "/%s_%s_%s/%s", o->pod_namespace, o->pod_name, o->pod_uid,
		     o->pod_container) < 0)
		return 0;
	dir = nsv_engine_open(path);
	if (dir < 0 || fstat(dir, &st) < 0 || st.st_uid != 0) {
		nsv_outcome_quiet(e->c, "engine", path, NSV_MISSING,
				  dir < 0 ? strerror(-dir) : "it is not root's");
		return 0;
	}
	return nsv_engine_take_all(e, dir, path, "engine/log/");
}

/* The folder of another container of this engine, which differs in the ID; malloc'd. */
static char *sibling(const char *dir, const char *id)
{
	nsv_autofree char *copy = strdup(dir);
	const char *end = "";
	char *slash, *path;
	size_t len;

	if (!copy)
		return NULL;
	len = strlen(copy);
	if (len > 9 && strcmp(copy + len - 9, "/userdata") == 0) {
		copy[len - 9] = '\0';
		end = "/userdata";
	}
	slash = strrchr(copy, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	return asprintf(&path, "%s/%s%s", copy, id, end) < 0 ? NULL : path;
}

static int take_sandbox(struct nsv_engine *e, int dir)
{
	struct nsv_json_member annotations = { "annotations", { 0 } };
	nsv_autofree char *id = NULL, *path = NULL;
	nsv_autofd int sandbox = NSV_FD_NONE;
	struct nsv_engine_json config;
	int r = 0;

	nsv_engine_read(e, dir, "config.json", NSV_ENGINE_JSON, &config);
	nsv_json_members(config.value, &annotations, 1);
	id = nsv_engine_text(annotations.value, "io.kubernetes.cri.sandbox-id");
	if (!id)
		id = nsv_engine_text(annotations.value, "io.kubernetes.cri-o.SandboxID");
	free(config.text);
	if (!is_component(id))
		return 0;
	path = sibling(e->dir, id);
	if (!path || strcmp(path, e->dir) == 0)
		return 0;
	sandbox = nsv_engine_open(path);
	if (sandbox >= 0)
		r = nsv_engine_take(e, sandbox, path, "config.json", "engine/pod/config.json");
	return r;
}

int nsv_engine_pod(struct nsv_engine *e, int dir)
{
	int r;

	if (e->owner.st_uid != 0 || !e->c->o->pod_name)
		return 0;
	r = take_logs(e);
	return r < 0 ? r : take_sandbox(e, dir);
}
