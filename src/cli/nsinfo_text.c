/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsinfo_text.c - sections for people. Every text that others chose is escaped, also
 * in a pipe: a newline in a name must not make a line of its own.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "nsinfo.h"

#define WIDEST_COLUMN 24

/* "Label         text", nothing for NULL. */
static void row(const struct nsinfo_output *out, const char *label, const char *text)
{
	nsv_autofree char *shown = NULL;

	if (!text || !*text)
		return;
	shown = nsinfo_shown(out, text);
	printf("%-15s %s\n", label, shown);
}

static void show_pod(const struct nsinfo_output *out, const struct nsv_container *c)
{
	nsv_autofree char *text = NULL;

	if (!c->pod_name && !c->pod_uid)
		return;
	if (asprintf(&text, "%s/%s%s%s", c->pod_namespace ? c->pod_namespace : "?",
		     c->pod_name ? c->pod_name : c->pod_uid, c->pod_container ? "/" : "",
		     c->pod_container ? c->pod_container : "") < 0)
		cli_no_memory();
	row(out, "Pod", text);
}

static void show_container(const struct nsinfo_output *out, const struct nsinfo_subject *s)
{
	const struct nsv_container *c = s->container;
	const char *role = nsinfo_role_word(&s->role);

	if (c) {
		const char *name = nsinfo_name(s);

		row(out, "Container", name);
		row(out, "Engine", c->engine);
		row(out, "ID", c->id);
		row(out, "Image", c->image);
		show_pod(out, c);
		if (c->pid != s->i->pid)
			printf("%-15s %d\n", "Its first PID", (int)c->pid);
	} else if (s->kind == NSV_KIND_SERVICE) {
		row(out, "Container", "none: a service of the host's with mounts of its own");
	} else if (s->kind == NSV_KIND_HOST) {
		row(out, "Container", "none: in the host's own mount namespace");
	}
	row(out, "Role", role);
	row(out, "Hostname", s->i->hostname);
	if (s->i->domainname && strcmp(s->i->domainname, "(none)") != 0)
		row(out, "Domain name", s->i->domainname);
}

static void show_id(const struct nsinfo_output *out, const char *label, uint32_t id, int64_t inside,
		    const struct nsinfo_names *names)
{
	const char *name = nsinfo_name_of(names, inside);
	nsv_autofree char *shown = name ? nsinfo_shown(out, name) : NULL;

	printf("%-15s %u", label, id);
	if (inside >= 0 && inside != id)
		printf(" outside, %lld inside", (long long)inside);
	if (shown)
		printf(" (%s)", shown);
	printf("\n");
}

static void show_process(const struct nsinfo_output *out, const struct nsinfo_subject *s)
{
	const struct nsv_inspection *i = s->i;
	time_t started = nsinfo_started(i);
	char when[64] = "";
	struct tm tm;

	printf("%-15s %d", "PID", (int)i->pid);
	if (i->levels > 1)
		printf(" outside");
	for (size_t n = 1; n + 1 < i->levels; n++)
		printf(", %d", (int)nsv_inspection_pid(i, n));
	if (i->levels > 1)
		printf(", %d inside", (int)nsv_inspection_pid(i, i->levels - 1));
	printf("\n");
	row(out, "Command", i->command);
	show_id(out, "User", i->uid, nsinfo_inside(i, NSV_ID_USER, i->uid), &s->users);
	show_id(out, "Group", i->gid, nsinfo_inside(i, NSV_ID_GROUP, i->gid), &s->groups);
	if (localtime_r(&started, &tm) && strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm))
		row(out, "Started", when);
	row(out, "Root", i->root);
	row(out, "Cgroup", i->cgroup);
}

static void show_namespaces(const struct nsv_inspection *i)
{
	const struct nsv_namespace *ns;

	for (unsigned kind = 0; (ns = nsv_inspection_namespace(i, kind)); kind++) {
		if (ns->inode)
			printf("  %-8s %llu%s\n", nsv_ns_name(kind), (unsigned long long)ns->inode,
			       ns->host ? "  host" : "");
	}
}

static void show_addresses(const struct nsinfo_output *out, const struct nsv_inspection *i)
{
	for (size_t n = 0; n < i->n_addresses; n++) {
		const struct nsv_address *a = nsv_inspection_address(i, n);
		nsv_autofree char *name = nsinfo_shown(out, a->interface);

		printf("  %-15s %s/%u  %s%s\n", name, a->text, a->prefix, a->scope,
		       a->up ? "" : "  down");
	}
	if (i->n_addresses == 0)
		printf("  none\n");
}

static void show_map(const char *word, const struct nsv_inspection *i, enum nsv_id_kind kind)
{
	const struct nsv_id_range *r;

	for (size_t n = 0; (r = nsv_inspection_id_range(i, kind, n)); n++)
		printf("  %-6s %10u %10u %10u\n", word, r->inside, r->host, r->count);
}

static void show_layers(const struct nsinfo_output *out, const char *label, const char *text)
{
	nsv_autofree char *shown = text ? nsinfo_shown(out, text) : NULL;

	if (shown)
		printf("      %-6s %s\n", label, shown);
}

/* As wide as the longest, but what is long stands out of its column rather than widens it. */
static int widen(const struct nsinfo_output *out, const char *text, int width)
{
	nsv_autofree char *shown = nsinfo_shown(out, text);
	size_t len = strlen(shown);

	return len > (size_t)width && len <= WIDEST_COLUMN ? (int)len : width;
}

