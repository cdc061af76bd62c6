/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscp.c - copies files and trees out of a container, into one, between two.
 *
 * The order matters: targets and roots are opened while there is one thread (the setns
 * route forks, an ordinary user joins a user namespace), then the run and the progress
 * line start their threads.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/nscp.h"

static void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static struct nsv_root *root_of(const struct cli_sides *sides, const char *spec)
{
	const struct cli_side *side = cli_side_of(sides, spec);

	return side ? side->root : NULL;
}

static bool is_archive(const struct cli_spec_path *arg)
{
	return arg->where == CLI_ARCHIVE;
}

/* One line for what concerns the run as a whole; nothing for a signal. */
static void run_error(const struct cli_spec_path *arg, int r, const struct nsv_error *e)
{
	if (r != -ECANCELED && *e->msg)
		cli_error_at(arg->text, NULL, r, e);
}

/* Whether the bytes on standard input are no archive, and not one that is damaged further on. */
static bool is_no_archive(struct nsv_copy *copy, const struct cli_spec_path *arg, int r)
{
	struct nsv_copy_stats s = { .size = sizeof(s) };

	if (!is_archive(arg) || r != -EILSEQ)
		return false;
	nsv_copy_stats_get(copy, &s);
	return s.files + s.dirs == 0;
}

static bool set_dest(struct nsv_copy *copy, const struct cli_spec_path *dest, bool many)
{
	struct nsv_error e = NSV_ERROR_INIT;
	int r = is_archive(dest) ? nsv_copy_to_tar(copy, STDOUT_FILENO, &e)
				 : nsv_copy_to_path(copy, dest->path, many, &e);

	if (r < 0)
		cli_error_at(dest->text, NULL, r, &e);
	return r == 0;
}

static bool run(struct nsv_copy *copy, const struct cli_sides *sides, struct cp_report *report,
		const struct cli_spec_path *args, size_t n)
{
	bool ok = true;

	for (size_t i = 0; i + 1 < n && !cp_signalled(); i++) {
		struct nsv_error e = NSV_ERROR_INIT;
		int r;

		report->from = is_archive(&args[i]) ? "-" : args[i].spec;
		report->typed = args[i].found ? NULL : args[i].path;
		if (is_archive(&args[i]))
			r = nsv_copy_add_tar(copy, STDIN_FILENO, false, &e);
		else
			r = nsv_copy_add(copy, root_of(sides, args[i].spec), args[i].path, &e);
		if (r == 0)
			continue;
		ok = false;
		if (is_archive(&args[i]) && r == -ENOTDIR) {
			cli_error("%s: no directory, and '-' as SOURCE is a tar archive "
				  "(/dev/stdin copies standard input as a file)",
				  args[n - 1].text);
			break;
		}
		/* What was an event has been told: without a stage there is nothing new. */
		if (is_no_archive(copy, &args[i], r))
			cli_error("-: %s ('-' is a tar archive; '/dev/stdin' copies the bytes as "
				  "a file)",
				  e.msg);
		else if (e.stage != NSV_STAGE_NONE)
			run_error(is_archive(&args[i]) ? &args[i] : &args[n - 1], r, &e);
		if (r == -EPIPE || r == -ENOSPC)
			break;
	}
	return ok;
}

static struct cp_source *list_sources(const struct cli_spec_path *args, size_t n,
				      const struct cli_sides *sides)
{
	struct cp_source *list = calloc(n, sizeof(*list));

	if (!list)
		cli_no_memory();
	for (size_t i = 0; i < n; i++)
		list[i] = (struct cp_source){ root_of(sides, args[i].spec), args[i].path };
	return list;
}

