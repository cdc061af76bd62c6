/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsls_common.c - paths joined, and one line for what fails. */
#include <stdlib.h>
#include <string.h>

#include "nsls.h"

char *ls_join(const char *dir, const char *name)
{
	size_t len = strlen(dir), name_size = strlen(name) + 1;
	char *path;

	while (len && dir[len - 1] == '/')
		len--;
	path = malloc(len + 1 + name_size);
	if (!path)
		cli_no_memory();
	memcpy(path, dir, len);
	path[len] = '/';
	memcpy(path + len + 1, name, name_size);
	return path;
}

void ls_fail(struct ls *ls, const char *path, const char *what, int err, const struct nsv_error *e)
{
	const char *why = e && *e->msg ? e->msg : err ? strerror(-err) : "";

	cli_error("%s:%s: %s%s%s", ls->spec, path, what, why,
		  cli_glob_hint(ls->globs || *what, path, err));
	ls->status = CLI_EXIT_FAILED;
}