static void show_mounts(const struct nsinfo_output *out, const struct nsv_inspection *i)
{
	int targets = 1, types = 1;

	for (size_t n = 0; n < i->n_mounts; n++) {
		const struct nsv_mount *m = nsv_inspection_mount(i, n);

		targets = widen(out, m->target, targets);
		types = widen(out, m->type, types);
	}
	for (size_t n = 0; n < i->n_mounts; n++) {
		const struct nsv_mount *m = nsv_inspection_mount(i, n);
		nsv_autofree char *target = nsinfo_shown(out, m->target);
		nsv_autofree char *type = nsinfo_shown(out, m->type);
		nsv_autofree char *source = nsinfo_shown(out, m->source);
		nsv_autofree char *options = nsinfo_shown(out, m->options);
		nsv_autofree char *root = nsinfo_shown(out, m->root);

		printf("  %-*s  %-*s  %s%s%s%s  %s\n", targets, target, types, type, source,
		       strcmp(m->root, "/") ? "[" : "", strcmp(m->root, "/") ? root : "",
		       strcmp(m->root, "/") ? "]" : "", options);
		show_layers(out, "lower", m->lower);
		show_layers(out, "upper", m->upper);
		show_layers(out, "work", m->work);
	}
}

static void show_caps(const char *label, uint64_t caps)
{
	int at = printf("  %-12s", label);

	if (caps == 0)
		printf(" none");
	for (unsigned n = 0; n < 64; n++) {
		const char *name = nsv_capability_name(n);
		char number[16];

		if (!(caps >> n & 1))
			continue;
		if (!name) {
			(void)snprintf(number, sizeof(number), "%u", n);
			name = number;
		}
		if (at + 1 + (int)strlen(name) > 80)
			at = printf("\n%14s", "") - 1;
		at += printf(" %s", name);
	}
	printf("\n");
}

static void show_security(const struct nsinfo_output *out, const struct nsv_inspection *i)
{
	static const char *const modes[] = { "none", "strict", "filter" };
	nsv_autofree char *lsm = i->lsm ? nsinfo_shown(out, i->lsm) : NULL;

	show_caps("effective", i->cap_effective);
	if (i->cap_permitted != i->cap_effective)
		show_caps("permitted", i->cap_permitted);
	show_caps("bounding", i->cap_bounding);
	if (i->cap_inheritable)
		show_caps("inheritable", i->cap_inheritable);
	if (i->cap_ambient)
		show_caps("ambient", i->cap_ambient);
	if (i->seccomp >= 0 && i->seccomp < (int)NSV_ARRAY_SIZE(modes))
		printf("  %-12s %s", "seccomp", modes[i->seccomp]);
	if (i->seccomp == 2 && i->seccomp_filters)
		printf(" (%u)", i->seccomp_filters);
	if (i->seccomp >= 0)
		printf("\n");
	printf("  %-12s %s\n", "no_new_privs", i->no_new_privs ? "yes" : "no");
	if (lsm)
		printf("  %-12s %s\n", "label", lsm);
}

/* A blank line before, unless it is the first of all. */
static void heading(struct nsinfo_output *out, const char *text)
{
	printf("%s%s\n", out->begun ? "\n" : "", text);
	out->begun = true;
}

void nsinfo_text(struct nsinfo_output *out, const struct nsinfo_subject *s)
{
	const struct nsv_inspection *i = s->i;

	if (s->sections & (NSINFO_CONTAINER | NSINFO_PROCESS)) {
		if (out->begun)
			printf("\n");
		out->begun = true;
	}
	if (s->sections & NSINFO_CONTAINER)
		show_container(out, s);
	if (s->sections & NSINFO_PROCESS)
		show_process(out, s);
	if (s->sections & NSINFO_TREE) {
		heading(out, "Processes");
		nsinfo_tree(out, s);
	}
	if (s->sections & NSINFO_NAMESPACES) {
		heading(out, "Namespaces");
		show_namespaces(i);
	}
	if (s->sections & NSINFO_ADDRESSES) {
		heading(out, "Addresses");
		show_addresses(out, i);
	}
	if (s->sections & NSINFO_PORTS) {
		heading(out, "Ports");
		nsinfo_show_ports(out, i);
	}
	if (s->sections & NSINFO_IDS) {
		heading(out, "IDs");
		printf("  %-6s %10s %10s %10s\n", "", "INSIDE", "OUTSIDE", "COUNT");
		show_map("users", i, NSV_ID_USER);
		show_map("groups", i, NSV_ID_GROUP);
	}
	if (s->sections & NSINFO_MOUNTS) {
		heading(out, "Mounts");
		show_mounts(out, i);
	}
	if (s->sections & NSINFO_SECURITY) {
		heading(out, "Security");
		show_security(out, i);
	}
	if (s->sections & NSINFO_LIMITS) {
		heading(out, "Limits");
		nsinfo_show_limits(i);
	}
	if (s->sections & NSINFO_ENVIRONMENT) {
		heading(out, "Environment");
		nsinfo_show_environment(out, i);
	}
	if (i->n_missing)
		heading(out, "Not seen");
	for (size_t n = 0; n < i->n_missing; n++) {
		nsv_autofree char *shown = nsinfo_shown(out, nsv_inspection_missing(i, n));

		printf("  %s\n", shown);
	}
}
