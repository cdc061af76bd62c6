/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_json_walk.c - JSON texts. json-c is the model: a text that it takes is taken here too, and
 * each member and element has the same text there. Texts that json-c refuses only have to do no
 * harm.
 */
#include "fuzz.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "discover/hints/json_walk.h"

static void compare(struct nsv_json v, struct json_object *o, unsigned depth)
{
	struct nsv_json_walk w = nsv_json_walk(v);
	struct nsv_json key, value;
	char *buf = malloc(v.len + 1);
	size_t n = 0;

	FUZZ_CHECK(v.at && v.len && buf && depth <= NSV_JSON_DEPTH_MAX);
	if (o && json_object_is_type(o, json_type_string)) {
		ssize_t len = nsv_json_string(v, buf, v.len + 1);
		size_t expected = (size_t)json_object_get_string_len(o);

		if (!memchr(json_object_get_string(o), '\0', expected))
			FUZZ_CHECK(len == (ssize_t)expected &&
				   memcmp(buf, json_object_get_string(o), expected) == 0);
	} else {
		(void)nsv_json_string(v, buf, v.len + 1);
	}
	(void)nsv_json_number(v);
	free(buf);
	while (nsv_json_next(&w, &key, &value)) {
		struct json_object *child = NULL;

		FUZZ_CHECK(value.at > v.at && value.at + value.len < v.at + v.len);
		if (o && json_object_is_type(o, json_type_array))
			child = json_object_array_get_idx(o, n);
		compare(value, child, depth + 1);
		n++;
	}
	if (o && json_object_is_type(o, json_type_array))
		FUZZ_CHECK(n == json_object_array_length(o));
	if (o && json_object_is_type(o, json_type_object))
		FUZZ_CHECK(n >= (size_t)json_object_object_length(o));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_tokener *t = json_tokener_new_ex(NSV_JSON_DEPTH_MAX + 1);
	struct json_object *o;
	struct nsv_json v;
	bool good, whole;

	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(t, (const char *)data, (int)size);
	good =
	    json_tokener_get_error(t) == json_tokener_success &&
	    json_tokener_get_parse_end(t) == size &&
	    (json_object_is_type(o, json_type_object) || json_object_is_type(o, json_type_array));
	whole = nsv_json_whole((const char *)data, size, &v);
	FUZZ_CHECK(!good || whole || memchr(data, '\0', size));
	if (whole)
		compare(v, good ? o : NULL, 0);
	json_object_put(o);
	json_tokener_free(t);
	return 0;
}
