/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscp_pair.c - copies from one user namespace to another.
 *
 * A process can join one user namespace only. For an ordinary user's two rootless containers a
 * child joins the source's and writes an archive; this process joins the destination's and extracts
 * the archive. The source chose the names in it, so it is extracted like any hostile archive. This
 * process tells the child the source's name in DEST, which follows from cp's rules.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nsview/discover.h>

#include "base/util.h"
#include "cli/nscp.h"

static ino_t wanted_userns(const char *spec)
{
	struct nsv_target *t = NULL;
	ino_t wanted;

	/* Failures are told when it is opened to be used. */
	if (nsv_target_open(spec, nsv_resolve_name, NULL, &t, NULL) < 0)
		return 0;
	wanted = cli_wanted_userns(t);
	nsv_target_free(t);
	return wanted;
}

bool cp_needs_pair(const char *from, const char *to)
{
	ino_t a = wanted_userns(from);
	ino_t b = a ? wanted_userns(to) : 0;

	return b && a != b;
}

/* Length and text of the name; length 0: the source's own. */
static bool send_name(int fd, const char *name)
{
	size_t len = strlen(name);

	return send(fd, &len, sizeof(len), MSG_NOSIGNAL) == (ssize_t)sizeof(len) &&
	       (!len || send(fd, name, len, MSG_NOSIGNAL) == (ssize_t)len);
}

static bool receive_name(int fd, char *name, size_t size)
{
	size_t len;

	if (recv(fd, &len, sizeof(len), MSG_WAITALL) != (ssize_t)sizeof(len) || len >= size)
		return false;
	if (len && recv(fd, name, len, MSG_WAITALL) != (ssize_t)len)
		return false;
	name[len] = '\0';
	return true;
}

/* How many sources there are, which only their side knows of patterns. */
static bool send_count(int fd, size_t n)
{
	return send(fd, &n, sizeof(n), MSG_NOSIGNAL) == (ssize_t)sizeof(n);
}

static bool receive_count(int fd, size_t *ret)
{
	return recv(fd, ret, sizeof(*ret), MSG_WAITALL) == (ssize_t)sizeof(*ret);
}

/* Archives the sources, in the child. */
static int write_sources(const struct cp_options *o, struct nsv_root *root,
			 const struct cli_spec_path *sources, size_t n, int talk, int out)
{
	struct cp_report report = { .from = sources->spec };
	struct cp_options own = *o;
	struct nsv_copy_options copy_options;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_copy *copy = NULL;
	char name[4096];
	int r, status = CLI_EXIT_OK;

	/* Without a name the destination has failed, and said so. */
	if (!send_count(talk, n) || !receive_name(talk, name, sizeof(name)))
		return status;
	own.verbose = false;
	own.flags |= NSV_COPY_SPECIAL; /* the destination decides */
	own.interactive = false;
	own.backup = NSV_COPY_BACKUP_NONE;
	copy_options = cp_copy_options(&own, NULL);
	copy_options.data = &report;
	r = nsv_copy_new(&copy_options, &copy, &e);
	if (r == 0)
		r = nsv_copy_to_tar(copy, out, &e);
	for (size_t i = 0; i < n && r != -EPIPE && r != -ECANCELED && copy; i++) {
		if (*name)
			(void)nsv_copy_tar_name(copy, name);
		report.typed = sources[i].found ? NULL : sources[i].path;
		if (nsv_copy_add(copy, root, sources[i].path, &e) < 0)
			status = CLI_EXIT_FAILED;
	}
	if (r == 0)
		r = nsv_copy_finish(copy, &e);
	if (r < 0 && r != -EPIPE && r != -ECANCELED)
		cli_error_at(sources->text, NULL, r, &e);
	if (copy) {
		struct nsv_copy_stats s = { .size = sizeof(s) };

		/* What the archive was not given; of the rest the destination tells. */
		cp_report_xattrs(copy, NSV_XATTR_LEFT_UNNAMED);
		nsv_copy_stats_get(copy, &s);
		if (r < 0 || s.failed || s.changed)
			status = CLI_EXIT_FAILED;
	}
	nsv_copy_free(copy);
	return status;
}

