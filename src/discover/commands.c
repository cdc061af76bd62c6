/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * commands.c - a process's command line, which the process may have overwritten with
 * anything, of any length.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "discover/inspector.h"
#include "reach/procfs.h"
#include "reach/util.h"

/* A kernel thread, a zombie, or a process that wiped its arguments. */
static const char *bracketed_name(struct nsv_inspector *in, int dirfd, const char *dir)
{
	char path[48], comm[256];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/comm", dir);
	n = nsv_read_text(dirfd, path, comm, sizeof(comm));
	if (n <= 0)
		return nsv_arena_str(&in->arena, "");
	if (comm[n - 1] == '\n')
		comm[n - 1] = '\0';
	return nsv_arena_printf(&in->arena, "[%s]", comm);
}

const char *nsv_inspect_command(struct nsv_inspector *in, int dirfd, const char *dir, size_t max)
{
	nsv_autofree char *text = NULL;
	char path[48];
	size_t len = 0;

	(void)snprintf(path, sizeof(path), "%s/cmdline", dir);
	if (nsv_slurp(dirfd, path, max, &text, &len, NULL) == -ENOMEM)
		return NULL;
	while (len > 0 && text[len - 1] == '\0')
		len--;
	if (len == 0)
		return bracketed_name(in, dirfd, dir);
	for (size_t n = 0; n < len; n++)
		if (text[n] == '\0')
			text[n] = ' ';
	return nsv_arena_strn(&in->arena, text, len);
}
