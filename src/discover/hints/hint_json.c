/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint_json.c - parses state files as JSON. A file may hold anything: nesting is bounded here, size
 * by the reader (hint_file.c), and a member of the wrong type counts as missing. No locks: one
 * thread.
 */
#include <json-c/json.h>
#include <string.h>

#include "discover/hints/hints.h"
#include "reach/util.h"

#define DEPTH_MAX 32

struct json_object *nsv_json_parse(const char *text, size_t len)
{
	struct json_tokener *t = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *o;

	if (!t)
		return NULL;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(t, text, (int)len);
	/* For a text that is cut off the error is "continue". */
	if (json_tokener_get_error(t) != json_tokener_success) {
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(t);
	return o;
}

void nsv_json_done(struct json_object **p)
{
	json_object_put(*p);
	*p = NULL;
}

static struct json_object *member(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, key, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

struct json_object *nsv_json_object(struct json_object *o, const char *key)
{
	return member(o, key, json_type_object);
}

struct json_object *nsv_json_array(struct json_object *o, const char *key)
{
	return member(o, key, json_type_array);
}

/* The text of a string, or NULL if it is too long or holds a NUL. */
static const char *text_of(struct json_object *value)
{
	size_t len;
	const char *text;

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	len = (size_t)json_object_get_string_len(value);
	text = json_object_get_string(value);
	if (len > NSV_HINT_TEXT_MAX || strlen(text) != len)
		return NULL;
	return text;
}

const char *nsv_json_text(struct json_object *o, const char *key)
{
	const char *text = text_of(member(o, key, json_type_string));

	return text && *text ? text : NULL;
}

int64_t nsv_json_number(struct json_object *o, const char *key)
{
	struct json_object *value = member(o, key, json_type_int);

	return value ? json_object_get_int64(value) : -1;
}

void nsv_hint_labels(struct nsv_hints *h, struct nsv_container *c, struct json_object *o)
{
	struct nsv_arena *arena = &h->scan->arena;
	struct nsv_label *labels;
	size_t n = 0, max;

	if (!json_object_is_type(o, json_type_object) || json_object_object_length(o) < 1)
		return;
	max = nsv_min((size_t)json_object_object_length(o), (size_t)NSV_HINT_LABELS_MAX);
	labels = nsv_arena_alloc(arena, max * sizeof(*labels));
	if (!labels)
		return;
	json_object_object_foreach(o, key, value)
	{
		const char *text = text_of(value);

		if (n == max)
			break;
		if (!text || !*key || strlen(key) > NSV_HINT_TEXT_MAX)
			continue;
		labels[n].key = nsv_arena_str(arena, key);
		labels[n].value = nsv_arena_str(arena, text);
		if (!labels[n].key || !labels[n].value)
			return;
		n++;
	}
	c->labels = n ? labels : NULL;
	c->n_labels = n;
}
