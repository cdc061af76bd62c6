/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz_specs.c - what a person types: a name's parts lie in it, an argument is its two sides. */
#include "fuzz.h"

#include "cli/spec_path.h"
#include "command/options.h"
#include "discover/names/name_match.h"
#include "reach/util.h"

const struct cli_command cli_command = { .name = "fuzz" };

static void check_name(const char *text)
{
	const char *end = text + strlen(text);
	struct nsv_name n;

	if (!nsv_name_parse(text, &n))
		return;
	FUZZ_CHECK(n.text >= text && n.text <= end);
	switch (n.kind) {
	case NSV_NAME_PLAIN:
		FUZZ_CHECK(n.text == text && !strchr(text, ':'));
		break;
	case NSV_NAME_HOST:
		FUZZ_CHECK(!strncmp(text, "host:", 5) && n.text == text + 5);
		break;
	case NSV_NAME_ENGINE:
		FUZZ_CHECK(n.engine == text && n.engine_len > 0 &&
			   n.text == text + n.engine_len + 1 && *n.text);
		break;
	case NSV_NAME_POD:
		FUZZ_CHECK(n.pod_name >= n.text + n.pod_ns_len);
		FUZZ_CHECK(n.pod_name + n.pod_name_len <= end);
		FUZZ_CHECK(!n.pod_container ||
			   (n.pod_container > n.pod_name && n.pod_container <= end));
		break;
	}
}

static void check_arg(const char *text)
{
	struct cli_spec_path a;

	cli_spec_path_parse(text, &a);
	FUZZ_CHECK(a.text == text && a.path);
	FUZZ_CHECK(!a.spec == (a.where != CLI_IN_CONTAINER));
	if (!a.spec) {
		FUZZ_CHECK(a.path == text);
		return;
	}
	/* SPEC:PATH is the text, but for a path that is empty. */
	FUZZ_CHECK(!strncmp(text, a.spec, strlen(a.spec)));
	FUZZ_CHECK(text[strlen(a.spec)] == ':');
	FUZZ_CHECK(!strcmp(a.path, text + strlen(a.spec) + 1) ||
		   (!strcmp(a.path, "/") && !text[strlen(a.spec) + 1]));
	free(a.spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	nsv_autofree char *text = fuzz_text(data, size);

	check_name(text);
	check_arg(text);
	return 0;
}
