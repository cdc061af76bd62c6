/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * names.c - names containers, and finds the container that a name means. A name that several
 * containers claim is an error with a list of them; this code never guesses. No state, no locks.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "discover/hints/stopped.h"
#include "discover/names/name_match.h"
#include "reach/proc.h"
#include "reach/util.h"

const char *nsv_container_name(const struct nsv_scan *scan, const struct nsv_container *c)
{
	if (c->engine_name && *c->engine_name)
		return c->engine_name;
	if (c->hostname && *c->hostname && !nsv_hostname_is_hosts(scan, c))
		return c->hostname;
	return c->short_id;
}

int nsv_scan_spec(const struct nsv_scan *scan, const struct nsv_container *c, char **ret_spec)
{
	return nsv_name_spec(scan, c, false, ret_spec) ? 0 : -ENOMEM;
}

/* Lists the matches: "docker:web1 (PID 1010), 2020 and 3 more", as many as fit. */
static int list_matches(const struct nsv_scan *scan, const struct nsv_name *name,
			const struct nsv_found *f, struct nsv_error *e)
{
	char list[200] = "";
	size_t len = 0, said = 0;

	for (size_t i = 0; i < scan->n; i++) {
		const struct nsv_container *c = &scan->containers[i];
		enum nsv_match is = nsv_name_match(scan, c, name);
		nsv_autofree char *spec = NULL;
		nsv_autofree char *item = NULL;
		const char *comma = said ? ", " : "";
		int n;

		if (!f->kinds[is] || !nsv_name_spec(scan, c, true, &spec))
			continue;
		if (isdigit((unsigned char)*spec) && !spec[strspn(spec, "0123456789")])
			n = asprintf(&item, "%s%s", comma, spec);
		else
			n = asprintf(&item, "%s%s (PID %d)", comma, spec, (int)c->pid);
		if (n < 0)
			item = NULL;
		/* Leaves room for " and 4294967295 more". */
		if (!item || len + (size_t)n + 20 > sizeof(list))
			break;
		memcpy(list + len, item, (size_t)n + 1);
		len += (size_t)n;
		said++;
	}
	if (said < f->total)
		(void)snprintf(list + len, sizeof(list) - len, " and %zu more", f->total - said);
	return nsv_error_set(e, ENOTUNIQ, NSV_STAGE_SPEC, "means several containers: %s", list);
}

static int not_found(const struct nsv_scan *scan, struct nsv_error *e)
{
	return nsv_error_set(e, ENOENT, NSV_STAGE_SPEC, "no such container (nsps lists %s)",
			     scan->n_unseen && geteuid() != 0 ? "yours; root sees all of them"
							      : "them");
}

int nsv_scan_find_name(const struct nsv_scan *scan, const char *name,
		       const struct nsv_container **ret_container, struct nsv_error *e)
{
	struct nsv_name parsed;
	struct nsv_found f;
	const char *colon = strchr(name, ':');

	if (colon && colon != name && !colon[1])
		return nsv_error_set(e, ENOENT, NSV_STAGE_SPEC, "the container's name is empty");
	if (!nsv_name_parse(name, &parsed))
		return not_found(scan, e);
	nsv_name_find(scan, &parsed, &f);
	if (f.total == 0)
		return not_found(scan, e);
	if (f.total > 1)
		return list_matches(scan, &parsed, &f, e);
	*ret_container = f.one;
	return 0;
}

/* The flags of a scan that can tell what a name means: "host:" needs hostnames only. */
static unsigned flags_needed(const char *text)
{
	struct nsv_name name;

	if (nsv_name_parse(text, &name) && name.kind == NSV_NAME_HOST)
		return NSV_SCAN_HOSTNAMES;
	return NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES;
}

/*
 * The start of the one container that was found. Read this late, it may be that of a later process
 * with the PID: the target compares its mount namespace, so that is a process of the container.
 */
static int start_of(const struct nsv_scan *scan, const struct nsv_container *c, uint64_t *ret,
		    struct nsv_error *e)
{
	struct nsv_process_stat stat;
	char dir[NSV_PROCESS_DIR];

	*ret = c->start;
	if (c->start)
		return 0;
	(void)snprintf(dir, sizeof(dir), "%d", (int)c->pid);
	if (nsv_process_stat(scan->procfs, dir, &stat) < 0)
		return nsv_error_set(e, ESRCH, NSV_STAGE_TARGET, "PID %d has ended", (int)c->pid);
	*ret = stat.start;
	return 0;
}

int nsv_resolve_name(const char *name, void *data, pid_t *ret_pid, uint64_t *ret_mntns,
		     uint64_t *ret_start, struct nsv_error *e)
{
	const struct nsv_container *c = NULL;
	struct nsv_scan *scan = NULL;
	uint64_t start = 0;
	int r;

	(void)data;
	r = nsv_scan_for_name(flags_needed(name), &scan, e);
	if (r < 0)
		return r;
	r = nsv_scan_find_name(scan, name, &c, e);
	if (r == -ENOENT)
		(void)nsv_name_stopped(scan, name, e);
	if (r == 0)
		r = c ? start_of(scan, c, &start, e) : -ENOENT;
	if (r == 0) {
		*ret_pid = c->pid;
		*ret_mntns = c->mntns;
		*ret_start = start;
	}
	(void)nsv_scan_free(scan);
	return r;
}
