/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscat.c - print files of a running container, as cat(1) prints files.
 *
 * Starting is most of the work for a small file, so this program is linked statically and sets no
 * locale.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/complete.h"
#include "nscat_bytes.h"
#include "reach/util.h"

static const struct cli_option options[] = { CLI_COMMON_OPTIONS };

const struct cli_command cli_command = {
	.name = "nscat",
	.usage = "[OPTION]... SPEC FILE...\n[OPTION]... SPEC:FILE...",
	.about = "Print files of running containers on standard output, one after the other.",
	.options = options,
	.complete = cli_complete_paths,
	.epilog = CLI_SPEC_HELP
	"A FILE is a path inside the container; links never lead out of it. nscat reads\n"
	"regular files only. \"-\" is a file of that name. SPEC:FILE may name several\n"
	"containers; if the first argument has a FILE, all must.\n"
	"\n"
	"Exit code: 0 all done, 1 something failed, 2 wrong usage or no such container.",
};

static enum cat_result print_file(const char *spec, struct nsv_root *root, const char *path,
				  struct cat_output *out, enum cli_exit *ret_exit)
{
	struct nsv_error e = NSV_ERROR_INIT;
	enum cat_result result;
	struct stat st;
	nsv_autofd int fd = nsv_root_open_file(root, path, 0, &st, &e);

	if (fd < 0) {
		cli_error_at(spec, path, fd, &e);
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

int main(int argc, char **argv)
{
	enum nsv_via via = NSV_VIA_AUTO;
	enum cli_exit status = CLI_EXIT_OK;
	struct cli_spec_path *files;
	struct cli_parser parser;
	struct cli_sides sides;
	struct cat_output out;
	bool typed;
	size_t n;
	int id, r;

	cli_parser_init(&parser, argc, argv);
	while ((id = cli_next_option(&parser)) != CLI_OPT_END)
		if (id == CLI_OPT_VIA)
			via = cli_parse_via(parser.value);
	if (optind == argc)
		cli_usage_error("which container?");
	files = cli_spec_paths(argv + optind, argc - optind, &n, &typed);
	if (!typed && argc - optind == 1)
		cli_usage_error("which file?");

	r = cat_output_init(&out, STDOUT_FILENO);
	if (r < 0) {
		cli_error("standard output: %s", strerror(-r));
		return CLI_EXIT_FAILED;
	}
	status = cli_sides_open(&sides, files, n, via);
	if (status != CLI_EXIT_OK) {
		cli_spec_path_free(files, n);
		return status;
	}
	for (size_t i = 0; i < n; i++)
		if (print_file(files[i].spec, cli_side_of(&sides, files[i].spec)->root,
			       files[i].path, &out, &status) == CAT_WRITE_FAILED)
			break;
	cli_sides_close(&sides);
	cli_spec_path_free(files, n);
	if (close(STDOUT_FILENO) < 0) {
		cli_error("write error: %s", strerror(errno));
		status = CLI_EXIT_FAILED;
	}
	return status;
}
