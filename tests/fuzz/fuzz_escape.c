/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_escape.c - what is shown of any bytes: no control character, in either kind of locale, and
 * from what is shown the bytes can be told. The same for JSON, read back by json-c.
 */
#include "fuzz.h"

#include <stdbool.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "command/escape.h"
#include "reach/util.h"

const struct cli_command cli_command = { .name = "fuzz" };

/* Whether a terminal takes all of it for text; by bytes, not by escape.c's own decoder. */
static bool is_text(const char *text, size_t len, bool utf8)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8))
			return false;
		/* U+0080 to U+009F, the 8-bit controls. */
		if (c == 0xc2 && i + 1 < len && (unsigned char)text[i + 1] < 0xa0)
			return false;
		/* U+202A to U+202E turn the direction of text. */
		if (c == 0xe2 && i + 2 < len && (unsigned char)text[i + 1] == 0x80 &&
		    (unsigned char)text[i + 2] >= 0xaa && (unsigned char)text[i + 2] <= 0xae)
			return false;
	}
	return true;
}

static size_t unescape(char *text, size_t len)
{
	static const char from[] = "abtnvfr\\", to[] = "\a\b\t\n\v\f\r\\";
	size_t o = 0;

	for (size_t i = 0; i < len; i++) {
		const char *at;

		if (text[i] != '\\') {
			text[o++] = text[i];
			continue;
		}
		FUZZ_CHECK(++i < len);
		at = strchr(from, text[i]);
		if (at) {
			text[o++] = to[at - from];
			continue;
		}
		FUZZ_CHECK(i + 2 < len);
		text[o++] =
		    (char)((text[i] - '0') << 6 | (text[i + 1] - '0') << 3 | (text[i + 2] - '0'));
		i += 2;
	}
	return o;
}

static void check_escape(const uint8_t *data, size_t size, bool utf8)
{
	size_t len;
	nsv_autofree char *text = fuzz_text(data, size);
	nsv_autofree char *shown = cli_escape(text, size, utf8, &len);

	FUZZ_CHECK(strlen(shown) == len && is_text(shown, len, utf8));
	FUZZ_CHECK(unescape(shown, len) == size && (!size || !memcmp(shown, data, size)));
}

/* What is printed goes to a file, as stdout; json-c makes of it what went in. */
static void check_json(const uint8_t *data, size_t size, bool terminal, bool utf8)
{
	nsv_autofree char *text = fuzz_text(data, size), *shown = NULL;
	struct json_object *o = cli_json_object(), *back, *name = NULL;
	FILE *saved = stdout;
	bool exact = true;
	size_t len = 0;

	json_object_put(cli_json_utf8(text, size, &exact));
	cli_json_bytes(o, "name", text, size);
	stdout = open_memstream(&shown, &len);
	FUZZ_CHECK(stdout);
	cli_json_print(o, terminal, utf8);
	(void)fclose(stdout);
	stdout = saved;
	FUZZ_CHECK(strlen(shown) == len);
	FUZZ_CHECK(!terminal || is_text(shown, len, utf8));
	back = json_tokener_parse(shown);
	FUZZ_CHECK(back && json_object_object_get_ex(back, "name", &name));
	FUZZ_CHECK(exact == !json_object_object_get_ex(back, "name_base64", NULL));
	if (exact)
		FUZZ_CHECK((size_t)json_object_get_string_len(name) == size &&
			   (!size || !memcmp(json_object_get_string(name), data, size)));
	json_object_put(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int utf8 = 0; utf8 < 2; utf8++) {
		check_escape(data, size, utf8);
		check_json(data, size, false, utf8);
		check_json(data, size, true, utf8);
	}
	return 0;
}
