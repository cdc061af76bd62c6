/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscat_out.c - standard output for several files: tail's headings, each batch written at once.
 * Defends against escapes in names on a terminal. Lock: that of struct tail_out.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "nscat.h"

void tail_out_init(struct tail_out *ret, struct cat_output *cat, bool headings)
{
	*ret =
	    (struct tail_out){ .cat = cat, .headings = headings, .escape = isatty(cat->fd) == 1 };
	(void)pthread_mutex_init(&ret->lock, NULL);
}

/* Threads of other containers may be stuck in a read, so nothing is cleaned up. */
static void write_or_end(const struct tail_out *out, const char *buf, size_t len)
{
	if (cat_write(out->cat->fd, buf, len))
		return;
	cli_error("write error: %s", strerror(errno));
	_exit(CLI_EXIT_FAILED);
}

void tail_no_reader(void)
{
	(void)raise(SIGPIPE);
	_exit(CLI_EXIT_FAILED);
}

static void write_heading(const struct tail_out *out, const struct cli_spec_path *file)
{
	nsv_autofree char *name = NULL, *escaped = NULL, *line = NULL;
	int len = asprintf(&name, "%s:%s", file->spec, file->path);

	if (len < 0)
		cli_no_memory();
	if (out->escape)
		escaped = cli_escape(name, (size_t)len, cli_locale_is_utf8(), NULL);
	len = asprintf(&line, "%s==> %s <==\n", out->last ? "\n" : "", escaped ? escaped : name);
	if (len < 0)
		cli_no_memory();
	write_or_end(out, line, (size_t)len);
}

void tail_write(struct tail_out *out, const struct cli_spec_path *file, const char *buf, size_t len)
{
	(void)pthread_mutex_lock(&out->lock);
	if (out->headings && out->last != file)
		write_heading(out, file);
	out->last = file;
	write_or_end(out, buf, len);
	(void)pthread_mutex_unlock(&out->lock);
}
