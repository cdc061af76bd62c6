/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.c - prints bytes that a container chose as JSON: always valid Unicode, always exact, and
 * harmless for a terminal.
 */
#include "cli/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/time_text.h"
#include "base/util.h"
#include "cli/cli.h"

struct json_object *cli_json_object(void)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		cli_no_memory();
	return o;
}

struct json_object *cli_json_array(void)
{
	struct json_object *o = json_object_new_array();

	if (!o)
		cli_no_memory();
	return o;
}

void cli_json_add(struct json_object *o, const char *key, struct json_object *value)
{
	if (json_object_object_add(o, key, value) < 0)
		cli_no_memory();
}

void cli_json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value) < 0)
		cli_no_memory();
}

void cli_json_time(struct json_object *o, const char *key, struct timespec when)
{
	char text[NSV_TIME_TEXT];

	cli_json_add(o, key,
		     nsv_has_time_text(when) ? json_object_new_string(nsv_time_text(when, text))
					     : NULL);
}

static char *to_base64(const char *text, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = malloc((len + 2) / 3 * 4 + 1), *p = out;

	if (!out)
		cli_no_memory();
	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)(unsigned char)text[i] << 16;

		if (i + 1 < len)
			v |= (uint32_t)(unsigned char)text[i + 1] << 8;
		if (i + 2 < len)
			v |= (unsigned char)text[i + 2];
		*p++ = digits[v >> 18];
		*p++ = digits[v >> 12 & 63];
		*p++ = i + 1 < len ? digits[v >> 6 & 63] : '=';
		*p++ = i + 2 < len ? digits[v & 63] : '=';
	}
	*p = '\0';
	return out;
}

struct json_object *cli_json_utf8(const char *text, size_t len, bool *ret_exact)
{
	static const char replacement[3] = { '\xef', '\xbf', '\xbd' }; /* U+FFFD */
	nsv_autofree char *good = calloc(3, len + 1);
	struct json_object *string;
	bool exact = true;
	size_t g = 0;

	if (!good)
		cli_no_memory();
	for (size_t i = 0; i < len;) {
		size_t n = cli_utf8_char(text + i, len - i, NULL);

		memcpy(good + g, n ? text + i : replacement, n ? n : 3);
		exact = exact && n;
		g += n ? n : 3;
		i += n ? n : 1;
	}
	string = json_object_new_string_len(good, (int)g);
	if (!string)
		cli_no_memory();
	if (ret_exact)
		*ret_exact = exact;
	return string;
}

void cli_json_bytes(struct json_object *o, const char *key, const char *text, size_t len)
{
	nsv_autofree char *base64 = NULL;
	char key64[64];
	bool exact = true;

	cli_json_add(o, key, text ? cli_json_utf8(text, len, &exact) : NULL);
	if (exact)
		return;
	base64 = to_base64(text, len);
	(void)snprintf(key64, sizeof(key64), "%s_base64", key);
	cli_json_add(o, key64, json_object_new_string(base64));
}

void cli_json_text(struct json_object *o, const char *key, const char *text)
{
	cli_json_bytes(o, key, text, text ? strlen(text) : 0);
}

/*
 * JSON escapes only the ASCII controls; for a terminal the other harmful characters are escaped,
 * too. Outside of strings JSON is ASCII.
 */
static void print_safely(const char *text, bool terminal, bool utf8)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t n = cli_utf8_char(text + i, len - i, &code);

		if (n && !cli_is_harmful(code) && (n == 1 || utf8 || !terminal))
			(void)fwrite(text + i, 1, n, stdout);
		else if (code > 0xffff)
			printf("\\u%04x\\u%04x", 0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
		else
			printf("\\u%04x", code);
		i += n ? n : 1;
	}
}

void cli_json_print(struct json_object *o_take, bool terminal, bool utf8)
{
	const char *text =
	    json_object_to_json_string_ext(o_take,
					   JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		cli_no_memory();
	print_safely(text, terminal, utf8);
	(void)json_object_put(o_take);
}
