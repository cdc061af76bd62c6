/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup.c - matches cgroup paths against a table with one row for each way in which an engine
 * names its groups. The deepest component that fits a row wins: a nested container is the inner
 * one. A user with a delegated cgroup can create any such path, so the result is a claim, not a
 * proof. No state, no locks.
 */
#include "discover/scan/cgroup.h"

#include <string.h>

#include <nsview/discover.h>

#include "reach/util.h"

enum id_kind {
	ID_HEX,	 /* 64 hex digits */
	ID_NAME, /* any text */
	ID_NONE, /* the component is @prefix and nothing else */
};

enum row_flag {
	ROW_MONITOR = 1 << 0,
	ROW_ESCAPED = 1 << 1, /* the name is escaped by systemd */
	ROW_TOP = 1 << 2,     /* @parent must be the first component */
	ROW_POD = 1 << 3,     /* only below a pod */
};

/* Fits a component PREFIX ID SUFFIX. PARENT, where given, must equal the component before, or its
 * beginning where PARENT ends in '*'. */
struct row {
	const char *parent, *prefix, *suffix;
	enum id_kind kind;
	unsigned flags;
	const char *engine;
};

static const struct row rows[] = {
	/* Docker: systemd's driver, cgroupfs's, its builder. */
	{ NULL, "docker-", ".scope", ID_HEX, 0, "docker" },
	{ "docker", "", "", ID_HEX, 0, "docker" },
	{ "buildkit", "", "", ID_NAME, 0, "buildkit" },
	/* Podman: quadlet, systemd's driver, cgroupfs's, and before 2.0 without privileges. */
	{ NULL, "libpod-payload-", "", ID_HEX, 0, "podman" },
	{ NULL, "libpod-conmon-", ".scope", ID_NAME, ROW_MONITOR, "podman" },
	{ NULL, "libpod-conmon-", "", ID_NAME, ROW_MONITOR, "podman" },
	{ NULL, "libpod-", ".scope", ID_HEX, 0, "podman" },
	{ NULL, "libpod-", "", ID_HEX, 0, "podman" },
	{ "podman-*", "", "", ID_HEX, 0, "podman" },
	{ "libpod_parent", "conmon", "", ID_NONE, ROW_MONITOR, "podman" },
	/* containerd: Kubernetes, nerdctl, ctr. */
	{ NULL, "cri-containerd-", ".scope", ID_HEX, 0, "containerd" },
	{ NULL, "nerdctl-", ".scope", ID_HEX, 0, "containerd" },
	{ "default", "", "", ID_NAME, ROW_TOP, "containerd" },
	{ "k8s.io", "", "", ID_NAME, ROW_TOP, "containerd" },
	{ "moby", "", "", ID_NAME, ROW_TOP, "containerd" },
	/* CRI-O. */
	{ NULL, "crio-conmon-", ".scope", ID_NAME, ROW_MONITOR, "cri-o" },
	{ NULL, "crio-conmon-", "", ID_NAME, ROW_MONITOR, "cri-o" },
	{ NULL, "crio-", ".scope", ID_HEX, 0, "cri-o" },
	{ NULL, "crio-", "", ID_HEX, 0, "cri-o" },
	/* Kubernetes with the cgroupfs driver: the path does not name the runtime. */
	{ NULL, "", "", ID_HEX, ROW_POD, "kubernetes" },
	/* Runtimes alone. */
	{ NULL, "crun-", ".scope", ID_NAME, 0, "crun" },
	{ NULL, "runc-", ".scope", ID_NAME, 0, "runc" },
	/* LXC, LXD, Incus. */
	{ NULL, "lxc.payload.", "", ID_NAME, 0, "lxc" },
	{ NULL, "lxc.monitor.", "", ID_NAME, ROW_MONITOR, "lxc" },
	{ "lxc.payload", "", "", ID_NAME, 0, "lxc" },
	{ "lxc.monitor", "", "", ID_NAME, ROW_MONITOR, "lxc" },
	{ "lxc", "", "", ID_NAME, ROW_TOP, "lxc" },
	/* systemd-nspawn, as a service and registered as a machine. */
	{ "systemd-nspawn@*", "supervisor", "", ID_NONE, ROW_MONITOR, "systemd-nspawn" },
	{ "machine-*", "supervisor", "", ID_NONE, ROW_MONITOR, "systemd-nspawn" },
	{ NULL, "systemd-nspawn@", ".service", ID_NAME, ROW_ESCAPED, "systemd-nspawn" },
	{ "machine.slice", "machine-", ".scope", ID_NAME, ROW_ESCAPED, "systemd-nspawn" },
	/* 64 hex digits by themselves (runc, docker --cgroup-parent): the ID of an unknown engine.
	 */
	{ NULL, "", "", ID_HEX, 0, NULL },
};

