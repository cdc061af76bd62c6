/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscat.c - print files of a running container, as cat(1) prints files, or their ends, as tail(1)
 * does.
 *
 * Starting is most of the work for a small file, so this program is linked statically and sets no
 * locale.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/cli.h"
#include "nscat.h"
#include "nscat_bytes.h"

static enum cat_result print_file(const struct cli_spec_path *file, struct nsv_root *root,
				  struct cat_output *out, enum cli_exit *ret_exit)
{
	const char *spec = file->spec, *path = file->path;
	struct nsv_error e = NSV_ERROR_INIT;
	enum cat_result result;
	struct stat st;
	nsv_autofd int fd = nsv_root_open_file(root, path, 0, &st, &e);

	if (fd < 0) {
		cli_error("%s:%s: %s%s", spec, path, *e.msg ? e.msg : strerror(-fd),
			  cli_glob_hint(file->found, path, fd));
		*ret_exit = CLI_EXIT_FAILED;
		return CAT_READ_FAILED;
	}
	result = cat_bytes(out, fd, &st);
	if (result == CAT_READ_FAILED)
		cli_error_at(spec, path, errno, NULL);
	else if (result == CAT_SAME_FILE)
		cli_error("%s:%s: input file is output file", spec, path);
	else if (result == CAT_WRITE_FAILED)
		cli_error("write error: %s", strerror(errno));
	if (result != CAT_OK)
		*ret_exit = CLI_EXIT_FAILED;
	return result;
}

static enum cli_exit print_files(const struct cli_sides *sides, const struct cli_spec_path *files,
				 size_t n, struct cat_output *out)
{
	enum cli_exit status = CLI_EXIT_OK;

	for (size_t i = 0; i < n; i++)
		if (print_file(&files[i], cli_side_of(sides, files[i].spec)->root, out, &status) ==
		    CAT_WRITE_FAILED)
			break;
	return status;
}

/* Prints all files or their ends, or with -g those of what they match. */
static enum cli_exit print(struct cli_sides *sides, const struct cli_spec_path *files, size_t n,
			   const struct tail_options *options, struct cat_output *out)
{
	enum cli_exit status = CLI_EXIT_OK, printed;
	struct cli_spec_path *found = NULL;

	if (options->globs) {
		found = cli_glob(sides, files, n, false, &n, &status);
		if (!found)
			return status;
		files = found;
	}
	printed = options->ends ? tail_run(sides, files, n, out, options)
				: print_files(sides, files, n, out);
	if (found)
		cli_spec_path_free(found, n);
	return printed > status ? printed : status;
}

int main(int argc, char **argv)
{
	enum cli_exit status = CLI_EXIT_OK;
	struct tail_options options;
	struct cli_spec_path *files;
	struct cli_sides sides;
	struct cat_output out;
	bool typed;
	size_t n;
	int r;

	tail_options_read(&options, argc, argv);
	if (optind == argc)
		cli_usage_error("which container?");
	files = cli_spec_paths(argv + optind, argc - optind, &n, &typed);
	if (!typed && argc - optind == 1)
		cli_usage_error("which file?");

	if (options.follow)
		tail_go_apart();
	r = cat_output_init(&out, STDOUT_FILENO);
	if (r < 0) {
		cli_error("standard output: %s", strerror(-r));
		return CLI_EXIT_FAILED;
	}
	status = cli_sides_open(&sides, files, n, options.via);
	if (status != CLI_EXIT_OK) {
		cli_spec_path_free(files, n);
		return status;
	}
	status = print(&sides, files, n, &options, &out);
	cli_sides_close(&sides);
	cli_spec_path_free(files, n);
	if (close(STDOUT_FILENO) < 0) {
		cli_error("write error: %s", strerror(errno));
		status = CLI_EXIT_FAILED;
	}
	return status;
}
