/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * complete.c - containers and their files, for the operand that is being typed.
 *
 * A container chooses the names of its files, so candidates hold any bytes but NUL; the shell's
 * part quotes them. A spec holds letters, digits and "._-:/" only (nsv_scan_spec()).
 */
#include "cli/complete.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <nsview/discover.h>

#include "base/util.h"
#include "cli/cli.h"
#include "cli/limit.h"

#define PLAIN	  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
#define MAX_NAMES 5000
#define MAX_LINKS 200	/* that are followed to see whether a folder is there */
#define MAX_READ  50000 /* names of a folder that are compared */

/* What one look at the containers is for. */
struct look {
	const struct cli_completion *c;
	const char *spec, *path; /* list the path's folder in this container; NULL: none */
	size_t shown;		 /* bytes of c->typed in front of the path */
	bool specs;		 /* offer containers, if there is no such path */
	const char *end;	 /* behind a container: ":", or "" */
};

static void offer_text(const struct look *l, bool whole, const char *about, const char *a,
		       const char *b, const char *c, const char *d)
{
	nsv_autofree char *text = NULL;

	if (asprintf(&text, "%s%s%s%s%s", a, b, c, d, l->end) < 0)
		cli_no_memory();
	cli_candidate(l->c, text, whole, about);
}

static bool is_plain(const char *name)
{
	return name && *name && name[strspn(name, PLAIN)] == '\0';
}

/* The forms with ENGINE: and pod: are for a line that begins so: all of them would be noise. */
static void offer_container(const struct look *l, const struct nsv_container *ct, const char *spec)
{
	const char *typed = l->c->typed, *about = ct->engine ? ct->engine : "container";
	bool whole = !*l->end;

	if (*spec != '-')
		offer_text(l, whole, about, spec, "", "", "");
	if (*typed == 'p' && is_plain(ct->pod_namespace) && is_plain(ct->pod_name)) {
		bool named = is_plain(ct->pod_container);

		offer_text(l, whole, about, "pod:", ct->pod_namespace, "/", ct->pod_name);
		if (named) {
			nsv_autofree char *pod = NULL;

			if (asprintf(&pod, "%s/%s", ct->pod_name, ct->pod_container) < 0)
				cli_no_memory();
			offer_text(l, whole, about, "pod:", ct->pod_namespace, "/", pod);
		}
	}
	if (strchr(typed, ':') && is_plain(ct->engine) && is_plain(ct->engine_name) &&
	    strncmp(spec, ct->engine, strlen(ct->engine)) != 0)
		offer_text(l, whole, about, ct->engine, ":", ct->engine_name, "");
}

static void list_containers(const struct look *l)
{
	struct nsv_scan_options o = NSV_SCAN_OPTIONS_INIT;
	struct nsv_scan *scan = NULL;

	o.flags = NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES;
	if (nsv_scan_new(&o, &scan, NULL) < 0)
		return;
	for (size_t i = 0; i < nsv_scan_count(scan) && i < MAX_NAMES; i++) {
		const struct nsv_container *ct = nsv_scan_get(scan, i);
		nsv_autofree char *spec = NULL;

		if (nsv_scan_spec(scan, ct, &spec) == 0)
			offer_container(l, ct, spec);
	}
	(void)nsv_scan_free(scan);
}

