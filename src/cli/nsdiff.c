/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsdiff.c - what a running container changed in its image's files, or what two containers differ
 * in.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/complete.h"
#include "cli/nsdiff.h"
#include "cli/nsdiff_layer.h"

enum {
	OPT_STAT = CLI_OPT_LONG,
	OPT_CONTENT,
	OPT_LAYER,
	OPT_IMAGE,
};

static const struct cli_option options[] = {
	{ OPT_STAT, "stat", NULL, "also what differs, the old and the new size, and totals" },
	{ OPT_CONTENT, "content", NULL, "texts that changed, as diff -u shows them" },
	{ OPT_LAYER, "layer", "FILE", "write the changes as a layer of an OCI image" },
	{ OPT_IMAGE, "image", "FILE", "write image and changes as an archive for podman load" },
	{ 'x', "one-file-system", NULL, "leave out other mounts (volumes, tmpfs)" },
	{ '0', "zero", NULL, "end each line with NUL; names are exact" },
	{ 'J', "json", NULL, "a JSON object, see nsdiff(1)" },
	CLI_COMMON_OPTIONS,
};

const struct cli_command cli_command = {
	.name = "nsdiff",
	.usage = "[OPTION]... SPEC\n[OPTION]... SPEC SPEC [PATH]",
	.about = "List what a running container added (A), changed (C) and deleted (D) since its\n"
		 "image, and what lies on volumes (V); or what a second container has otherwise\n"
		 "than the first. No engine is asked.",
	.options = options,
	.complete = cli_complete_two,
	.epilog = CLI_SPEC_HELP
	"What can't be known is an error: a root that is no overlay, or folders of an\n"
	"overlay that nothing proves to be the container's.\n"
	"\n"
	"Exit code: 0 all done, 1 something failed or is unknown, 2 wrong usage or no\n"
	"such container.",
	.habits = cli_pod_habits,
};

static void count(struct nsdiff_totals *t, const struct nsv_change *c)
{
	t->added += c->kind == NSV_CHANGE_ADDED;
	t->changed += c->kind == NSV_CHANGE_CHANGED;
	t->deleted += c->kind == NSV_CHANGE_DELETED;
	t->volumes += c->kind == NSV_CHANGE_VOLUME;
	if (c->kind == NSV_CHANGE_VOLUME)
		return;
	if (c->now->exists && S_ISREG(c->now->mode))
		t->bytes += (int64_t)nsv_min(c->now->size, (uint64_t)INT64_MAX / 4);
	if (c->old->exists && S_ISREG(c->old->mode))
		t->bytes -= (int64_t)nsv_min(c->old->size, (uint64_t)INT64_MAX / 4);
}

static int on_change(const struct nsv_change *c, void *data)
{
	struct nsdiff *d = data;

	count(&d->totals, c);
	if (c->kind == NSV_CHANGE_PROBLEM) {
		d->totals.problems++;
		cli_error("%s:%s: %s", d->spec, c->path, c->text);
	}
	if (d->json)
		nsdiff_json_change(d, c);
	else if (c->kind == NSV_CHANGE_PROBLEM)
		;
	else if (d->stat)
		nsdiff_print_stat(d, c);
	else if (d->content)
		nsdiff_print_content(d, c);
	else
		nsdiff_print_line(d, c);
	/* Nobody reads on. */
	return ferror(stdout) ? 1 : 0;
}

static unsigned flags_of(const struct nsdiff *d)
{
	return (d->json || d->stat || d->content ? (unsigned)NSV_CHANGES_CONTENT : 0U) |
	       (d->one_mount || d->layer || d->image ? 0U : (unsigned)NSV_CHANGES_VOLUMES);
}

/* Tells of all that differs. @other: the second of two containers. */
static enum cli_exit run(struct nsdiff *d, struct nsv_changes *c, const char *other)
{
	struct nsv_error e = NSV_ERROR_INIT;
	enum nsv_changes_state state;
	const char *why;
	int r;

	state = nsv_changes_state(c, &why);
	if (state == NSV_CHANGES_STATE_UNKNOWN)
		cli_error("%s: what it changed is unknown: %s", d->spec, why);
	else if (state == NSV_CHANGES_STATE_NO_UPPER)
		cli_note("%s: %s: nothing can have changed", d->spec, why);
	if (d->json)
		nsdiff_json_begin(d, d->spec, other, c);
	r = nsv_changes_walk(c, on_change, d, &e);
	if (r < 0)
		cli_error_at(d->spec, NULL, r, &e);
	if (d->json)
		nsdiff_json_end(d);
	else if (d->stat)
		nsdiff_print_totals(d, state == NSV_CHANGES_STATE_UNKNOWN);
	return r || d->totals.problems || state == NSV_CHANGES_STATE_UNKNOWN ? CLI_EXIT_FAILED
									     : CLI_EXIT_OK;
}

