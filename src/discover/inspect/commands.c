/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * commands.c - makes one text of a process's command line. The process may have overwritten it with
 * any bytes of any length, so it is bounded; it may block its reader (cmdline.h). No locks.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "discover/inspect/inspector.h"
#include "reach/procfs.h"
#include "reach/util.h"

/* "[comm]", for a kernel thread, a zombie, or a process that wiped its arguments. */
static const char *bracketed_name(struct nsv_inspector *in, const char *dir)
{
	char path[48], comm[256];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/comm", dir);
	n = nsv_read_text(in->target->procfs, path, comm, sizeof(comm));
	if (n <= 0)
		return nsv_arena_str(&in->arena, "");
	if (comm[n - 1] == '\n')
		comm[n - 1] = '\0';
	return nsv_arena_printf(&in->arena, "[%s]", comm);
}

const char *nsv_inspect_command(struct nsv_inspector *in, const char *dir, size_t max)
{
	nsv_autofree char *text = malloc(max + 1);
	size_t len;
	ssize_t n;

	if (!text)
		return NULL;
	n = nsv_cmdline_read(&in->cmdlines, dir, text, max);
	len = n > 0 ? (size_t)n : 0;
	while (len > 0 && text[len - 1] == '\0')
		len--;
	if (len == 0)
		return bracketed_name(in, dir);
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return nsv_arena_strn(&in->arena, text, len);
}

int nsv_inspect_commands_done(struct nsv_inspector *in)
{
	nsv_cmdlines_done(&in->cmdlines);
	if (!in->cmdlines.stuck)
		return 0;
	return nsv_inspect_missing(in, "commands", 0,
				   "a process keeps its memory locked, its name is shown instead");
}
