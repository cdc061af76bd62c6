/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * changes.c - prints what a container changed in its image's files, as nsdiff does: A for added,
 * C for changed, D for deleted.
 *
 *     cc changes.c -o changes $(pkg-config --cflags --libs nsview)
 *     sudo ./changes web1
 */
#include <stdio.h>

#include <nsview/changes.h>
#include <nsview/discover.h>

/* A container may name a file as it likes: no byte of that reaches a terminal as it is. */
static int print(const struct nsv_change *change, void *data)
{
	(void)printf("%c ", (char)change->kind);
	for (const char *s = change->path; *s; s++) {
		if (*s >= ' ' && *s < 0x7f && *s != '\\')
			(void)putchar(*s);
		else
			(void)printf("\\x%02x", (unsigned char)*s);
	}
	(void)putchar('\n');
	return 0; /* other values end the walk */
}

static int walk(struct nsv_target *target, struct nsv_root *root, const struct nsv_container *c,
		struct nsv_error *e)
{
	struct nsv_changes_options options = NSV_CHANGES_OPTIONS_INIT;
	struct nsv_changes *changes = NULL;
	const char *why = NULL;
	int r;

	/* Where the engine keeps the layers: below its storage alone they are believed. */
	options.flags = NSV_CHANGES_CONTENT;
	options.engine = c->engine;
	options.id = c->id;
	options.engine_dir = c->engine_dir;
	r = nsv_changes_open(target, root, &options, &changes, e);
	if (r == 0 && nsv_changes_state(changes, &why) != NSV_CHANGES_STATE_KNOWN)
		(void)fprintf(stderr, "changes: %s\n", why);
	if (r == 0)
		r = nsv_changes_walk(changes, print, NULL, e);
	nsv_changes_free(changes);
	return r;
}

int main(int argc, char **argv)
{
	struct nsv_scan_options options = NSV_SCAN_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	const struct nsv_container *c = NULL;
	struct nsv_target *target = NULL;
	struct nsv_root *root = NULL;
	struct nsv_scan *scan = NULL;
	int r;

	if (argc != 2)
		return 2;
	options.flags = NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES;
	r = nsv_scan_new(&options, &scan, &e);
	if (r == 0)
		r = nsv_scan_find_name(scan, argv[1], &c, &e);
	/* The start time makes sure that no other process has got the PID meanwhile. */
	if (r == 0)
		r = nsv_target_open_pid(c->pid, c->mntns, c->start, &target, &e);
	if (r == 0)
		r = nsv_root_open(target, NSV_VIA_AUTO, &root, &e);
	if (r == 0)
		r = walk(target, root, c, &e);
	if (r < 0)
		(void)fprintf(stderr, "changes: %s\n", e.msg);
	nsv_root_free(root);
	nsv_target_free(target);
	nsv_scan_free(scan);
	return r < 0;
}
