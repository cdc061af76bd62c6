/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsview_start.c - what nsview alone prints: the commands, and the three to try first on this host.
 * Shown names come from nsv_scan_spec(), which gives out only characters that need no quoting.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <nsview/discover.h>

#include "base/util.h"
#include "cli/nsview.h"

/* The container for the examples: one of an engine rather than one without, no pod's sandbox. */
static const struct nsv_container *choose(const struct nsv_scan *scan)
{
	const struct nsv_container *best = NULL;
	const struct nsv_container *c;

	for (size_t i = 0; (c = nsv_scan_get(scan, i)); i++) {
		if (c->kind != NSV_KIND_CONTAINER ||
		    (c->pod_container && strcmp(c->pod_container, "POD") == 0))
			continue;
		if (!best || (!best->engine && c->engine))
			best = c;
	}
	return best;
}

/* Whether containers run that this user can't look into. */
static bool some_unseen(const struct nsv_scan *scan)
{
	struct nsv_unseen unseen = { .size = sizeof(unseen) };

	for (size_t i = 0; nsv_scan_unseen_get(scan, i, &unseen); i++)
		if (unseen.may_be_container)
			return true;
	return false;
}

static void print_examples(const char *spec, const char *sudo)
{
	static const char *const none[] = { "nsview ps", "nsview doctor", "nsview help cat" };

	if (spec) {
		printf("  %snsview ps\n  %snsview ls -l %s /\n  %snsview cat %s "
		       "/etc/os-release\n",
		       sudo, sudo, spec, sudo, spec);
		return;
	}
	for (size_t i = 0; i < NSV_ARRAY_SIZE(none); i++)
		printf("  %s%s\n", i == 0 ? sudo : "", none[i]);
}

enum cli_exit nsview_start(void)
{
	struct nsv_scan_options what = NSV_SCAN_OPTIONS_INIT;
	nsv_autofree char *spec = NULL;
	const struct nsv_container *c = NULL;
	struct nsv_scan *scan = NULL;
	bool unseen = false;

	what.flags = NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES;
	/* Without a scan the examples go without a name; doctor says why. */
	if (nsv_scan_new(&what, &scan, NULL) == 0) {
		c = choose(scan);
		unseen = some_unseen(scan);
		if (c && nsv_scan_spec(scan, c, &spec) < 0)
			cli_no_memory();
	}
	printf("nsview %s - the files of running containers, from the host\n\n", NSVIEW_VERSION);
	for (const struct nsview_word *w = nsview_words; w->word; w++)
		printf("  %-9s %s\n", w->word, w->about);
	if (c)
		printf("\nTo try first:\n");
	else if (unseen)
		printf("\nContainers run here that only root can look into. To try first:\n");
	else
		printf("\nNo container runs here now. To try first:\n");
	print_examples(spec, !c && unseen && geteuid() != 0 ? "sudo " : "");
	nsv_scan_free(scan);
	return cli_close_stdout();
}
