/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scan.c - makes a scan: turns groups of processes into containers and runs the steps that name
 * them. Reading /proc is the job of group.c, lead.c, rootfs.c and reach/proc.c. No locks: one
 * thread makes a scan; a finished scan is only read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <nsview/discover.h>

#include "discover/internal.h"
#include "discover/scan/cgroup.h"
#include "discover/scan/lead.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/sized.h"
#include "reach/util.h"

#define KNOWN_FLAGS                                                                         \
	((unsigned)(NSV_SCAN_ALL | NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES | NSV_SCAN_PARENTS | \
		    NSV_SCAN_PROCS | NSV_SCAN_NAMESPACES | NSV_SCAN_NO_ROOTFS))

/* Bounds the walk: a re-used PID can make a chain of parents circular. */
#define ANCESTORS_MAX 1024

static int open_procfs(struct nsv_scan *scan, int borrowed, struct nsv_error *e)
{
	if (borrowed < 0) {
		scan->procfs = nsv_procfs_open(e);
		return scan->procfs < 0 ? scan->procfs : 0;
	}
	scan->recorded = !nsv_is_procfs(borrowed);
	if (!scan->recorded && !nsv_is_procfs_root(borrowed))
		return nsv_error_set(e, ENOTDIR, NSV_STAGE_TARGET, "not the top of a procfs");
	scan->procfs = fcntl(borrowed, F_DUPFD_CLOEXEC, 0);
	if (scan->procfs < 0)
		return nsv_error_set(e, errno, NSV_STAGE_TARGET, "procfs");
	return 0;
}

static int read_host(struct nsv_scan *scan, struct nsv_host *ret, struct nsv_error *e)
{
	struct nsv_process_ids ids = { .levels = 1 };
	int r = nsv_process_ns(scan->procfs, "self", "mnt", &scan->mntns);

	if (r == 0)
		r = nsv_rootfs_read(scan->procfs, "self", &ret->root);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_TARGET, "/proc/self can't be read");
	(void)nsv_process_ns(scan->procfs, "self", "uts", &scan->utsns);
	(void)nsv_process_ns(scan->procfs, "self", "pid", &scan->pidns);
	(void)nsv_process_ns(scan->procfs, "self", "user", &scan->userns);
	(void)nsv_process_ns(scan->procfs, "self", "net", &scan->netns);
	(void)nsv_process_ids(scan->procfs, "self", NULL, &ids);
	ret->levels = ids.levels;
	ret->mntns = scan->mntns;
	ret->pidns = scan->pidns;
	ret->no_start = scan->for_name;
	ret->slow = &scan->slow;
	return 0;
}

static int set_id(struct nsv_scan *scan, const struct nsv_cgroup *m, struct nsv_container *c)
{
	c->engine = m->engine;
	if (m->id.len) {
		char *id = nsv_arena_strn(&scan->arena, m->id.text, m->id.len);

		if (!id)
			return -ENOMEM;
		if (m->escaped)
			(void)nsv_cgroup_unescape(m->id, id);
		c->id = id;
	}
	if (m->pod) {
		char *uid = nsv_arena_strn(&scan->arena, m->pod_uid.text, m->pod_uid.len);

		if (!uid)
			return -ENOMEM;
		for (char *p = uid; *p; p++)
			if (*p == '_')
				*p = '-';
		c->pod_uid = uid;
	}
	return 0;
}

static int fill_cgroup(struct nsv_scan *scan, const char *dir, struct nsv_container *c)
{
	nsv_autofree char *heap = NULL;
	char small[4096], *path;
	struct nsv_cgroup m;
	struct nsv_span s;
	const char *text;

	if (nsv_process_text(scan->procfs, dir, "cgroup", small, sizeof(small), &text, &heap) < 0)
		return 0;
	s = nsv_cgroup_path(text);
	if (s.len == 0)
		return 0;
	path = nsv_arena_strn(&scan->arena, s.text, s.len);
	if (!path)
		return -ENOMEM;
	c->cgroup = path;
	if (c->kind != NSV_KIND_CONTAINER)
		return 0;
	nsv_cgroup_match(s, &m);
	return m.monitor ? 0 : set_id(scan, &m, c);
}

static void fill_processes(const struct nsv_group *g, struct nsv_container *c)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->pids[i])
			g->pids[c->n_pids++] = g->pids[i];
	c->pids =
	    g->pids; /* the hints need them; without NSV_SCAN_PROCS the scan drops them last */
}

/* Caches types by device: many roots may be folders of one file system, and mountinfo is long. */
struct types {
	struct {
		uint64_t dev;
		const char *type;
	} slots[64]; /* by a hash; a later device replaces another in its slot */
};

/* A container whose lead is known; the rest of it is read later. */
struct found {
	struct nsv_group *group;
	struct nsv_rootfs root;
	char dir[NSV_PROCESS_DIR]; /* of the lead */
};