/* Where the cgroup drivers of kubelet and runtime differ, SLICE:PREFIX:ID is one component. */
static const struct {
	const char *prefix, *engine;
} colons[] = {
	{ "cri-containerd", "containerd" },
	{ "crio", "cri-o" },
	{ "docker", "docker" },
	{ "libpod", "podman" },
};

static bool is_hex_id(struct nsv_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.text[i] >= '0' && s.text[i] <= '9') ||
		      (s.text[i] >= 'a' && s.text[i] <= 'f')))
			return false;
	return s.len == 64;
}

static bool starts(struct nsv_span s, const char *with)
{
	size_t len = strlen(with);

	return s.len >= len && memcmp(s.text, with, len) == 0;
}

static bool ends(struct nsv_span s, const char *with)
{
	size_t len = strlen(with);

	return s.len >= len && memcmp(s.text + s.len - len, with, len) == 0;
}

static bool equals(struct nsv_span s, const char *other)
{
	return s.len == strlen(other) && starts(s, other);
}

bool nsv_engine_is_known(const char *name, size_t len)
{
	const struct nsv_span s = { name, len };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(rows); i++)
		if (rows[i].engine && equals(s, rows[i].engine))
			return true;
	return false;
}

static bool parent_fits(struct nsv_span parent, const char *pattern)
{
	size_t len = strlen(pattern);

	if (pattern[len - 1] != '*')
		return equals(parent, pattern);
	return parent.len >= len - 1 && memcmp(parent.text, pattern, len - 1) == 0;
}

/* Cuts @prefix and @suffix off; false where one is missing. */
static bool cut(struct nsv_span s, const char *prefix, const char *suffix, struct nsv_span *ret)
{
	size_t head = strlen(prefix), tail = strlen(suffix);

	if (s.len < head + tail || !starts(s, prefix) || !ends(s, suffix))
		return false;
	*ret = (struct nsv_span){ s.text + head, s.len - head - tail };
	return true;
}

static bool row_fits(const struct row *row, struct nsv_span parent, size_t depth,
		     struct nsv_span component, bool pod, struct nsv_span *ret_id)
{
	if (row->parent && !parent_fits(parent, row->parent))
		return false;
	if ((row->flags & ROW_TOP && depth != 1) || (row->flags & ROW_POD && !pod) ||
	    !cut(component, row->prefix, row->suffix, ret_id))
		return false;
	switch (row->kind) {
	case ID_HEX:
		return is_hex_id(*ret_id);
	case ID_NAME:
		return ret_id->len > 0;
	case ID_NONE:
		break;
	}
	return ret_id->len == 0;
}

/* SLICE:PREFIX:ID */
static bool match_colons(struct nsv_span component, struct nsv_cgroup *ret)
{
	const char *first = memchr(component.text, ':', component.len), *second;
	struct nsv_span prefix, id;

	if (!first)
		return false;
	prefix.text = first + 1;
	second = memchr(prefix.text, ':', component.len - (size_t)(prefix.text - component.text));
	if (!second)
		return false;
	prefix.len = (size_t)(second - prefix.text);
	id.text = second + 1;
	id.len = component.len - (size_t)(id.text - component.text);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(colons); i++) {
		if (equals(prefix, colons[i].prefix) && is_hex_id(id)) {
			ret->engine = colons[i].engine;
			ret->id = id;
			ret->monitor = ret->escaped = false;
			return true;
		}
	}
	return false;
}

static void match_component(struct nsv_span parent, size_t depth, struct nsv_span component,
			    struct nsv_cgroup *ret)
{
	struct nsv_span id;

