/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* namespaces.c - reads a process's namespaces and the ID maps of its user namespace. No locks. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "discover/inspect/inspector.h"
#include "reach/util.h"

static const char *const names[NSV_NS_KINDS] = {
	"mnt", "uts", "ipc", "net", "pid", "user", "cgroup", "time",
};

const char *nsv_ns_name(enum nsv_ns_kind kind)
{
	return (unsigned)kind < NSV_NS_KINDS ? names[kind] : "?";
}

int nsv_inspect_namespaces(struct nsv_inspector *in)
{
	for (unsigned kind = 0; kind < NSV_NS_KINDS; kind++) {
		struct nsv_namespace *ns = &in->lists.ns[kind];
		uint64_t host;
		char own[32];

		(void)snprintf(own, sizeof(own), "self/ns/%s", names[kind]);
		/* A kind that this kernel lacks is not a missing part. */
		host = nsv_ns_inode(in->target->procfs, own);
		if (host == 0)
			continue;
		ns->inode = nsv_ns_inode(in->target->procdir, own + 5);
		ns->host = ns->inode == host;
		if (ns->inode == 0 && nsv_inspect_missing(in, own + 5, errno, NULL) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_map(struct nsv_inspector *in, const char *name, const struct nsv_id_range **ret,
		    size_t *ret_n)
{
	struct nsv_idmap map = { 0 };
	struct nsv_id_range *ranges;
	int r = nsv_idmap_read(in->target->procdir, name, &map);

	if (r < 0)
		return nsv_inspect_missing(in, name, r, NULL);
	ranges = nsv_arena_alloc(&in->arena, (map.n ? map.n : 1) * sizeof(*ranges));
	for (unsigned n = 0; ranges && n < map.n; n++)
		ranges[n] = (struct nsv_id_range){ map.extents[n].inside, map.extents[n].host,
						   map.extents[n].count };
	*ret = ranges;
	*ret_n = ranges ? map.n : 0;
	nsv_idmap_clear(&map);
	return ranges ? 0 : -ENOMEM;
}

int nsv_inspect_id_maps(struct nsv_inspector *in)
{
	int r = read_map(in, "uid_map", &in->lists.uid_map, &in->i.n_uid_map);

	return r < 0 ? r : read_map(in, "gid_map", &in->lists.gid_map, &in->i.n_gid_map);
}