/* The child: the source's side. */
static int source_main(const struct cp_options *o, const struct cli_spec_path *sources, size_t n,
		       int talk, int out)
{
	struct cli_sides side;
	enum cli_exit status = cli_sides_open(&side, sources, 1, o->via);
	struct cli_spec_path *found = NULL;
	int written;

	if (status != CLI_EXIT_OK)
		return status;
	if (o->globs) {
		found = cli_glob(&side, sources, n, false, &n, &status);
		if (!found)
			return status;
	}
	written = write_sources(o, side.list->root, found ? found : sources, n, talk, out);
	if (found)
		cli_spec_path_free(found, n);
	cli_sides_close(&side);
	return written > (int)status ? written : (int)status;
}

/* This process: the destination's side. */
static int extract(const struct cp_options *o, const char *from, const struct cli_spec_path *dest,
		   struct nsv_root *root, bool many, int talk, int in)
{
	struct cp_report report = { .to = dest->spec, .from = from, .verbose = stdout };
	struct nsv_copy_options copy_options = cp_copy_options(o, root);
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_copy *copy = NULL;
	bool ok = false;
	int r;

	copy_options.data = &report;
	if (!cp_owner(o, dest, root, &copy_options))
		return CLI_EXIT_USAGE;
	copy_options.n_exclude = 0; /* the source's side has left them out */
	/* This archive says what the copy of a tree would: SOURCE/. stands for its folder. */
	copy_options.flags |= NSV_COPY_DEST_ATTRIBUTES;
	r = nsv_copy_new(&copy_options, &copy, &e);
	if (r == 0)
		r = nsv_copy_to_path(copy, dest->path, many, &e);
	if (r == 0 && send_name(talk, nsv_copy_dest_name(copy))) {
		cp_report_start(&report, copy, o->progress);
		r = nsv_copy_add_tar(copy, in, *nsv_copy_dest_name(copy), &e);
		ok = cp_report_end(&report) && r == 0;
	}
	if (r < 0 && r != -ECANCELED && *e.msg)
		cli_error_at(dest->text, NULL, r, &e);
	nsv_copy_free(copy);
	return ok ? CLI_EXIT_OK : CLI_EXIT_FAILED;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return CLI_EXIT_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : CLI_EXIT_FAILED;
}

int cp_pair(const struct cp_options *o, const struct cli_spec_path *sources, size_t n,
	    const struct cli_spec_path *dest)
{
	struct cli_sides side;
	int talk[2], data[2];
	int status, other;
	pid_t pid;

	if (o->flags & (NSV_COPY_NO_TARGET_DIR | NSV_COPY_PARENTS | NSV_COPY_DRY_RUN))
		cli_usage_error("between two user namespaces an ordinary user copies without -T, "
				"--parents and --dry-run");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk) < 0 ||
	    pipe2(data, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		cli_error("%s", strerror(errno));
		return CLI_EXIT_FAILED;
	}
	if (pid == 0) {
		nsv_close(talk[0]);
		nsv_close(data[0]);
		_exit(source_main(o, sources, n, talk[1], data[1]));
	}
	nsv_close(talk[1]);
	nsv_close(data[1]);
	status = cli_sides_open(&side, dest, 1, o->via);
	if (status == CLI_EXIT_OK)
		cp_log(sources, n, dest, side.list->root);
	/* Without a number the source's side has failed, and said so. */
	if (status == CLI_EXIT_OK && receive_count(talk[0], &n))
		status = extract(o, sources->spec, dest, side.list->root, n > 1, talk[0], data[0]);
	nsv_close(talk[0]);
	nsv_close(data[0]);
	other = wait_for(pid);
	cli_sides_close(&side);
	return status > other ? status : other;
}
