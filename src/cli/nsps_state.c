/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsps_state.c - columns that take more of /proc and of cgroups than a scan reads, and are read for
 * the containers that are shown.
 *
 * Defends against a re-used PID: a value counts if the container's first process was there after it
 * was read. No read can hang, and each is bounded (paused.h, ports.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/nsps.h"
#include "discover/inspect/ports.h"
#include "reach/proc.h"

static bool is_still(const struct ps *ps, const char *dir, const struct nsv_container *c)
{
	struct nsv_process_stat stat;

	return nsv_process_stat(ps->procfs, dir, &stat) == 0 && stat.start == c->start;
}

void ps_get_state(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	char dir[16];
	int r;

	if (ps_procfs(ps) < 0)
		return;
	(void)snprintf(dir, sizeof(dir), "%d", (int)c->pid);
	r = nsv_paused(&ps->pauses, dir);
	/* Without a cgroup that could be frozen it runs. */
	if ((r >= 0 || r == -ENOENT) && is_still(ps, dir, c))
		ps_set_text(ret, r == 1 ? "paused" : "running");
}

static bool in_hosts_network(struct ps *ps, const char *dir)
{
	uint64_t netns;

	if (!ps->netns)
		(void)nsv_process_ns(ps->procfs, "self", "net", &ps->netns);
	return nsv_process_ns(ps->procfs, dir, "net", &netns) == 0 && netns == ps->netns;
}

/* "80/tcp,53/udp": each once, on however many addresses. */
static char *ports_text(const struct nsv_ports *ports)
{
	const struct nsv_port *last = NULL;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		cli_no_memory();
	for (size_t i = 0; i < ports->n; i++) {
		const struct nsv_port *p = &ports->list[i];

		if (last && last->udp == p->udp && last->port == p->port)
			continue;
		(void)fprintf(f, "%s%u/%s", last ? "," : "", p->port, p->udp ? "udp" : "tcp");
		last = p;
	}
	if (ports->cut)
		(void)fputs(last ? ",..." : "...", f);
	if (fclose(f))
		cli_no_memory();
	return text;
}

void ps_get_ports(struct ps *ps, const struct nsv_container *c, struct ps_cell *ret)
{
	struct nsv_ports ports;
	char dir[16];

	if (ps_procfs(ps) < 0)
		return;
	(void)snprintf(dir, sizeof(dir), "%d", (int)c->pid);
	if (in_hosts_network(ps, dir)) {
		if (ps->o.format != PS_JSON || ps->plain)
			ps_set_text(ret, "host");
		return;
	}
	if (nsv_ports_read(ps->procfs, dir, &ports) < 0)
		return;
	if (is_still(ps, dir, c)) {
		ps_set_owned(ret, ports_text(&ports));
		if (ps->o.format == PS_JSON && !ps->plain)
			ret->kind = PS_PORTS;
		else if (!*ret->owned)
			ps_set_text(ret, "none");
	}
	nsv_ports_done(&ports);
}
