/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link_text.c - makes the text of a link as the view shows it: a text that stays inside the
 * container. links.c has the rules for texts; this file asks the container where a path leads.
 *
 * Defends against links that lead readers to the host. No locks.
 */
#include "fuse/ops/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuse/ops/links.h"
#include "fuse/prober/prober.h"
#include "reach/resolve.h"
#include "reach/util.h"

/* The path of a folder for link_confine(): "" for the root. malloc'd. */
static int dir_path(const struct node *dir, char **ret)
{
	nsv_autofree char *buf = NULL;
	const size_t size = node_path_size(dir);
	char *path;
	int r;

	buf = malloc(size);
	r = buf ? node_path(dir, buf, size, &path) : -ENOMEM;
	if (r < 0)
		return r;
	*ret = strdup(dir->kind == NODE_PATH ? path : "");
	return *ret ? 0 : -ENOMEM;
}

static bool may_enter(void *data, int dirfd)
{
	return container_may_enter(data, dirfd);
}

static int open_at(void *data, int dirfd, const char *path, int flags, mode_t *ret_mode)
{
	struct container *p = data;
	nsv_autofd int fd = container_open_at(p, dirfd, path, O_PATH | flags);
	struct statx st;
	int r = fd < 0 ? fd : container_look_at(atomic_load(&p->owner), fd, 0, &st);

	if (r < 0)
		return r;
	*ret_mode = st.stx_mode;
	return nsv_steal_fd(&fd);
}

/* Resolves @text relative to @dir to a path without links, "/a/b". */
static int resolve_text(const struct view *v, struct container *p, const char *dir,
			const char *text, bool nofollow, char **ret)
{
	const struct nsv_confine confine = {
		.root = atomic_load(&p->root),
		.procfs = v->procfs,
		.self = &p->self,
		.may_enter = may_enter,
		.open_at = atomic_load(&p->owner) ? open_at : NULL,
		.data = p,
	};
	nsv_autofree char *whole = NULL;
	int fd;

	if (asprintf(&whole, "/%s/%s", *text == '/' ? "" : dir, text) < 0)
		return -ENOMEM;
	fd = nsv_resolve(&confine, whole, nofollow, ret, NULL);
	nsv_close(fd);
	return fd < 0 ? fd : 0;
}

/* The text of "self" in a procfs: the container's process, not this one. */
static int self_text(const struct view *v, struct container *p, const char *dir, const char *name,
		     char **ret)
{
	nsv_autofree char *canonical = NULL;
	size_t len = strlen(dir);
	const char *text;
	int r = resolve_text(v, p, dir, name, false, &canonical);

	if (r < 0)
		return r;
	/* The result is "/DIR/PID". Anything else was mounted, or renamed, over the folder
	 * meanwhile. */
	text = canonical + 1;
	if (len && (strncmp(text, dir, len) != 0 || text[len] != '/'))
		return -ESTALE;
	text += len ? len + 1 : 0;
	if (!*text)
		return -ENOENT;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

/* @depth: ".." that lead to the root. */
static int rewrite(const struct view *v, const struct node *dir, unsigned depth, const char *text,
		   char **ret)
{
	nsv_autofree char *path = NULL, *resolved = NULL;
	int r = dir_path(dir, &path);

	if (r < 0)
		return r;
	/* An unresolvable text is rewritten without asking the container. */
	if (link_needs_resolving(text) &&
	    resolve_text(v, dir->container, path, text, true, &resolved) == 0)
		text = resolved;
	*ret = link_confine(text, path, depth);
	return *ret ? 0 : -errno;
}

/* Of a procfs, what ptrace(2)'s rules guard: "root", "exe", "fd/1". */
static ssize_t read_guarded(const struct view *v, int fd, const char *name, char *buf, size_t size)
{
	nsv_autofd int link = NSV_FD_NONE;

	if (!*name)
		return prober_readlink(v->prober, fd, buf, size);
	link = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return link < 0 ? -errno : prober_readlink(v->prober, link, buf, size);
}

int ops_link_text(const struct view *v, const struct node *dir, const char *name, unsigned flags,
		  int fd, const char *fdname, char **ret, bool *ret_lasts)
{
	unsigned depth = dir->kind == NODE_PATH ? node_depth(dir) + 1 : 0;
	nsv_autofree char *path = NULL;
	char text[PATH_MAX];
	ssize_t n;

	*ret_lasts = false;
	if (flags & NODE_PSEUDO && (!strcmp(name, "self") || !strcmp(name, "thread-self")) &&
	    dir_path(dir, &path) == 0 && self_text(v, dir->container, path, name, ret) == 0)
		return 0;
	n = readlinkat(fd, fdname, text, sizeof(text));
	if (n < 0 && errno == EACCES && flags & NODE_PSEUDO) {
		n = read_guarded(v, fd, fdname, text, sizeof(text));
		if (n < 0)
			return (int)n;
	}
	if (n < 0 && errno == EACCES && *fdname) {
		nsv_autofd int link =
		    owner_open(atomic_load(&dir->container->owner), fd, fdname, O_PATH);

		if (link < 0)
			return link;
		n = readlinkat(link, "", text, sizeof(text));
	}
	if (n < 0)
		return errno == ENOENT && !*fdname ? -EINVAL : -errno;
	if (n == (ssize_t)sizeof(text))
		return -ENAMETOOLONG;
	text[n] = '\0';
	*ret_lasts = v->options->links_raw || !(link_needs_resolving(text) || node_is_moved(dir));
	/* The kernel goes up by the folders that it knows, not by those where the link is now. */
	if (!v->options->links_raw &&
	    (!link_is_confined(text, depth) || (node_is_moved(dir) && link_goes_up(text))))
		return rewrite(v, dir, depth, text, ret);
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

void ops_link_size(const struct view *v, const struct node *dir, const char *name, unsigned flags,
		   int fd, const char *fdname, struct statx *st)
{
	nsv_autofree char *text = NULL;
	bool lasts;

	if (ops_link_text(v, dir, name, flags, fd, fdname, &text, &lasts) == 0)
		st->stx_size = strlen(text);
}
