/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsinfo_json_more.c - ports, limits and environment as JSON. */
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"
#include "cli/json.h"
#include "nsinfo.h"

struct json_object *nsinfo_ports_list(const struct nsv_inspection *i)
{
	struct json_object *array = cli_json_array();

	for (size_t n = 0; n < i->n_listeners; n++) {
		const struct nsv_listener *l = nsv_inspection_listener(i, n);
		struct json_object *o = cli_json_object();

		cli_json_text(o, "protocol", l->protocol);
		cli_json_text(o, "family", l->family == AF_INET ? "inet" : "inet6");
		cli_json_text(o, "address", l->text);
		cli_json_add(o, "port", json_object_new_uint64(l->port));
		cli_json_add(o, "uid", json_object_new_uint64(l->uid));
		cli_json_add(o, "pid", l->pid ? json_object_new_int64(l->pid) : NULL);
		cli_json_add(o, "fd", l->pid ? json_object_new_int64(l->fd) : NULL);
		cli_json_text(o, "program", l->program);
		cli_json_append(array, o);
	}
	return array;
}

static struct json_object *limit(uint64_t value)
{
	return value == UINT64_MAX ? NULL : json_object_new_uint64(value);
}

struct json_object *nsinfo_limits_list(const struct nsv_inspection *i)
{
	struct json_object *array = cli_json_array();

	for (size_t n = 0; n < i->n_limits; n++) {
		const struct nsv_limit *l = nsv_inspection_limit(i, n);
		struct json_object *o = cli_json_object();

		cli_json_text(o, "resource", l->resource);
		cli_json_add(o, "soft", limit(l->soft));
		cli_json_add(o, "hard", limit(l->hard));
		cli_json_text(o, "unit", l->unit);
		cli_json_append(array, o);
	}
	return array;
}

struct json_object *nsinfo_environment_list(const struct nsinfo_subject *s)
{
	struct json_object *array = cli_json_array();

	for (size_t n = 0; n < s->i->n_environment; n++) {
		const struct nsv_variable *v = nsv_inspection_variable(s->i, n);
		struct json_object *o = cli_json_object();

		cli_json_text(o, "name", v->name);
		if (s->env)
			cli_json_text(o, "value", v->value);
		cli_json_append(array, o);
	}
	return array;
}