static int copy_all(const struct cp_options *o, const struct cli_spec_path *args, size_t n,
		    const struct cli_sides *sides)
{
	const struct cli_spec_path *dest = &args[n - 1];
	struct nsv_copy_options copy_options = cp_copy_options(o, root_of(sides, dest->spec));
	struct cp_report report = { .to = dest->spec,
				    .verbose = is_archive(dest) ? stderr : stdout };
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_copy *copy = NULL;
	nsv_autofree struct cp_source *sources = list_sources(args, n - 1, sides);
	bool ok;
	int r;

	copy_options.data = &report;
	if (!cp_owner(o, dest, copy_options.to, &copy_options))
		return CLI_EXIT_USAGE;
	if (copy_options.to && !(o->flags & NSV_COPY_DRY_RUN))
		cp_log(args, n - 1, dest, copy_options.to);
	r = nsv_copy_new(&copy_options, &copy, &e);
	if (r < 0) {
		cli_error_at(dest->text, NULL, r, &e);
		return CLI_EXIT_FAILED;
	}
	ok = set_dest(copy, dest, n > 2);
	if (!is_archive(&args[0])) {
		report.options = &copy_options;
		report.sources = sources;
		report.n_sources = n - 1;
	}
	if (ok) {
		cp_report_start(&report, copy, o->progress);
		ok = run(copy, sides, &report, args, n);
		r = nsv_copy_finish(copy, &e);
		if (r < 0 && ok && is_archive(dest))
			run_error(dest, r, &e);
		ok = cp_report_end(&report) && ok && r == 0;
	}
	nsv_copy_free(copy);
	return ok ? CLI_EXIT_OK : CLI_EXIT_FAILED;
}

/* What the patterns among the sources match. */
static int copy_found(const struct cp_options *o, const struct cli_spec_path *args, size_t n,
		      const struct cli_sides *sides)
{
	enum cli_exit status = CLI_EXIT_OK;
	struct cli_spec_path *found = cli_glob(sides, args, n, true, &n, &status);
	int copied;

	if (!found)
		return status;
	copied = copy_all(o, found, n, sides);
	cli_spec_path_free(found, n);
	return copied > (int)status ? copied : (int)status;
}

/* With one source spec and another at DEST; more than that is for one user namespace. */
static bool is_pair(const struct cli_spec_path *args, size_t n)
{
	const struct cli_spec_path *dest = &args[n - 1];

	if (!dest->spec || !args[0].spec)
		return false;
	for (size_t i = 1; i + 1 < n; i++)
		if (!args[i].spec || strcmp(args[i].spec, args[0].spec) != 0)
			return false;
	return cp_needs_pair(args[0].spec, dest->spec);
}

/* Its inode number; 0 where it can't be read. */
static uint64_t own_userns(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) == 0 ? st.st_ino : 0;
}

static int start(struct cp_options *o, const struct cli_spec_path *args, size_t n)
{
	uint64_t userns = own_userns();
	struct cli_sides sides;
	int status = cli_sides_open(&sides, args, n, o->via);

	/* In a container's user namespace one can't give files of the host to others. */
	if (own_userns() != userns && !args[n - 1].spec && !(o->flags & NSV_COPY_HOST_IDS))
		o->flags |= NSV_COPY_OWN_IDS;
	if (o->chown && (o->flags & NSV_COPY_OWN_IDS))
		cli_usage_error("--chown: an ordinary user can't give files of the host to others");
	if (status == CLI_EXIT_OK && !o->globs)
		status = copy_all(o, args, n, &sides);
	else if (status == CLI_EXIT_OK)
		status = copy_found(o, args, n, &sides);
	cli_sides_close(&sides);
	return status;
}

/* The sources and, last, DEST, which may be the value of -t. */
static struct cli_spec_path *parse_args(const struct cp_options *o, char **operands, size_t n,
					size_t *ret_n)
{
	struct cli_spec_path *args;

	if (n + (o->target != NULL) < 2)
		cli_usage_error(n ? "no DEST given" : "no SOURCE given");
	args = calloc(n + 1, sizeof(*args));
	if (!args)
		cli_no_memory();
	for (size_t i = 0; i < n; i++)
		cli_spec_path_parse(operands[i], &args[i]);
	if (o->target)
		cli_spec_path_parse(o->target, &args[n++]);
	*ret_n = n;
	return args;
}

int main(int argc, char **argv)
{
	struct cp_options o;
	struct cli_spec_path *args;
	size_t n;
	int status;

	cp_parse_options(&o, argc, argv);
	args = parse_args(&o, argv + optind, (size_t)(argc - optind), &n);
	cp_check_args(args, n, &o);
	raise_fd_limit();
	cp_catch_signals(is_archive(&args[n - 1]));
	status = is_pair(args, n) ? cp_pair(&o, args, n - 1, &args[n - 1]) : start(&o, args, n);
	cli_spec_path_free(args, n);
	free(o.exclude);
	free(o.xattrs);
	if (status == CLI_EXIT_OK && o.verbose)
		status = cli_close_stdout();
	return cp_end_by_signal(status);
}
