/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * network.c - each network namespace that a process of the container is in. Of the host's own,
 * where the container shares it, only the sockets that the container's processes have are written
 * down: the others are the host's.
 */
#include "collect/network.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collect/net_config.h"
#include "collect/net_sockets.h"
#include "reach/proc.h"

#define NAMESPACES_MAX 1024

static bool is_first(const struct nsv_members *m, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (m->list[k].netns == m->list[i].netns)
			return false;
	return m->list[i].netns != 0;
}

static void put_missing(struct nsv_jout *j, struct nsv_text *missing)
{
	char text[4096];
	char *rest = text, *line;
	int64_t n = nsv_text_flush(missing);

	n = n < 0 ? 0 : nsv_text_read(missing, 0, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	nsv_jout_begin(j, "missing", '[');
	while ((line = strsep(&rest, "\n")))
		if (*line)
			nsv_jout_text(j, NULL, line);
	nsv_jout_end(j, '[');
}

static void put_namespace(struct nsv_collection *c, struct nsv_jout *j, size_t i)
{
	const struct nsv_members *m = c->members;
	uint64_t inode = m->list[i].netns;
	bool host = inode == nsv_ns_inode(c->target->procfs, "self/ns/net");
	struct nsv_netlink n = NSV_NETLINK_INIT;
	struct nsv_text missing = NSV_TEXT_INIT;
	char dir[16];
	int r;

	(void)snprintf(dir, sizeof(dir), "%d", (int)m->list[i].pid);
	r = nsv_netlink_open(c->target->procfs, dir, &n);
	if (r < 0)
		nsv_text_printf(&missing, "netlink: %s\n", strerrordesc_np(-r));
	nsv_jout_begin(j, NULL, '{');
	nsv_jout_u64(j, "inode", inode);
	nsv_jout_bool(j, "host", host);
	nsv_jout_begin(j, "processes", '[');
	for (size_t k = i; k < m->n; k++)
		if (m->list[k].netns == inode)
			nsv_jout_i64(j, NULL, m->list[k].pid);
	nsv_jout_end(j, '[');
	nsv_net_sockets_put(c, j, dir, &n, host, &missing);
	if (r == 0 && !host) {
		r = nsv_net_config_put(j, &n);
		if (r < 0)
			nsv_text_printf(&missing, "rtnetlink: %s\n", strerrordesc_np(-r));
	}
	put_missing(j, &missing);
	nsv_jout_end(j, '{');
	nsv_netlink_close(&n);
	nsv_text_free(&missing);
}

int nsv_collect_network(struct nsv_collection *c)
{
	struct nsv_text text = NSV_TEXT_INIT;
	struct nsv_jout j = { .t = &text, .lines = 1 };
	unsigned n = 0;
	int r;

	nsv_progress(c, "network", NULL);
	nsv_jout_begin(&j, NULL, '[');
	for (size_t i = 0; i < c->members->n && n < NAMESPACES_MAX && !nsv_stop(c); i++)
		if (is_first(c->members, i)) {
			put_namespace(c, &j, i);
			n++;
		}
	nsv_jout_end(&j, '[');
	nsv_jout_line(&j);
	nsv_log(c, "network", "%u namespaces", n);
	nsv_outcome(c, "network", "network.json", n == NAMESPACES_MAX ? NSV_TRUNCATED : NSV_TAKEN,
		    n == NAMESPACES_MAX ? "more than 1024 network namespaces" : NULL);
	r = nsv_wrote(c, nsv_package_text(c->package, "network.json", &text));
	nsv_text_free(&text);
	return r;
}