static int fill_rootfs(struct nsv_scan *scan, const struct found *found, struct types *types,
		       struct nsv_container *c)
{
	const struct nsv_rootfs *root = &found->root;
	size_t slot = (root->dev ^ root->dev >> 8) % NSV_ARRAY_SIZE(types->slots);
	char type[64];

	if (root->known && types->slots[slot].dev == root->dev) {
		c->rootfs = types->slots[slot].type;
		return 0;
	}
	nsv_rootfs_type(scan->procfs, found->dir, root, !scan->recorded, type, sizeof(type));
	if (!type[0])
		return 0;
	c->rootfs = nsv_arena_str(&scan->arena, type);
	if (!c->rootfs)
		return -ENOMEM;
	if (root->known && !scan->recorded) {
		types->slots[slot].dev = root->dev;
		types->slots[slot].type = c->rootfs;
	}
	return 0;
}

/* What the helper for hostnames needs, and what sorts the containers. */
static void fill_first(struct nsv_scan *scan, const struct nsv_lead *lead,
		       const struct nsv_group *g, struct nsv_container *c)
{
	*c = (struct nsv_container){
		.kind = lead->kind,
		.pid = lead->pid,
		.ppid = lead->stat.start ? lead->stat.ppid : lead->ids.ppid,
		.start = lead->stat.start,
		.uid = lead->ids.uid,
		.mntns = g->mntns,
		.parent = -1,
	};
	(void)nsv_process_ns(scan->procfs, lead->dir, "uts", &c->utsns);
}

static int fill_rest(struct nsv_scan *scan, const struct found *found, struct types *types,
		     struct nsv_container *c)
{
	int r = 0;

	if (scan->flags & (NSV_SCAN_NAMESPACES | NSV_SCAN_PARENTS))
		(void)nsv_process_ns(scan->procfs, found->dir, "pid", &c->pidns);
	if (scan->flags & NSV_SCAN_NAMESPACES)
		(void)nsv_process_ns(scan->procfs, found->dir, "user", &c->userns);
	if (!(scan->flags & NSV_SCAN_NO_ROOTFS))
		r = fill_rootfs(scan, found, types, c);
	if (r < 0)
		return r;
	fill_processes(found->group, c);
	return fill_cgroup(scan, found->dir, c);
}

static size_t find_leads(struct nsv_scan *scan, const struct nsv_host *host, uint64_t mntns,
			 const struct nsv_groups *groups, struct nsv_hostnames *hostnames,
			 struct found *list)
{
	size_t n = 0;

	for (size_t i = 0; i < groups->n; i++) {
		struct nsv_group *g = &groups->groups[i];
		struct nsv_lead lead = { 0 };

		if (mntns && g->mntns != mntns)
			continue;
		if (!nsv_lead_find(scan->procfs, host, scan->flags & NSV_SCAN_ALL, g, &lead))
			continue;
		fill_first(scan, &lead, g, &scan->containers[n]);
		nsv_hostnames_add(scan, hostnames, &scan->containers[n]);
		scan->by_mntns[n] = (struct nsv_scan_mntns){ .mntns = g->mntns, .root = lead.root };
		list[n] = (struct found){ .group = g, .root = lead.root };
		memcpy(list[n++].dir, lead.dir, sizeof(lead.dir));
	}
	return n;
}

/* With @ret_hostnames their helper works meanwhile; on failure too it is to be finished. */
static int find_groups(struct nsv_scan *scan, const struct nsv_host *host,
		       const struct nsv_scan_options *o, struct nsv_hostnames **ret_hostnames)
{
	struct nsv_groups groups = { 0 };
	struct types types = { 0 };
	nsv_autofree struct found *list = NULL;
	int r = o->pids ? nsv_groups_of(scan->procfs, o->pids, o->n_pids, &scan->arena, &groups)
			: nsv_groups_read(scan->procfs, &scan->arena, &groups);

	if (r < 0)
		return r;
	scan->unseen = groups.unseen;
	scan->n_unseen = groups.n_unseen;
	scan->n = scan->n_mntns = 0;
	list = calloc(groups.n + 1, sizeof(*list));
	scan->containers = nsv_arena_alloc(&scan->arena, groups.n * sizeof(*scan->containers));
	scan->by_mntns = nsv_arena_alloc(&scan->arena, groups.n * sizeof(*scan->by_mntns));
	if (!list || !scan->containers || !scan->by_mntns)
		return -ENOMEM;
	if (ret_hostnames)
		*ret_hostnames = nsv_hostnames_start(scan, groups.n);
	scan->n = scan->n_mntns =
	    find_leads(scan, host, o->mntns, &groups, ret_hostnames ? *ret_hostnames : NULL, list);
	for (size_t i = 0; r == 0 && i < scan->n; i++)
		r = fill_rest(scan, &list[i], &types, &scan->containers[i]);
	if (r == 0)
		nsv_scan_index(scan);
	return r;
}

