/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nscollect_artifacts.c - names of artifacts, and the definitions that they are looked up in. */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/nscollect.h"

#define MEANT_MAX 4

static void add_name(struct nscollect_options *o, const char *name)
{
	size_t n = o->c.n_artifacts;
	const char **list = reallocarray(o->artifacts, n + 1, sizeof(*list));

	if (!list)
		cli_no_memory();
	list[n] = name;
	o->artifacts = list;
	o->c.artifact_names = list;
	o->c.n_artifacts = n + 1;
}

void nscollect_add_artifacts(struct nscollect_options *o, const char *list)
{
	size_t n = o->n_artifact_texts;
	char **texts = reallocarray(o->artifact_texts, n + 1, sizeof(*texts));
	char *rest, *name;

	if (!texts)
		cli_no_memory();
	o->artifact_texts = texts;
	rest = texts[n] = strdup(list);
	if (!rest)
		cli_no_memory();
	o->n_artifact_texts++;
	while ((name = strsep(&rest, ","))) {
		if (!*name)
			cli_usage_error("--artifacts: a name is empty");
		add_name(o, name);
	}
}

static struct nsv_artifacts *load(const char *definitions)
{
	struct nsv_artifacts *a = NULL;
	struct nsv_error e = NSV_ERROR_INIT;

	if (nsv_artifacts_load(definitions, &a, &e) == 0)
		return a;
	if (!definitions && e.err == ENOENT)
		cli_error("no definitions in %s: Debian's package forensic-artifacts has them, or "
			  "use --definitions",
			  NSV_ARTIFACTS_FOLDER);
	else
		cli_error("definitions: %s", e.msg);
	exit(CLI_EXIT_USAGE);
}

static void unknown(const struct nscollect_options *o, const char *name)
{
	const char *meant[MEANT_MAX];
	size_t n = nsv_artifacts_nearest(o->loaded, name, meant, MEANT_MAX), len = 0;
	nsv_autofree char *list = NULL;
	FILE *f = open_memstream(&list, &len);

	for (size_t i = 0; f && i < n; i++)
		(void)fprintf(f, "%s%s", i ? ", " : "; is it ", meant[i]);
	if (!f || fclose(f) != 0)
		cli_no_memory();
	cli_error("--artifacts: %s has no '%s'%s%s",
		  o->definitions ? o->definitions : NSV_ARTIFACTS_FOLDER, name, list, n ? "?" : "");
}

void nscollect_load_artifacts(struct nscollect_options *o)
{
	bool bad = false;

	if (o->c.n_artifacts == 0)
		return;
	o->loaded = load(o->definitions);
	o->c.artifacts = o->loaded;
	for (size_t i = 0; i < o->c.n_artifacts; i++)
		if (!nsv_artifacts_has(o->loaded, o->artifacts[i])) {
			unknown(o, o->artifacts[i]);
			bad = true;
		}
	if (bad)
		exit(CLI_EXIT_USAGE);
}

void nscollect_free_artifacts(struct nscollect_options *o)
{
	o->loaded = nsv_artifacts_free(o->loaded);
	for (size_t i = 0; i < o->n_artifact_texts; i++)
		free(o->artifact_texts[i]);
	free(o->artifact_texts);
	free(o->artifacts);
}

enum cli_exit nscollect_list_artifacts(const char *definitions)
{
	struct nsv_artifacts *a = load(definitions);
	struct nsv_artifact one = { .size = sizeof(one) };

	for (size_t i = 0; nsv_artifacts_get(a, i, &one); i++) {
		nsv_autofree char *doc = NULL;

		if (!one.is_linux)
			continue;
		doc = cli_escape(one.doc, strlen(one.doc), cli_locale_is_utf8(), NULL);
		printf("%-40s %s\n", one.name, doc);
	}
	(void)nsv_artifacts_free(a);
	return CLI_EXIT_OK;
}
