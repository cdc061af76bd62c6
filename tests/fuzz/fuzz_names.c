/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz_names.c - a container's passwd and group: names are harmless, the first line of a number
 * counts. */
#include "fuzz.h"

#include "cli/nsls.h"
#include "reach/util.h"

const struct cli_command cli_command = { .name = "fuzz" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	nsv_autofree char *copy = fuzz_text(data, size);
	char *rest = copy, *line;
	struct ls_names *names;

	names = ls_names_parse(fuzz_text(data, size), false);
	FUZZ_CHECK(!ls_name_of(names, UINT32_MAX));
	/* Backwards would be exact; each number that a line has is a name of some line, or none. */
	while ((line = strsep(&rest, "\n"))) {
		const char *name = strsep(&line, ":"), *id;
		nsv_autofree char *escaped = NULL;
		const char *found;
		char *end;
		unsigned long n;

		(void)strsep(&line, ":");
		id = strsep(&line, ":");
		if (!id || *id < '0' || *id > '9' || strlen(id) > 10)
			continue;
		n = strtoul(id, &end, 10);
		if (*end || n >= UINT32_MAX)
			continue;
		found = ls_name_of(names, (uint32_t)n);
		if (!found)
			continue;
		escaped = cli_escape(found, strlen(found), true, NULL);
		FUZZ_CHECK(!strcmp(found, escaped) && *found && !strchr(found, ' '));
		FUZZ_CHECK(found[strspn(found, "0123456789")]);
		(void)name;
	}
	ls_names_free(names);
	return 0;
}