/* Whether an entry is a folder, or a link to one inside the container. */
static bool is_folder(struct nsv_root *root, int dir, const char *folder, const struct dirent *d,
		      size_t *links)
{
	nsv_autofree char *path = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;

	if (d->d_type != DT_UNKNOWN && d->d_type != DT_LNK)
		return d->d_type == DT_DIR;
	if (fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		return false;
	if (!S_ISLNK(st.st_mode))
		return S_ISDIR(st.st_mode);
	if ((*links)++ >= MAX_LINKS)
		return false;
	if (asprintf(&path, "%s/%s", folder, d->d_name) < 0)
		cli_no_memory();
	fd = nsv_root_open_path(root, path, 0, NULL);
	return fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_wanted(const char *name, const char *base)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	return strncmp(name, base, strlen(base)) == 0 && (*name != '.' || *base == '.');
}

static void list_folder(const struct look *l, struct nsv_root *root)
{
	const char *slash = strrchr(l->path, '/'), *base = slash ? slash + 1 : l->path;
	nsv_autofree char *folder = strndup(l->path, (size_t)(base - l->path));
	nsv_autofree char *shown = strndup(l->c->typed, l->shown);
	size_t links = 0, offered = 0, seen = 0;
	const struct dirent *d;
	DIR *dir;
	int fd;

	if (!folder || !shown)
		cli_no_memory();
	fd = nsv_root_open_dir(root, *folder ? folder : "/", 0, NULL);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return;
	while (offered < MAX_NAMES && seen++ < MAX_READ && (d = readdir(dir))) {
		bool inner;

		if (!is_wanted(d->d_name, base))
			continue;
		inner = is_folder(root, dirfd(dir), folder, d, &links);
		offer_text(l, !inner, NULL, shown, *l->path ? folder : "/", d->d_name,
			   inner ? "/" : "");
		offered++;
	}
	(void)closedir(dir);
}

/* Returns whether the container is there. */
static bool list_path(const struct look *l)
{
	struct nsv_target *target = NULL;
	struct nsv_root *root = NULL;
	struct look plain = *l;
	int r;

	r = nsv_target_open(l->spec, nsv_resolve_name, NULL, &target, NULL);
	if (r < 0)
		return false;
	if (nsv_target_wants_userns(target))
		r = nsv_target_join_userns(target, NULL);
	if (r == 0)
		r = nsv_root_open(target, NSV_VIA_AUTO, &root, NULL);
	plain.end = "";
	if (r == 0)
		list_folder(&plain, root);
	nsv_root_free(root);
	nsv_target_free(target);
	return true;
}

static void look(const void *data)
{
	const struct look *l = data;

	if (l->spec && list_path(l))
		return;
	if (l->specs)
		list_containers(l);
}

/* Containers, or what is typed as SPEC:PATH. Returns whether a file of the host may be meant. */
static bool offer_side(const struct cli_completion *c, const char *end)
{
	struct look l = { .c = c, .specs = true, .end = end };
	struct cli_spec_path arg;

	cli_spec_path_parse(c->typed, &arg);
	if (arg.where == CLI_IN_CONTAINER) {
		l.spec = arg.spec;
		l.shown = strlen(arg.spec) + 1;
		l.path = c->typed + l.shown;
	}
	cli_within_limit(look, &l);
	free(arg.spec);
	return arg.where == CLI_ON_HOST;
}

static void offer_path(const struct cli_completion *c, const char *spec)
{
	struct look l = { .c = c, .spec = spec, .path = c->typed, .end = "" };

	cli_within_limit(look, &l);
}

static void offer_specs(const struct cli_completion *c)
{
	struct look l = { .c = c, .specs = true, .end = "" };

	cli_within_limit(look, &l);
}

bool cli_complete_specs(const struct cli_completion *c)
{
	if (!c->option)
		offer_specs(c);
	return !c->option;
}

bool cli_complete_paths(const struct cli_completion *c)
{
	size_t n = 0;
	bool typed = true;

	if (c->option)
		return false;
	if (c->n_operands > 0)
		cli_spec_path_free(cli_spec_paths(c->operands, 1, &n, &typed), n);
	if (typed)
		(void)offer_side(c, "");
	else
		offer_path(c, c->operands[0]);
	return true;
}

bool cli_complete_sides(const struct cli_completion *c)
{
	if (c->option && strncmp(c->option->arg, "DIR", 3) != 0)
		return false;
	if (offer_side(c, ":"))
		cli_candidate_files(c);
	return true;
}

bool cli_complete_two(const struct cli_completion *c)
{
	if (c->option)
		return false;
	if (c->n_operands < 2)
		offer_specs(c);
	else
		offer_path(c, c->operands[0]);
	return true;
}

bool cli_complete_beside(const struct cli_completion *c)
{
	if (c->option)
		return false;
	if (c->n_operands == 0)
		offer_specs(c);
	else if (c->n_operands == 1)
		cli_candidate_commands(c);
	else
		cli_candidate_files(c);
	return true;
}

bool cli_complete_inside(const struct cli_completion *c)
{
	if (c->option)
		return false;
	if (c->n_operands == 0)
		offer_specs(c);
	else
		offer_path(c, c->operands[0]);
	return true;
}
