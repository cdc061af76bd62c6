/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsinfo_json.c - an object for each SPEC. The members are described in nsinfo(1); none is
 * ever renamed or changes its type.
 */
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"
#include "cli/json.h"
#include "nsinfo.h"

static void add_number(struct json_object *o, const char *key, uint64_t value)
{
	cli_json_add(o, key, json_object_new_uint64(value));
}

static void add_bool(struct json_object *o, const char *key, bool value)
{
	cli_json_add(o, key, json_object_new_boolean(value));
}

static struct json_object *numbers(const pid_t *list, size_t n)
{
	struct json_object *array = cli_json_array();

	for (size_t k = 0; k < n; k++)
		cli_json_append(array, json_object_new_int64(list[k]));
	return array;
}

static struct json_object *pod_object(const struct nsv_container *c)
{
	struct json_object *o;

	if (!c->pod_uid && !c->pod_name)
		return NULL;
	o = cli_json_object();
	cli_json_text(o, "namespace", c->pod_namespace);
	cli_json_text(o, "name", c->pod_name);
	cli_json_text(o, "container", c->pod_container);
	cli_json_text(o, "uid", c->pod_uid);
	return o;
}

static struct json_object *label_list(const struct nsv_container *c)
{
	struct json_object *array = cli_json_array();
	const char *key, *value;

	for (size_t n = 0; (key = nsv_container_label(c, n, &value)); n++) {
		struct json_object *o = cli_json_object();

		cli_json_text(o, "key", key);
		cli_json_text(o, "value", value);
		cli_json_append(array, o);
	}
	return array;
}

static struct json_object *container_object(const struct nsinfo_subject *s)
{
	const struct nsv_container *c = s->container;
	struct json_object *o;

	if (!c)
		return NULL;
	o = cli_json_object();
	cli_json_text(o, "name", nsinfo_name(s));
	cli_json_text(o, "engine", c->engine);
	cli_json_text(o, "engine_name", c->engine_name);
	cli_json_text(o, "id", c->id);
	cli_json_text(o, "image", c->image);
	cli_json_add(o, "pod", pod_object(c));
	add_number(o, "pid", (uint64_t)c->pid);
	cli_json_text(o, "rootfs", c->rootfs);
	cli_json_add(o, "labels", label_list(c));
	return o;
}

static struct json_object *role_object(const struct nsv_role *role)
{
	struct json_object *o;

	if (role->kind == NSV_ROLE_NONE)
		return NULL;
	o = cli_json_object();
	cli_json_text(o, "kind", nsinfo_role_word(role));
	cli_json_text(o, "program", role->comm);
	cli_json_add(o, "pids", numbers(role->pids, role->n_pids));
	return o;
}

static void add_process(struct json_object *o, const struct nsinfo_subject *s)
{
	const struct nsv_inspection *i = s->i;
	struct json_object *pids = cli_json_array();

	for (size_t n = 0; n < i->levels; n++)
		cli_json_append(pids, json_object_new_int64(nsv_inspection_pid(i, n)));
	cli_json_add(o, "pids", pids);
	cli_json_text(o, "command", i->command);
	add_number(o, "uid", i->uid);
	add_number(o, "gid", i->gid);
	cli_json_time(o, "started", (struct timespec){ .tv_sec = nsinfo_started(i) });
	cli_json_text(o, "user", nsinfo_name_of(&s->users, nsinfo_inside(i, NSV_ID_USER, i->uid)));
	cli_json_text(o, "group",
		      nsinfo_name_of(&s->groups, nsinfo_inside(i, NSV_ID_GROUP, i->gid)));
	cli_json_text(o, "root", i->root);
	cli_json_text(o, "cgroup", i->cgroup);
}

static struct json_object *process_list(const struct nsinfo_subject *s)
{
	const struct nsv_inspection *i = s->i;
	struct json_object *array = cli_json_array();

	for (size_t n = 0; n < i->n_members; n++) {
		const struct nsv_member *m = nsv_inspection_member(i, n);
		struct json_object *o = cli_json_object();

		add_number(o, "pid", (uint64_t)m->pid);
		add_number(o, "ppid", (uint64_t)m->ppid);
		add_number(o, "inside", (uint64_t)m->inside);
		add_number(o, "uid", m->uid);
		cli_json_text(o, "user",
			      nsinfo_name_of(&s->users, nsinfo_inside(i, NSV_ID_USER, m->uid)));
		cli_json_text(o, "command", m->command);
		cli_json_append(array, o);
	}
	return array;
}

static struct json_object *namespace_object(const struct nsv_inspection *i)
{
	struct json_object *all = cli_json_object();
	const struct nsv_namespace *ns;

	for (unsigned kind = 0; (ns = nsv_inspection_namespace(i, kind)); kind++) {
		struct json_object *o = NULL;

		if (ns->inode) {
			o = cli_json_object();
			add_number(o, "inode", ns->inode);
			add_bool(o, "host", ns->host);
		}
		cli_json_add(all, nsv_ns_name(kind), o);
	}
	return all;
}

static struct json_object *address_list(const struct nsv_inspection *i)
{
	struct json_object *array = cli_json_array();

	for (size_t n = 0; n < i->n_addresses; n++) {
		const struct nsv_address *a = nsv_inspection_address(i, n);
		struct json_object *o = cli_json_object();

		cli_json_text(o, "interface", a->interface);
		add_number(o, "index", a->index);
		cli_json_text(o, "family", a->family == AF_INET ? "inet" : "inet6");
		cli_json_text(o, "address", a->text);
		add_number(o, "prefix", a->prefix);
		cli_json_text(o, "scope", a->scope);
		add_bool(o, "up", a->up);
		cli_json_append(array, o);
	}
	return array;
}

