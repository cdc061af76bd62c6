/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscollect.c - evidence packages of running containers.
 *
 * Of several containers each is collected by a child of its own: an ordinary user's joins a user
 * namespace, which can't be undone.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nsview/discover.h>

#include "base/util.h"
#include "cli/nscollect.h"

static void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static enum cli_exit by_child(const struct nscollect_options *o, const char *spec,
			      const char *folder)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(nscollect_one(o, spec, folder));
	if (pid < 0) {
		cli_error("%s: %s", spec, strerror(errno));
		return CLI_EXIT_FAILED;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		if (nscollect_signal)
			(void)kill(pid, nscollect_signal);
	return WIFEXITED(status) ? (enum cli_exit)WEXITSTATUS(status) : CLI_EXIT_FAILED;
}

/* Tells of each that is none, before the first is collected. */
static enum cli_exit check_specs(char **specs)
{
	enum cli_exit status = CLI_EXIT_OK;

	for (; *specs; specs++) {
		struct nsv_error e = NSV_ERROR_INIT;
		struct nsv_target *target = NULL;
		int r = nsv_target_open(*specs, nsv_resolve_name, NULL, &target, &e);

		if (r < 0) {
			cli_error_spec(*specs, r, &e);
			status = CLI_EXIT_USAGE;
		}
		(void)nsv_target_free(target);
	}
	return status;
}

/* @typed: the user wrote the specs; else they were found. */
static enum cli_exit several(const struct nscollect_options *o, char **specs, bool typed)
{
	enum cli_exit status = CLI_EXIT_OK;
	const char *output = o->output && *o->output ? o->output : ".";
	nsv_autofree char *folder = NULL;
	struct stat st;

	if (!specs[0]) {
		cli_error("no such container runs here");
		return CLI_EXIT_USAGE;
	}
	if (o->output && *o->output && o->output[strlen(o->output) - 1] != '/' &&
	    o->output[nscollect_stem(o->output)])
		cli_usage_error("-o %s: of several containers each gets a package of its own in a "
				"folder, and that names an archive",
				o->output);
	status = typed ? check_specs(specs) : CLI_EXIT_OK;
	if (status != CLI_EXIT_OK)
		return status;
	if (asprintf(&folder, "%s%s", output, output[strlen(output) - 1] == '/' ? "" : "/") < 0)
		cli_no_memory();
	if ((mkdir(folder, 0700) < 0 && errno != EEXIST) || stat(folder, &st) < 0) {
		cli_error("%s: %s", folder, strerror(errno));
		return CLI_EXIT_FAILED;
	}
	for (; *specs && !nscollect_signal; specs++) {
		enum cli_exit r = by_child(o, *specs, folder);

		status = r > status ? r : status;
	}
	return status;
}

static bool is_keygen(const struct nscollect_options *o, int argc, char **argv, enum cli_exit *ret)
{
	if (optind >= argc || strcmp(argv[optind], "keygen") != 0)
		return false;
	if (optind + 2 != argc)
		cli_usage_error("keygen takes one name, the private key's");
	*ret = nscollect_keygen(o, argv[optind + 1]);
	return true;
}

/* "verify", "list" and "artifacts"; a container of that name has other names. */
static bool is_look(const struct nscollect_options *o, int argc, char **argv, enum cli_exit *ret)
{
	bool list = optind < argc && strcmp(argv[optind], "list") == 0;
	struct nsv_public_key *key;

	if (optind < argc && strcmp(argv[optind], "artifacts") == 0) {
		if (optind + 1 < argc)
			cli_usage_error("artifacts takes no operand");
		*ret = nscollect_list_artifacts(o->definitions);
		return true;
	}
	if (optind >= argc || (!list && strcmp(argv[optind], "verify") != 0))
		return false;
	if (optind + 1 == argc || (list && optind + 2 < argc))
		cli_usage_error(list ? "list takes one package" : "verify which package?");
	if (o->sign || (list && o->key))
		cli_usage_error("--sign is for a collection, --key for verify and report");
	key = nscollect_public_key(o);
	*ret = CLI_EXIT_OK;
	for (int i = optind + 1; i < argc; i++) {
		enum cli_exit r = nscollect_look(argv[i], list, key);

		*ret = r > *ret ? r : *ret;
	}
	(void)nsv_public_key_free(key);
	return true;
}

/* "report", likewise. */
static bool is_report(const struct nscollect_options *o, int argc, char **argv, enum cli_exit *ret)
{
	if (optind >= argc || strcmp(argv[optind], "report") != 0) {
		if (o->format != NSV_REPORT_HTML)
			cli_usage_error("--json and --markdown belong to report");
		return false;
	}
	if (optind + 2 != argc)
		cli_usage_error("report takes one package");
	if (o->sign)
		cli_usage_error("--sign is for a collection, --key for verify and report");
	nscollect_catch_signals();
	*ret = nscollect_report(o, argv[optind + 1]);
	return true;
}

int main(int argc, char **argv)
{
	struct nscollect_options o;
	nsv_autofree char *line = NULL;
	size_t len = 0;
	enum cli_exit status;
	struct nsv_sign_key *key;
	FILE *joined = open_memstream(&line, &len);

	for (int i = 0; joined && i < argc; i++)
		(void)fprintf(joined, "%s%s", i ? " " : "", argv[i]);
	if (!joined || fclose(joined) != 0)
		cli_no_memory();
	nscollect_parse(&o, argc, argv);
	o.c.command_line = line;
	raise_fd_limit();
	if (is_report(&o, argc, argv, &status) || is_look(&o, argc, argv, &status) ||
	    is_keygen(&o, argc, argv, &status)) {
		nscollect_free(&o);
		return status == CLI_EXIT_OK ? cli_close_stdout() : status;
	}
	if (o.output && strcmp(o.output, "-") == 0 && isatty(STDOUT_FILENO))
		cli_usage_error("an archive is not written to a terminal");
	if (o.key || o.passphrase)
		cli_usage_error("--key is for verify and report, --passphrase for keygen");
	o.c.sign = key = nscollect_sign_key(&o);
	if (o.all || o.n_labels || o.n_images) {
		char **specs;

		if (optind < argc)
			cli_usage_error("SPEC and --all, --label or --image exclude each other");
		nscollect_catch_signals();
		specs = nscollect_choose(&o);
		status = several(&o, specs, false);
		for (size_t i = 0; specs[i]; i++)
			free(specs[i]);
		free(specs);
	} else if (optind == argc) {
		cli_usage_error("which container?");
	} else {
		nscollect_catch_signals();
		status = optind + 1 == argc ? nscollect_one(&o, argv[optind], o.output)
					    : several(&o, argv + optind, true);
	}
	(void)nsv_sign_key_free(key);
	nscollect_free(&o);
	return status == CLI_EXIT_OK ? cli_close_stdout() : status;
}