	if (match_colons(component, ret))
		return;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];

		if (!row_fits(row, parent, depth, component, ret->pod, &id))
			continue;
		ret->engine = row->engine;
		ret->monitor = row->flags & ROW_MONITOR;
		ret->escaped = row->flags & ROW_ESCAPED;
		ret->id = ret->monitor ? (struct nsv_span){ 0 } : id;
		return;
	}
}

static bool is_pod_uid(struct nsv_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!strchr("0123456789abcdefABCDEF-_", s.text[i]) || !s.text[i])
			return false;
	return s.len >= 8 && s.len <= 64;
}

/* "pod<uid>" below "kubepods", or a slice whose name has both. */
static void match_pod(struct nsv_span component, bool below_kubepods, struct nsv_cgroup *ret)
{
	struct nsv_span uid, slice = component;
	const char *colon = memchr(component.text, ':', component.len);
	const char *pod;

	if (colon)
		slice.len = (size_t)(colon - slice.text);
	if (below_kubepods && cut(component, "pod", "", &uid) && is_pod_uid(uid)) {
		ret->pod = true;
		ret->pod_uid = uid;
		return;
	}
	if (!ends(slice, ".slice") || !memmem(slice.text, slice.len, "kubepods-", 9))
		return;
	pod = memmem(slice.text, slice.len, "-pod", 4);
	if (!pod)
		return;
	uid.text = pod + 4;
	uid.len = slice.len - (size_t)(uid.text - slice.text) - strlen(".slice");
	if (is_pod_uid(uid)) {
		ret->pod = true;
		ret->pod_uid = uid;
	}
}

void nsv_cgroup_match(struct nsv_span path, struct nsv_cgroup *ret)
{
	struct nsv_span parent = { 0 };
	bool kubepods = false;
	size_t depth = 0;

	*ret = (struct nsv_cgroup){ 0 };
	for (size_t at = 0; at < path.len;) {
		struct nsv_span component = { path.text + at, path.len - at };
		const char *slash = memchr(component.text, '/', component.len);

		if (slash)
			component.len = (size_t)(slash - component.text);
		at += component.len + 1;
		if (component.len == 0)
			continue;
		match_pod(component, kubepods, ret);
		match_component(parent, depth, component, ret);
		kubepods = kubepods || starts(component, "kubepods");
		parent = component;
		depth++;
	}
}

/* The highest rank wins. */
static int line_rank(struct nsv_span hierarchy, struct nsv_span controllers, struct nsv_span path)
{
	bool v2 = equals(hierarchy, "0") && controllers.len == 0;
	bool systemd = equals(controllers, "name=systemd");
	struct nsv_cgroup m;
	int rank = v2 ? 3 : systemd ? 2 : 1;

	nsv_cgroup_match(path, &m);
	if (m.engine)
		rank += 40;
	else if (m.id.len)
		rank += 20;
	else if (rank > 1 && path.len > 1)
		rank += 10;
	return rank;
}

struct nsv_span nsv_cgroup_path(const char *text)
{
	struct nsv_span best = { text, 0 };
	int best_rank = 0;

	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n');
		struct nsv_span rest = { line, (size_t)(end - line) }, field[2];
		bool whole = true;
		int rank;

		line = *end ? end + 1 : end;
		for (int i = 0; i < 2 && whole; i++) {
			const char *colon = memchr(rest.text, ':', rest.len);

			whole = colon != NULL;
			if (!whole)
				break;
			field[i] = (struct nsv_span){ rest.text, (size_t)(colon - rest.text) };
			rest.len -= field[i].len + 1;
			rest.text = colon + 1;
		}
		if (!whole || rest.len == 0 || rest.text[0] != '/')
			continue;
		if (ends(rest, " (deleted)"))
			rest.len -= strlen(" (deleted)");
		rank = line_rank(field[0], field[1], rest);
		if (rank > best_rank) {
			best_rank = rank;
			best = rest;
		}
	}
	return best;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

size_t nsv_cgroup_unescape(struct nsv_span in, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		const char *s = in.text + i;

		if (in.len - i >= 4 && s[0] == '\\' && s[1] == 'x' && hex_digit(s[2]) >= 0 &&
		    hex_digit(s[3]) >= 0) {
			out[n++] = (char)(hex_digit(s[2]) * 16 + hex_digit(s[3]));
			i += 3;
		} else {
			out[n++] = *s;
		}
	}
	out[n] = '\0';
	return n;
}
