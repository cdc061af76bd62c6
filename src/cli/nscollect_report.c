/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscollect_report.c - "report", and --report after a collection. The package is read by a child
 * that gives up all but reading it and writing to one open file; what is whole gets its name
 * afterwards. A report that is there already is not overwritten.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/nscollect.h"
#include "report/report.h"

/* The child's exit code: the report is whole, and says that the package is not as it was, or has no
 * valid signature by the key that was given. */
#define MADE_OF_ALTERED 100

/* In the child. */
static enum cli_exit make(const struct nscollect_options *o, const char *package,
			  const struct nsv_public_key *key, int fd)
{
	FILE *out = fdopen(fd, "w");
	struct nsv_report *report = NULL;
	struct nsv_verify_result result = { .size = sizeof(result) };
	struct nsv_error e = NSV_ERROR_INIT;
	bool altered;
	int r;

	if (!out)
		cli_no_memory();
	r = nsv_report_new(package, &report, &e);
	if (r < 0) {
		cli_error_at(package, NULL, r, &e);
		return CLI_EXIT_USAGE;
	}
	nsv_report_set_key(report, key);
	tzset();
	r = nsv_report_confine(report, &e);
	if (r == 0)
		r = nsv_report_write(report, o->format, out, &result, &e);
	if (r == 0 && fclose(out) != 0)
		r = nsv_error_set(&e, errno, NSV_STAGE_WRITE, "%s", strerror(errno));
	if (r < 0)
		cli_error_at(package, NULL, r, &e);
	altered = result.missing || result.extra || result.altered || !*result.root_hash ||
		  (!result.whole && result.complete);
	if (r == 0 && altered)
		cli_note("%s: it is NOT as it was collected; the report says so", package);
	if (r == 0 && key && result.signature != NSV_SIGNATURE_VALID) {
		altered = true;
		cli_note("%s: it has no valid signature by that key; the report says so", package);
	}
	(void)nsv_report_free(report);
	if (r < 0)
		return CLI_EXIT_FAILED;
	return altered ? MADE_OF_ALTERED : CLI_EXIT_OK;
}

/* CLI_EXIT_OK with *ret_altered: there is a report, of a package that is not as it was. */
static enum cli_exit by_child(const struct nscollect_options *o, const char *package,
			      const struct nsv_public_key *key, int fd, bool *ret_altered)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		nscollect_default_signals();
		_exit(make(o, package, key, fd));
	}
	if (pid < 0) {
		cli_error("%s: %s", package, strerror(errno));
		return CLI_EXIT_FAILED;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		if (nscollect_signal)
			(void)kill(pid, nscollect_signal);
	*ret_altered = WIFEXITED(status) && WEXITSTATUS(status) == MADE_OF_ALTERED;
	if (WIFEXITED(status))
		return *ret_altered ? CLI_EXIT_OK : (enum cli_exit)WEXITSTATUS(status);
	cli_error("%s: its reader was killed by signal %d", package, WTERMSIG(status));
	return CLI_EXIT_FAILED;
}

/* A device or a pipe has no other name meanwhile. */
static bool is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* Not over what came there meanwhile. */
static bool give_name(const char *part, const char *path)
{
	if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return true;
	/* NFS can't do it so. */
	if (errno != EINVAL || link(part, path) < 0)
		return false;
	(void)unlink(part);
	return true;
}

/* Whether a file at @path would become a member of the folder @package, which is evidence. */
static bool is_within(const char *package, const char *path)
{
	nsv_autofree char *copy = strdup(path);
	nsv_autofree char *folder = copy ? realpath(dirname(copy), NULL) : NULL;
	nsv_autofree char *outer = realpath(package, NULL);
	size_t len = outer ? strlen(outer) : 0;

	return folder && outer && strncmp(folder, outer, len) == 0 &&
	       (folder[len] == '/' || !folder[len]);
}

static enum cli_exit to_file(const struct nscollect_options *o, const char *package,
			     const struct nsv_public_key *key, const char *path)
{
	nsv_autofree char *part = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	bool special = is_special(path);
	enum cli_exit status;
	bool altered = false;

	if (is_within(package, path)) {
		cli_error("%s: it would lie in the package and alter it", path);
		return CLI_EXIT_USAGE;
	}
	if (asprintf(&part, special ? "%s" : "%s.partial", path) < 0)
		cli_no_memory();
	if (!special && access(path, F_OK) == 0) {
		cli_error("%s: %s", path, strerror(EEXIST));
		return CLI_EXIT_FAILED;
	}
	fd = special ? open(part, O_WRONLY | O_CLOEXEC | O_NOCTTY)
		     : open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		cli_error("%s: %s", part, strerror(errno));
		return CLI_EXIT_FAILED;
	}
	status = by_child(o, package, key, fd, &altered);
	if (status == CLI_EXIT_OK && (special || give_name(part, path)))
		return altered ? CLI_EXIT_FAILED : CLI_EXIT_OK;
	if (special)
		return status;
	if (status == CLI_EXIT_OK) {
		cli_error("%s: %s", path, strerror(errno));
		status = CLI_EXIT_FAILED;
	}
	(void)unlink(part);
	return status;
}

enum cli_exit nscollect_report(const struct nscollect_options *o, const char *package)
{
	struct nsv_public_key *key;
	enum cli_exit status;
	bool altered = false;

	if (o->format == NSV_REPORT_HTML && !o->output && isatty(STDOUT_FILENO))
		cli_usage_error("a page on the terminal? -o report.html");
	key = nscollect_public_key(o);
	if (o->output && strcmp(o->output, "-") != 0)
		status = to_file(o, package, key, o->output);
	else
		status = by_child(o, package, key, STDOUT_FILENO, &altered);
	(void)nsv_public_key_free(key);
	return altered ? CLI_EXIT_FAILED : status;
}

size_t nscollect_stem(const char *package)
{
	static const char *const ends[] = { ".tar.gz", ".tgz", ".tar.zst", ".tzst", ".tar", "/" };
	size_t len = strlen(package);

	for (size_t i = 0; i < NSV_ARRAY_SIZE(ends); i++) {
		size_t end = strlen(ends[i]);

		if (len > end && !memcmp(package + len - end, ends[i], end))
			return len - end;
	}
	return len;
}

enum cli_exit nscollect_report_beside(const struct nscollect_options *o, const char *package)
{
	nsv_autofree char *path = NULL;
	enum cli_exit status;

	if (asprintf(&path, "%.*s.html", (int)nscollect_stem(package), package) < 0)
		cli_no_memory();
	status = to_file(o, package, NULL, path);
	if (status == CLI_EXIT_OK)
		printf("  report %s\n", path);
	return status;
}
