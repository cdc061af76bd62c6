/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_discover_json_walk.c - values of JSON texts, found without a tree. json-c says what is in
 * them.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "fixtures/skip.h"

#include "discover/hints/json_walk.h"
#include "reach/util.h"

static struct nsv_json whole(const char *text)
{
	struct nsv_json v = { 0 };

	return nsv_json_whole(text, strlen(text), &v) ? v : (struct nsv_json){ 0 };
}

static void whole_texts_only(void **state)
{
	static const char *const good[] = {
		"{}",
		"[]",
		"\"\"",
		"1",
		" null ",
		"[[],{}]",
		"{\"a\":{\"b\":[1,2]},\"c\":\"\"}",
		"\"\\\\\"",
		"[\"\\\"]\"]",
		"\t[ 1 , -2.5e+7 ]\r\n",
		"{\"a\\\"}\":\"{\"}",
	};
	static const char *const bad[] = {
		"",	     " ",	   "{",
		"}",	     "[",	   "]",
		"[}",	     "{]",	   "[1,]",
		"[,]",	     "{,}",	   "{\"a\"}",
		"{\"a\":}",  "{\"a\":1,}", "{1:2}",
		"\"",	     "\"\\\"",	   "[] []",
		"1 2",	     "[1 2]",	   "{\"a\":1 \"b\":2}",
		"[\"]",	     "\"\\\\\\\"", "{\"a\"1}",
		"[1]]",	     "{\"a\":[}",  "[1}",
		"{\"a\":1]", "[[1},2]",
	};

	(void)state;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(good); i++) {
		struct json_object *o = json_tokener_parse(good[i]);

		assert_true(o || !strcmp(good[i], " null "));
		json_object_put(o);
		assert_non_null(whole(good[i]).at);
		/* A text that is cut off is none, however it is cut. */
		for (size_t cut = 0; cut + 1 < strlen(good[i]); cut++) {
			struct nsv_json v = { 0 };
			char *part = strndup(good[i], cut);

			assert_true(!nsv_json_whole(part, cut, &v) || v.len <= cut);
			free(part);
		}
	}
	for (size_t i = 0; i < NSV_ARRAY_SIZE(bad); i++)
		assert_null(whole(bad[i]).at);
}

static void nesting_is_bounded(void **state)
{
	char text[2 * NSV_JSON_DEPTH_MAX + 3];

	(void)state;
	for (size_t depth = NSV_JSON_DEPTH_MAX; depth <= NSV_JSON_DEPTH_MAX + 1; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		text[2 * depth] = '\0';
		assert_int_equal(whole(text).at != NULL, depth == NSV_JSON_DEPTH_MAX);
	}
}

static void members_are_found(void **state)
{
	static const char text[] =
	    "{\"a\\\"b\":1,\"x\":{\"id\":\"inner\"},\"s\":\"}],\\\"id\\\":\\\"no\\\"\", \"id\" : "
	    "\"first\",\"id\":[\"last\",{\"id\":3}],\"end\":-1}";
	struct nsv_json_member m[] = { { "id", { 0 } }, { "end", { 0 } }, { "none", { 0 } } };
	struct nsv_json key, value;
	struct nsv_json_walk w;

	(void)state;
	nsv_json_members(whole(text), m, NSV_ARRAY_SIZE(m));
	assert_int_equal(m[0].value.len, strlen("[\"last\",{\"id\":3}]"));
	assert_int_equal(nsv_json_number(m[1].value), -1);
	assert_null(m[2].value.at);
	w = nsv_json_walk(m[0].value);
	assert_true(nsv_json_next(&w, &key, &value));
	assert_null(key.at);
	assert_true(nsv_json_is(value, "last"));
	assert_true(nsv_json_next(&w, &key, &value));
	assert_int_equal(value.len, strlen("{\"id\":3}"));
	assert_false(nsv_json_next(&w, &key, &value));
	/* What is no object has no members. */
	nsv_json_members(whole("[\"id\",1]"), m, NSV_ARRAY_SIZE(m));
	assert_null(m[0].value.at);
	nsv_json_members(whole("\"id\""), m, NSV_ARRAY_SIZE(m));
	assert_null(m[0].value.at);
}

static void strings_are_decoded_as_json_c_does(void **state)
{
	static const char *const texts[] = {
		"\"\"",
		"\"plain\"",
		"\"a\\\"b\\\\c\\/\\n\\t\"",
		"\"\\u0041\\u00e9\\u20ac\"",
		"\"\\ud83d\\ude00\"",
		"\"caf\xc3\xa9\"",
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(texts); i++) {
		struct json_object *o = json_tokener_parse(texts[i]);

		assert_int_equal(nsv_json_string(whole(texts[i]), buf, sizeof(buf)),
				 json_object_get_string_len(o));
		assert_string_equal(buf, json_object_get_string(o));
		json_object_put(o);
	}
	assert_int_equal(nsv_json_string(whole("\"a\\u0000b\""), buf, sizeof(buf)), -EINVAL);
	assert_int_equal(nsv_json_string(whole("\"\\x\""), buf, sizeof(buf)), -EINVAL);
	assert_int_equal(nsv_json_string(whole("7"), buf, sizeof(buf)), -EINVAL);
	assert_int_equal(nsv_json_string(whole("\"1234\""), buf, 5), 4);
	assert_int_equal(nsv_json_string(whole("\"12345\""), buf, 5), -E2BIG);
	assert_int_equal(nsv_json_string(whole("\"1234\\n\""), buf, 5), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_texts_only),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(members_are_found),
		cmocka_unit_test(strings_are_decoded_as_json_c_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
