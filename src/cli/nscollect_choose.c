/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nscollect_choose.c - containers by what they are, not by name. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include <nsview/discover.h>

#include "cli/nscollect.h"

static bool has_label(const struct nsv_container *c, const char *wanted)
{
	const char *equals = strchr(wanted, '=');
	const char *key, *value;
	size_t len = equals ? (size_t)(equals - wanted) : strlen(wanted);

	for (size_t i = 0; (key = nsv_container_label(c, i, &value)); i++)
		if (strncmp(key, wanted, len) == 0 && !key[len] &&
		    (!equals || strcmp(value, equals + 1) == 0))
			return true;
	return false;
}

static bool is_meant(const struct nscollect_options *o, const struct nsv_container *c)
{
	bool image = o->n_images == 0;

	for (size_t i = 0; i < o->n_labels; i++)
		if (!has_label(c, o->labels[i]))
			return false;
	for (size_t i = 0; i < o->n_images; i++)
		image = image || (c->image && fnmatch(o->images[i], c->image, 0) == 0);
	return image;
}

char **nscollect_choose(const struct nscollect_options *o)
{
	struct nsv_scan_options so = NSV_SCAN_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_scan *scan = NULL;
	char **specs;
	size_t n = 0;
	int r;

	so.flags = NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES;
	r = nsv_scan_new(&so, &scan, &e);
	if (r < 0) {
		cli_error_at("--all", NULL, r, &e);
		exit(CLI_EXIT_FAILED);
	}
	specs = calloc(nsv_scan_count(scan) + 1, sizeof(*specs));
	if (!specs)
		cli_no_memory();
	for (size_t i = 0; i < nsv_scan_count(scan); i++) {
		const struct nsv_container *c = nsv_scan_get(scan, i);

		if (is_meant(o, c) && nsv_scan_spec(scan, c, &specs[n++]) < 0)
			cli_no_memory();
	}
	(void)nsv_scan_free(scan);
	return specs;
}
