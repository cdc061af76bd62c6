/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_report.c - members of a package, as its maker likes them, through to the three forms of a
 * report. A line "==NAME==" begins a member. Whatever they hold: the page has as many tags of the
 * kinds that run something as one of an empty package, its data and the list are JSON, all of it is
 * UTF-8 without controls, but for JSON without marks of direction, and no line of Markdown begins a
 * heading of its own.
 */
#include "fuzz.h"

#include <json-c/json.h>

#include "command/escape.h"
#include "command/options.h"
#include "reach/util.h"
#include "report/judge.h"
#include "report/lists.h"
#include "report/page.h"

const struct cli_command cli_command = { .name = "fuzz" };

typedef void write_fn(struct nsv_out *o, const struct nsv_model *m);

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	for (const char *p = text; (p = strcasestr(p, word)); p++)
		n++;
	return n;
}

/* ---- members ---- */

static void keep(struct nsv_source *s, const char *name, size_t name_len, const uint8_t *data,
		 size_t size)
{
	for (size_t i = 0; i < NSV_SOURCES; i++)
		if (strlen(s->kept[i].name) == name_len &&
		    !memcmp(s->kept[i].name, name, name_len)) {
			s->kept[i].found = true;
			nsv_text_put(&s->kept[i].text, data, size);
		}
}

static void split(struct nsv_source *s, const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size, *at = data;

	while (at < end) {
		const uint8_t *head = memmem(at, (size_t)(end - at), "==", 2);
		const uint8_t *name = head ? head + 2 : end;
		const uint8_t *name_end =
		    name < end ? memmem(name, (size_t)(end - name), "==\n", 3) : NULL;
		const uint8_t *body = name_end ? name_end + 3 : end;
		const uint8_t *next =
		    body < end ? memmem(body, (size_t)(end - body), "\n==", 3) : NULL;

		if (!name_end)
			return;
		next = next ? next + 1 : end;
		keep(s, (const char *)name, (size_t)(name_end - name), body, (size_t)(next - body));
		at = next;
	}
}

/* ---- what a report may hold ---- */

static char *written(const struct nsv_model *m, write_fn *fn)
{
	struct nsv_out o = { 0 };
	char *text = NULL;
	size_t size = 0;

	o.f = open_memstream(&text, &size);
	FUZZ_CHECK(o.f);
	fn(&o, m);
	FUZZ_CHECK(fclose(o.f) == 0 && strlen(text) == size && o.bytes == size);
	return text;
}

/* JSON is for programs, and keeps marks of direction as they are. */
static void check_characters(const char *text, bool marks)
{
	size_t len = strlen(text);
	uint32_t code;

	for (size_t at = 0, n; at < len; at += n) {
		n = cli_utf8_char(text + at, len - at, &code);
		FUZZ_CHECK(n > 0);
		FUZZ_CHECK(code >= 0x20 || code == '\n' || code == '\t');
		FUZZ_CHECK(code < 0x7f || code >= 0xa0);
		if (marks)
			continue;
		FUZZ_CHECK(code != 0x2028 && code != 0x2029 && code != 0x200b);
		FUZZ_CHECK(!(code >= 0x202a && code <= 0x202e) &&
			   !(code >= 0x2066 && code <= 0x2069));
	}
}

static void check_json(const char *text, size_t len)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *o;

	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, text, (int)len);
	FUZZ_CHECK(o && json_tokener_get_error(t) == json_tokener_success &&
		   json_tokener_get_parse_end(t) == len);
	json_object_put(o);
	json_tokener_free(t);
}

static void check_data(const char *page, const char *mark)
{
	const char *start = strstr(page, mark);
	const char *end = start ? strstr(start, "</script>") : NULL;

	FUZZ_CHECK(end);
	start += strlen(mark);
	check_json(start, (size_t)(end - start));
}

static void check_page(const char *page)
{
	static const char *const tags[] = { "<script", "</script", "<style", "<!--",  "<img",
					    "<iframe", "<base",	   "<form",  "<meta", "<svg" };
	static size_t own[NSV_ARRAY_SIZE(tags)];
	static bool known;

	/* The first one is of the empty package. */
	for (size_t i = 0; i < NSV_ARRAY_SIZE(tags); i++) {
		if (!known)
			own[i] = count(page, tags[i]);
		FUZZ_CHECK(count(page, tags[i]) == own[i]);
	}
	known = true;
	FUZZ_CHECK(strlen(page) <= 20000000);
	check_characters(page, false);
	check_data(page, "id=\"data-changes\">");
	check_data(page, "id=\"data-timeline\">");
}

static void check_markdown(const char *text)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		FUZZ_CHECK(*line != '#' || !strncmp(line, "# Evidence of a container\n", 26) ||
			   !strncmp(line, "## Findings\n", 12) || !strncmp(line, "### ", 4));
	}
	check_characters(text, false);
}

static void report(const uint8_t *data, size_t size)
{
	struct nsv_model m = { .package = "p.tar" };
	char *text;

	nsv_source_init(&m.source, NULL);
	split(&m.source, data, size);
	FUZZ_CHECK(nsv_source_map(&m.source) == 0 && nsv_facts_read(&m.facts, &m.source) == 0 &&
		   nsv_changed_read(&m.changes, &m.facts) == 0 &&
		   nsv_findings_init(&m.findings) == 0 &&
		   nsv_judge(&m.facts, &m.changes, &m.findings) == 0);
	text = written(&m, nsv_page_write);
	check_page(text);
	free(text);
	text = written(&m, nsv_list_json);
	check_characters(text, true);
	check_json(text, strlen(text) - 1); /* and a newline */
	free(text);
	text = written(&m, nsv_list_markdown);
	check_markdown(text);
	free(text);
	nsv_findings_free(&m.findings);
	nsv_changed_free(&m.changes);
	nsv_facts_free(&m.facts);
	nsv_source_free(&m.source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool begun;

	if (!begun)
		report((const uint8_t *)"", 0);
	begun = true;
	report(data, size);
	return 0;
}