/*
 * Whether every ancestor of the one wanted container is in the host's mount namespace. Then no
 * other group can change what it is (inherited.c), and the rest of /proc need not be read.
 */
static bool ancestors_are_hosts(const struct nsv_scan *scan)
{
	const struct nsv_container *c = nsv_scan_get(scan, 0);
	struct nsv_process_stat stat = { .ppid = c ? c->pid : 0 };

	for (int i = 0; i < ANCESTORS_MAX && stat.ppid > 0; i++) {
		char dir[NSV_PROCESS_DIR];
		uint64_t mntns;

		if (nsv_process_mntns(scan->procfs, stat.ppid, dir, &mntns) == 0 &&
		    mntns != scan->mntns && mntns != c->mntns)
			return false;
		(void)snprintf(dir, sizeof(dir), "%d", (int)stat.ppid);
		if (nsv_process_stat(scan->procfs, dir, &stat) < 0)
			break;
	}
	return true;
}

static int find_containers(struct nsv_scan *scan, const struct nsv_host *host,
			   const struct nsv_scan_options *o, struct nsv_hostnames **ret_hostnames)
{
	const struct nsv_scan_options all = NSV_SCAN_OPTIONS_INIT;
	bool names = scan->flags & NSV_SCAN_HOSTNAMES;
	int r = find_groups(scan, host, o, names && !o->mntns ? ret_hostnames : NULL);

	if (r == 0 && o->mntns && !ancestors_are_hosts(scan))
		r = find_groups(scan, host, &all, NULL);
	if (r == 0)
		r = nsv_scan_fix_inherited(scan);
	if (r == 0 && names && o->mntns)
		*ret_hostnames = nsv_hostnames_of_all(scan);
	return r;
}

static int make(struct nsv_scan *scan, int procfs, const struct nsv_scan_options *options,
		struct nsv_error *e)
{
	struct nsv_hostnames *hostnames = NULL;
	struct nsv_host host = { 0 };
	struct utsname own;
	int r = open_procfs(scan, procfs, e);

	if (r == 0)
		r = read_host(scan, &host, e);
	if (r < 0)
		return r;
	r = find_containers(scan, &host, options, &hostnames);
	if (r < 0)
		(void)nsv_error_set(e, -r, NSV_STAGE_TARGET, "/proc can't be read");
	if (uname(&own) == 0)
		scan->own_name = nsv_arena_str(&scan->arena, own.nodename);
	if (r == 0 && (scan->flags & NSV_SCAN_HINTS))
		nsv_hints_fill(scan);
	if (r == 0)
		nsv_short_ids_fill(scan); /* after the hints: some IDs come from a monitor only */
	nsv_hostnames_finish(scan, hostnames);
	for (size_t i = 0; !(scan->flags & NSV_SCAN_PROCS) && i < scan->n; i++)
		scan->containers[i].pids = NULL;
	if (r == 0 && (scan->flags & NSV_SCAN_PARENTS))
		nsv_parents_fill(scan);
	return r;
}

static int new_scan(int procfs, const struct nsv_scan_options *options, bool for_name,
		    struct nsv_scan **ret_scan, struct nsv_error *e)
{
	struct nsv_scan *scan = calloc(1, sizeof(*scan));
	int r;

	if (!scan)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_TARGET, "no memory");
	scan->procfs = NSV_FD_NONE;
	scan->flags = options->flags;
	scan->for_name = for_name;
	r = make(scan, procfs, options, e);
	if (r < 0)
		(void)nsv_scan_free(scan);
	else
		*ret_scan = scan;
	return r;
}

int nsv_scan_new_of(int procfs, const struct nsv_scan_options *options, struct nsv_scan **ret_scan,
		    struct nsv_error *e)
{
	const struct nsv_scan_options defaults = NSV_SCAN_OPTIONS_INIT;
	struct nsv_scan_options given;

	if (nsv_sized_take(&given, sizeof(given), options ? options : &defaults) < 0 ||
	    given.flags & ~KNOWN_FLAGS)
		return nsv_error_set(e, EINVAL, NSV_STAGE_TARGET,
				     "scan options that this version does not know");
	return new_scan(procfs, &given, false, ret_scan, e);
}

int nsv_scan_for_name(unsigned flags, struct nsv_scan **ret_scan, struct nsv_error *e)
{
	struct nsv_scan_options options = NSV_SCAN_OPTIONS_INIT;

	options.flags = flags | NSV_SCAN_NO_ROOTFS;
	return new_scan(NSV_FD_NONE, &options, true, ret_scan, e);
}

int nsv_scan_new(const struct nsv_scan_options *options, struct nsv_scan **ret_scan,
		 struct nsv_error *e)
{
	return nsv_scan_new_of(NSV_FD_NONE, options, ret_scan, e);
}

struct nsv_scan *nsv_scan_free(struct nsv_scan *scan)
{
	if (scan) {
		nsv_close(scan->procfs);
		nsv_arena_done(&scan->arena);
		free(scan);
	}
	return NULL;
}
