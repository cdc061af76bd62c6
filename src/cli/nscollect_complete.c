/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nscollect_complete.c - completes containers, the words in their place, packages and artifacts. */
#include <string.h>

#include <nsview/artifacts.h>

#include "base/util.h"
#include "cli/complete.h"
#include "cli/limit.h"
#include "cli/nscollect.h"

static const struct {
	const char *word, *about;
	bool takes_files;
} words[] = {
	{ "verify", "check a package", true },
	{ "list", "list a package's members", true },
	{ "report", "what to look at first", true },
	{ "keygen", "make a key to sign with", true },
	{ "artifacts", "names for --artifacts", false },
};

/* Definitions may come from anywhere, so they are read within the limit. */
static void list_artifacts(const void *data)
{
	struct nsv_artifacts *a = NULL;
	struct nsv_artifact one;

	if (nsv_artifacts_load(NULL, &a, NULL) < 0)
		return;
	for (size_t i = 0; nsv_artifacts_get(a, i, &one); i++)
		if (one.is_linux)
			cli_candidate_in_list(data, one.name);
	(void)nsv_artifacts_free(a);
}

bool nscollect_complete(const struct cli_completion *c)
{
	if (c->option && strcmp(c->option->name, "artifacts") == 0) {
		cli_within_limit(list_artifacts, c);
		return true;
	}
	if (c->option)
		return false;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(words); i++) {
		if (c->n_operands == 0) {
			cli_candidate(c, words[i].word, true, words[i].about);
		} else if (strcmp(c->operands[0], words[i].word) == 0) {
			if (words[i].takes_files)
				cli_candidate_files(c);
			return true;
		}
	}
	return cli_complete_specs(c);
}
