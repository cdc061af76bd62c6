/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsdiff_open.c - opens a container and finds what its engine's files say of it. The order matters:
 * those files are read before an ordinary user joins the container's user namespace.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nsdiff.h"

static char *copy(const char *text)
{
	char *out = text ? strdup(text) : NULL;

	if (text && !out)
		cli_no_memory();
	return out;
}

static void keep(struct nsdiff_side *s, const struct nsv_container *c)
{
	s->engine = copy(c->engine);
	s->id = copy(c->id);
	s->engine_dir = copy(c->engine_dir);
	s->known = true;
}

/* As nsv_resolve_name(), but keeps what the scan says of the container. */
static int resolve(const char *name, void *data, pid_t *ret_pid, uint64_t *ret_mntns,
		   uint64_t *ret_start, struct nsv_error *e)
{
	struct nsv_scan_options o = NSV_SCAN_OPTIONS_INIT;
	const struct nsv_container *c = NULL;
	struct nsv_scan *scan = NULL;
	int r;

	o.flags = NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES;
	r = nsv_scan_new(&o, &scan, e);
	if (r == 0)
		r = nsv_scan_find_name(scan, name, &c, e);
	if (scan && r == -ENOENT)
		(void)nsv_name_stopped(scan, name, e);
	if (r == 0) {
		*ret_pid = c->pid;
		*ret_mntns = c->mntns;
		*ret_start = c->start;
		keep(data, c);
	}
	(void)nsv_scan_free(scan);
	return r;
}

/* Of a target that no name led to. */
static void find_engine(struct nsdiff_side *s)
{
	struct nsv_scan_options o = NSV_SCAN_OPTIONS_INIT;
	const struct nsv_container *c;
	struct nsv_scan *scan = NULL;

	if (s->known || nsv_target_is_host(s->target))
		return;
	o.flags = NSV_SCAN_HINTS;
	o.mntns = nsv_target_mntns_ino(s->target);
	if (nsv_scan_new(&o, &scan, NULL) < 0)
		return;
	c = nsv_scan_find_mntns(scan, o.mntns);
	if (c)
		keep(s, c);
	(void)nsv_scan_free(scan);
}

enum cli_exit nsdiff_open(struct nsdiff_side *s, const char *spec, enum nsv_via via)
{
	struct nsv_error e = NSV_ERROR_INIT;
	int r;

	*s = (struct nsdiff_side){ .spec = spec };
	r = nsv_target_open(spec, resolve, s, &s->target, &e);
	if (r == 0) {
		find_engine(s);
		if (nsv_target_wants_userns(s->target))
			r = nsv_target_join_userns(s->target, &e);
	}
	if (r == 0)
		r = nsv_root_open(s->target, via, &s->root, &e);
	if (r == 0)
		return CLI_EXIT_OK;
	cli_error_spec(spec, r, &e);
	return CLI_EXIT_USAGE;
}

void nsdiff_close(struct nsdiff_side *s)
{
	(void)nsv_root_free(s->root);
	(void)nsv_target_free(s->target);
	free(s->engine);
	free(s->id);
	free(s->engine_dir);
}
