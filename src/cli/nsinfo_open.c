/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsinfo_open.c - finds the process of a spec and collects what is known of it. The machine is
 * scanned at most once for each spec, and only as far as the sections need.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "nsinfo.h"

const char *nsinfo_role_word(const struct nsv_role *role)
{
	switch (role->kind) {
	case NSV_ROLE_SHIM:
		return "shim";
	case NSV_ROLE_ENGINE:
		return "engine";
	case NSV_ROLE_ANCESTOR:
		return "ancestor";
	default:
		return NULL;
	}
}

/* A namespace file has no process of its own: any of its processes will do. */
static int find_process(struct nsinfo_subject *s, struct nsv_error *e)
{
	struct nsv_scan_options o = NSV_SCAN_OPTIONS_INIT;
	uint64_t mntns = nsv_target_mntns_ino(s->target);
	const struct nsv_container *c;
	struct nsv_scan *scan = NULL;
	int r;

	o.flags = NSV_SCAN_ALL;
	o.mntns = mntns;
	r = nsv_scan_new(&o, &scan, e);
	if (r < 0)
		return r;
	c = nsv_scan_find_mntns(scan, mntns);
	s->target = nsv_target_free(s->target);
	r = c ? nsv_target_open_pid(c->pid, mntns, c->start, &s->target, e)
	      : nsv_error_set(e, ESRCH, NSV_STAGE_TARGET, "no process is in that namespace");
	(void)nsv_scan_free(scan);
	return r;
}

static int open_target(struct nsinfo_subject *s, struct nsv_error *e)
{
	int r = nsv_target_open(s->spec, nsv_resolve_name, NULL, &s->target, e);

	if (r == 0 && nsv_target_pid(s->target) == 0)
		r = find_process(s, e);
	return r;
}

static unsigned inspect_flags(unsigned sections)
{
	return (sections & NSINFO_CONTAINER ? NSV_INSPECT_HOSTNAME : 0U) |
	       (sections & NSINFO_ADDRESSES ? NSV_INSPECT_ADDRESSES : 0U) |
	       (sections & NSINFO_MOUNTS ? NSV_INSPECT_MOUNTS : 0U) |
	       (sections & NSINFO_TREE ? NSV_INSPECT_TREE : 0U) |
	       (sections & NSINFO_PORTS ? NSV_INSPECT_LISTENERS : 0U) |
	       (sections & NSINFO_LIMITS ? NSV_INSPECT_LIMITS : 0U) |
	       (sections & NSINFO_ENVIRONMENT ? NSV_INSPECT_ENVIRONMENT : 0U);
}

/*
 * Its container, by a scan of that alone. What can't be found out about names is no failure: all
 * else is known without.
 */
static void find_container(struct nsinfo_subject *s)
{
	struct nsv_scan_options o = NSV_SCAN_OPTIONS_INIT;
	nsv_autofree pid_t *pids = NULL;

	s->kind = NSV_KIND_HOST;
	if (nsv_target_is_host(s->target))
		return;
	s->kind = NSV_KIND_CONTAINER;
	o.flags = NSV_SCAN_HINTS;
	o.mntns = nsv_target_mntns_ino(s->target);
	if (s->i->n_members) { /* looked for already */
		pids = calloc(s->i->n_members, sizeof(*pids));
		if (!pids)
			cli_no_memory();
		for (size_t n = 0; n < s->i->n_members; n++)
			pids[n] = nsv_inspection_member(s->i, n)->pid;
		o.pids = pids;
		o.n_pids = s->i->n_members;
	}
	if (nsv_scan_new(&o, &s->scan, NULL) < 0)
		return;
	s->container = nsv_scan_find_mntns(s->scan, o.mntns);
	/* Its first process has another hostname than the one that was looked at. */
	if (s->container &&
	    s->container->utsns != nsv_inspection_namespace(s->i, NSV_NS_UTS)->inode) {
		o.flags |= NSV_SCAN_HOSTNAMES;
		s->scan = nsv_scan_free(s->scan);
		s->container = NULL;
		if (nsv_scan_new(&o, &s->scan, NULL) < 0)
			return;
		s->container = nsv_scan_find_mntns(s->scan, o.mntns);
	}
	if (!s->container)
		s->kind = NSV_KIND_SERVICE;
}

/* A process outside of containers: what it is to those below it. The conmon of a rootless Podman
 * has a mount namespace of its own, as services have. */
static void find_role(struct nsinfo_subject *s)
{
	struct nsv_scan_options o = NSV_SCAN_OPTIONS_INIT;
	struct nsv_scan *scan = NULL;
	pid_t pid = nsv_target_pid(s->target);

	o.flags = NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES;
	if (nsv_scan_new(&o, &scan, NULL) < 0)
		return;
	s->role.size = sizeof(s->role);
	if (nsv_role_of(scan, pid, &s->role, NULL) == 0)
		(void)cli_note_role_in(scan, pid, &s->role);
	(void)nsv_scan_free(scan);
}

const char *nsinfo_name(const struct nsinfo_subject *s)
{
	struct nsv_container named = *s->container;

	if (!named.hostname)
		named.hostname = s->i->hostname;
	return nsv_container_name(s->scan, &named);
}

enum cli_exit nsinfo_open(struct nsinfo_subject *s, const char *spec, unsigned sections)
{
	struct nsv_error e = NSV_ERROR_INIT;
	int r;

	*s = (struct nsinfo_subject){ .spec = spec };
	r = open_target(s, &e);
	if (r < 0) {
		cli_error_spec(spec, r, &e);
		return CLI_EXIT_USAGE;
	}
	s->sections = sections;
	/* All processes of the host are nobody's container: only when asked for. */
	if (!sections)
		s->sections = nsv_target_is_host(s->target)
				  ? NSINFO_ALL & ~(NSINFO_TREE | NSINFO_PORTS)
				  : NSINFO_ALL;
	r = nsv_inspect(s->target, inspect_flags(s->sections), &s->i, &e);
	if (r < 0) {
		cli_error_at(spec, NULL, r, &e);
		return CLI_EXIT_FAILED;
	}
	if (s->sections & NSINFO_CONTAINER) {
		find_container(s);
		if (s->kind != NSV_KIND_CONTAINER)
			find_role(s);
	}
	return CLI_EXIT_OK;
}

void nsinfo_done(struct nsinfo_subject *s)
{
	nsv_role_done(&s->role);
	nsinfo_names_done(&s->users);
	nsinfo_names_done(&s->groups);
	s->container = NULL;
	s->scan = nsv_scan_free(s->scan);
	s->i = nsv_inspection_free(s->i);
	s->target = nsv_target_free(s->target);
}
