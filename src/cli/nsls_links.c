/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_links.c - what a link says, and what it leads to inside the container.
 *
 * Defends against: links out of the container. A link is followed by the resolver alone, by its
 * whole path, never by the kernel from an open directory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/procfs_fd.h"
#include "base/util.h"
#include "nsls.h"

#define TARGET_MAX (1024L * 1024)

static void set_target(struct ls_entry *entry, char *text_take, size_t len)
{
	char *exact = realloc(text_take, len + 1);

	if (!exact)
		cli_no_memory();
	exact[len] = '\0';
	entry->target = exact;
	entry->target_len = len;
}

/*
 * /proc/self and /proc/thread-self: the kernel would answer for nsls, and says nothing where nsls
 * has no PID in the container's PID namespace. The resolver answers for the container's process.
 */
static bool read_self(struct ls *ls, const char *path, int at, struct ls_entry *entry)
{
	nsv_autofree char *dir = strdup(path), *base = NULL, *full = NULL, *text = NULL;
	char *name = dir ? strrchr(dir, '/') : NULL;
	size_t len;

	if (!name || (strcmp(name, "/self") != 0 && strcmp(name, "/thread-self") != 0) ||
	    !nsv_is_procfs(at))
		return false;
	*name = '\0';
	if (nsv_root_canonical(ls->root, *dir ? dir : "/", 0, &base, NULL) < 0 ||
	    nsv_root_canonical(ls->root, path, 0, &full, NULL) < 0)
		return false;
	len = strlen(base);
	if (strncmp(full, base, len) != 0 || full[len] != '/')
		return false;
	text = strdup(full + len + 1);
	if (!text)
		cli_no_memory();
	set_target(entry, text, strlen(text));
	text = NULL;
	return true;
}

/* st_size is a hint: procfs says 0, and the link may change meanwhile. */
void ls_read_target(struct ls *ls, const char *path, int at, const char *name,
		    struct ls_entry *entry)
{
	size_t size = entry->st.st_size > 0 && entry->st.st_size < TARGET_MAX
			  ? (size_t)entry->st.st_size + 1
			  : 256;

	if (read_self(ls, path, at, entry))
		return;
	for (; size <= 2UL * TARGET_MAX; size *= 2) {
		char *text = malloc(size + 1);
		ssize_t n;

		if (!text)
			cli_no_memory();
		n = readlinkat(at, name, text, size);
		if (n >= 0 && (size_t)n < size) {
			set_target(entry, text, (size_t)n);
			return;
		}
		free(text);
		if (n < 0)
			return;
	}
}

int ls_follow(struct ls *ls, const char *path, struct stat *ret_st)
{
	int fd = nsv_root_open_path(ls->root, path, 0, NULL), r;

	if (fd >= 0 && fstat(fd, ret_st) < 0) {
		r = -errno;
		nsv_close(fd);
		return r;
	}
	return fd;
}

bool ls_wants_link_modes(const struct ls_options *o)
{
	bool is_long = o->format == LS_LONG;

	return o->dirs_first || (is_long && o->classify) ||
	       (o->colors && ls_colors_follow_links(o->colors, is_long));
}