static enum cli_exit one(struct nsdiff *d, const char *spec)
{
	struct nsv_changes_options o = NSV_CHANGES_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_changes *c = NULL;
	struct nsdiff_side side;
	enum cli_exit status = nsdiff_open(&side, spec, d->via);

	if (status == CLI_EXIT_OK) {
		int r;

		o.flags = flags_of(d);
		o.engine = side.engine;
		o.id = side.id;
		o.engine_dir = side.engine_dir;
		r = nsv_changes_open(side.target, side.root, &o, &c, &e);
		if (r < 0)
			cli_error_at(spec, NULL, r, &e);
		if (r < 0)
			status = CLI_EXIT_FAILED;
		else if (d->layer || d->image)
			status = nsdiff_layer(d, c, side.target);
		else
			status = run(d, c, NULL);
	}
	(void)nsv_changes_free(c);
	nsdiff_close(&side);
	return status;
}

static enum cli_exit two(struct nsdiff *d, const char *a, const char *b, const char *path)
{
	nsv_autofree char *spec_a = strdup(a), *spec_b = strdup(b);
	const struct cli_spec_path args[] = {
		{ .where = CLI_IN_CONTAINER, .text = a, .spec = spec_a, .path = path },
		{ .where = CLI_IN_CONTAINER, .text = b, .spec = spec_b, .path = path },
	};
	struct nsv_changes_options o = NSV_CHANGES_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_changes *c = NULL;
	struct cli_sides sides;
	enum cli_exit status;
	int r;

	if (!spec_a || !spec_b)
		cli_no_memory();
	status = cli_sides_open(&sides, args, 2, d->via);
	if (status != CLI_EXIT_OK)
		return status;
	o.flags = flags_of(d) | NSV_CHANGES_CONTENT;
	r = nsv_changes_between(cli_side_of(&sides, a)->root, cli_side_of(&sides, b)->root, path,
				&o, &c, &e);
	if (r < 0)
		cli_error_at(b, path, r, &e);
	else if (!d->one_mount && (nsdiff_has_mounts(cli_side_of(&sides, a), path) ||
				   nsdiff_has_mounts(cli_side_of(&sides, b), path)))
		cli_note("%s: what lies on other mounts is not compared", path);
	status = r < 0 ? CLI_EXIT_FAILED : run(d, c, a);
	(void)nsv_changes_free(c);
	cli_sides_close(&sides);
	return status;
}

static void check_usage(const struct nsdiff *d, int args)
{
	bool writes = d->layer || d->image;

	if (args == 0)
		cli_usage_error("which container?");
	if (args > 3)
		cli_usage_error("two containers and a path at most");
	if (d->json + d->stat + d->content + d->zero > 1 &&
	    !(d->zero && d->stat && !d->json && !d->content))
		cli_usage_error("only one of --json, --stat, --content and --zero");
	if (d->layer && d->image)
		cli_usage_error("--layer and --image write a file each: one at a time");
	if (writes && args > 1)
		cli_usage_error("--layer and --image are of one container");
	if (writes && (d->json || d->stat || d->content || d->zero))
		cli_usage_error("%s writes a file, and %s is a form of the list: one of them",
				d->layer ? "--layer" : "--image",
				d->json	     ? "--json"
				: d->stat    ? "--stat"
				: d->content ? "--content"
					     : "--zero");
	if (writes && strcmp(d->layer ? d->layer : d->image, "-") == 0)
		cli_usage_error("--layer and --image write a file, not standard output");
}

static void parse(struct nsdiff *d, int argc, char **argv)
{
	struct cli_parser p;
	int id;

	cli_parser_init(&p, argc, argv);
	while ((id = cli_next_option(&p)) != CLI_OPT_END)
		switch (id) {
		case OPT_STAT:
			d->stat = true;
			break;
		case OPT_CONTENT:
			d->content = true;
			break;
		case OPT_LAYER:
			d->layer = p.value;
			break;
		case OPT_IMAGE:
			d->image = p.value;
			break;
		case 'x':
			d->one_mount = true;
			break;
		case '0':
			d->zero = true;
			break;
		case 'J':
			d->json = true;
			break;
		case CLI_OPT_VIA:
			d->via = cli_parse_via(p.value);
			break;
		default:
			break;
		}
	check_usage(d, argc - optind);
}

int main(int argc, char **argv)
{
	struct nsdiff d = { .via = NSV_VIA_AUTO };
	struct rlimit limit;
	enum cli_exit r, closed;

	parse(&d, argc, argv);
	(void)setlocale(LC_CTYPE, "");
	d.terminal = isatty(STDOUT_FILENO);
	d.utf8 = cli_locale_is_utf8();
	/* Each folder on the way has an fd in each layer that has it. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	argv += optind;
	argc -= optind;
	d.spec = argc == 1 ? argv[0] : argv[1];
	if (argc == 1)
		r = one(&d, argv[0]);
	else
		r = two(&d, argv[0], argv[1], argc > 2 ? argv[2] : "/");
	closed = cli_close_stdout();
	return closed != CLI_EXIT_OK ? closed : r;
}