static struct json_object *map_list(const struct nsv_inspection *i, enum nsv_id_kind kind)
{
	struct json_object *array = cli_json_array();
	const struct nsv_id_range *r;

	for (size_t n = 0; (r = nsv_inspection_id_range(i, kind, n)); n++) {
		struct json_object *o = cli_json_object();

		add_number(o, "inside", r->inside);
		add_number(o, "outside", r->host);
		add_number(o, "count", r->count);
		cli_json_append(array, o);
	}
	return array;
}

static struct json_object *mount_object(const struct nsv_mount *m)
{
	struct json_object *o = cli_json_object(), *overlay = NULL;

	cli_json_text(o, "target", m->target);
	cli_json_text(o, "type", m->type);
	cli_json_text(o, "source", m->source);
	cli_json_text(o, "root", m->root);
	cli_json_text(o, "options", m->options);
	cli_json_text(o, "super_options", m->super_options);
	if (m->lower || m->upper || m->work) {
		overlay = cli_json_object();
		cli_json_text(overlay, "lower", m->lower);
		cli_json_text(overlay, "upper", m->upper);
		cli_json_text(overlay, "work", m->work);
	}
	cli_json_add(o, "overlay", overlay);
	return o;
}

static struct json_object *mount_list(const struct nsv_inspection *i)
{
	struct json_object *array = cli_json_array();

	for (size_t n = 0; n < i->n_mounts; n++)
		cli_json_append(array, mount_object(nsv_inspection_mount(i, n)));
	return array;
}

static struct json_object *capability_list(uint64_t caps)
{
	struct json_object *array = cli_json_array();

	for (unsigned n = 0; n < 64; n++) {
		const char *name = nsv_capability_name(n);
		char number[16];

		(void)snprintf(number, sizeof(number), "%u", n);
		if (caps >> n & 1)
			cli_json_append(array, json_object_new_string(name ? name : number));
	}
	return array;
}

static void add_security(struct json_object *o, const struct nsv_inspection *i)
{
	static const char *const modes[] = { "none", "strict", "filter" };
	struct json_object *caps = cli_json_object();
	bool known = i->seccomp >= 0 && i->seccomp < (int)NSV_ARRAY_SIZE(modes);

	cli_json_add(caps, "effective", capability_list(i->cap_effective));
	cli_json_add(caps, "permitted", capability_list(i->cap_permitted));
	cli_json_add(caps, "bounding", capability_list(i->cap_bounding));
	cli_json_add(caps, "inheritable", capability_list(i->cap_inheritable));
	cli_json_add(caps, "ambient", capability_list(i->cap_ambient));
	cli_json_add(o, "capabilities", caps);
	cli_json_text(o, "seccomp", known ? modes[i->seccomp] : NULL);
	add_number(o, "seccomp_filters", i->seccomp_filters);
	add_bool(o, "no_new_privs", i->no_new_privs);
	cli_json_text(o, "lsm", i->lsm);
}

static struct json_object *missing_list(const struct nsv_inspection *i)
{
	struct json_object *array = cli_json_array();
	const char *text;

	for (size_t n = 0; (text = nsv_inspection_missing(i, n)); n++)
		cli_json_append(array, cli_json_utf8(text, strlen(text), NULL));
	return array;
}

struct json_object *nsinfo_object(const struct nsinfo_subject *s)
{
	struct json_object *o = cli_json_object();
	const struct nsv_inspection *i = s->i;

	cli_json_text(o, "spec", s->spec);
	add_number(o, "pid", (uint64_t)i->pid);
	if (s->sections & NSINFO_CONTAINER) {
		cli_json_add(o, "container", container_object(s));
		cli_json_add(o, "role", role_object(&s->role));
		cli_json_text(o, "hostname", i->hostname);
		cli_json_text(o, "domainname", i->domainname);
	}
	if (s->sections & NSINFO_PROCESS)
		add_process(o, s);
	if (s->sections & NSINFO_TREE)
		cli_json_add(o, "processes", process_list(s));
	if (s->sections & NSINFO_NAMESPACES)
		cli_json_add(o, "namespaces", namespace_object(i));
	if (s->sections & NSINFO_ADDRESSES)
		cli_json_add(o, "addresses", address_list(i));
	if (s->sections & NSINFO_PORTS)
		cli_json_add(o, "ports", nsinfo_ports_list(i));
	if (s->sections & NSINFO_IDS) {
		cli_json_add(o, "uid_map", map_list(i, NSV_ID_USER));
		cli_json_add(o, "gid_map", map_list(i, NSV_ID_GROUP));
	}
	if (s->sections & NSINFO_MOUNTS)
		cli_json_add(o, "mounts", mount_list(i));
	if (s->sections & NSINFO_SECURITY)
		add_security(o, i);
	if (s->sections & NSINFO_LIMITS)
		cli_json_add(o, "limits", nsinfo_limits_list(i));
	if (s->sections & NSINFO_ENVIRONMENT)
		cli_json_add(o, "environment", nsinfo_environment_list(s));
	cli_json_add(o, "missing", missing_list(i));
	return o;
}

void nsinfo_json(struct nsinfo_output *out, const struct nsinfo_subject *s)
{
	struct json_object *o = nsinfo_object(s);

	printf("%s", out->begun ? ",\n" : "[\n");
	out->begun = true;
	cli_json_print(o, out->terminal, out->utf8);
}

void nsinfo_json_end(struct nsinfo_output *out)
{
	printf("%s]\n", out->begun ? "\n" : "[");
}
