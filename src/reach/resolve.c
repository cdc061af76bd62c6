/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resolve.c - resolves paths confined to a root.
 *
 * A path without links costs one openat2(RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS). For a path with
 * links walk_all() opens one component after the other, without following, and reads the links
 * itself. Beyond RESOLVE_IN_ROOT the walk serves paths of any length, the target's own /proc/self
 * and canonical paths, and works where openat2(2) is missing.
 *
 * Defends against: absolute and ".." links, links replaced while being followed (each step holds an
 * fd), magic links of procfs, link loops, long texts. ".." walks the canonical path again from the
 * root, never the directory's own "..": a directory that the container moved out of a bind mount
 * has a parent outside the root. MAX_REWALKED bounds that cost. No state, no locks.
 */
#include "resolve.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "util.h"

#define MAX_LINKS   40 /* MAXSYMLINKS of the kernel */
#define MAX_RETRIES 64 /* openat2 answers EAGAIN while anything is renamed or mounted */
/* Bytes of canonical paths walked again for "..", which one link's text may hold 1,365 times. */
#define MAX_REWALKED ((size_t)1 << 20)

/* One resolution under way. */
struct walk {
	const struct nsv_confine *c;
	struct nsv_error *e;
	int cur;      /* O_PATH of the file at canon */
	bool cur_dir; /* whether cur is a directory */
	char *canon;  /* "/a/b", "" for the root */
	size_t canon_len, canon_size;
	char *rest; /* the text being walked, owned */
	char *next; /* position in rest */
	unsigned links;
	size_t *rewalked; /* bytes walked again, up to MAX_REWALKED */
};

static int openat2_path(int dirfd, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | flags,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	for (unsigned i = 0;; i++) {
		long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EINTR && (errno != EAGAIN || i == MAX_RETRIES))
			return -errno;
	}
}

bool nsv_openat2_works(int rootfd)
{
	nsv_autofd int fd = openat2_path(rootfd, ".", O_DIRECTORY);

	return fd != -ENOSYS && fd != -EPERM;
}

/* Opens a directory by one name; with the open_at hook also by a path without links. */
static int open_folder(const struct nsv_confine *c, int dirfd, const char *name)
{
	mode_t mode;
	int fd;

	if (c->open_at)
		return c->open_at(c->data, dirfd, name, O_DIRECTORY, &mode);
	fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_child(const struct nsv_confine *c, int dirfd, const char *name, mode_t *ret_mode)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct statx st;

	if (c->open_at)
		return c->open_at(c->data, dirfd, name, 0, ret_mode);
	fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	/* AT_STATX_DONT_SYNC: the type is cached, so no server is asked. */
	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
			    STATX_TYPE, &st) < 0)
		return -errno;
	*ret_mode = st.stx_mode;
	return nsv_steal_fd(&fd);
}

static void walk_end(struct walk *w)
{
	nsv_close_p(&w->cur);
	nsv_free_p(&w->canon);
	nsv_free_p(&w->rest);
}

static int step_to_root(struct walk *w)
{
	int fd = open_folder(w->c, w->c->root, ".");

	if (fd < 0)
		return fd;
	nsv_close(w->cur);
	w->cur = fd;
	w->cur_dir = true;
	w->canon_len = 0;
	w->canon[0] = '\0';
	return 0;
}

static int canon_push(struct walk *w, const char *name)
{
	size_t len = strlen(name);
	size_t need = w->canon_len + len + 2;

	if (need > w->canon_size) {
		size_t size = need + need / 2;
		char *bigger = realloc(w->canon, size);

		if (!bigger)
			return -ENOMEM;
		w->canon = bigger;
		w->canon_size = size;
	}
	w->canon[w->canon_len] = '/';
	memcpy(w->canon + w->canon_len + 1, name, len + 1);
	w->canon_len += len + 1;
	return 0;
}

/* Opens the directory at canon again from the root, without links. */
static int open_canonical(const struct walk *w)
{
	nsv_autofd int fd = open_folder(w->c, w->c->root, ".");
	nsv_autofree char *text = NULL;
	char *save = NULL;

	if (fd < 0)
		return fd;
	if (w->canon_len == 0)
		return nsv_steal_fd(&fd);
	if (!w->c->no_openat2 && w->canon_len < PATH_MAX)
		return w->c->open_at ? open_folder(w->c, fd, w->canon)
				     : openat2_path(fd, w->canon, O_DIRECTORY);
	text = strdup(w->canon);
	if (!text)
		return -ENOMEM;
	for (char *name = strtok_r(text, "/", &save); name; name = strtok_r(NULL, "/", &save)) {
		int child = open_folder(w->c, fd, name);

		if (child < 0)
			return child;
		nsv_close(fd);
		fd = child;
	}
	return nsv_steal_fd(&fd);
}

static int step_up(struct walk *w)
{
	int fd;

	if (!w->cur_dir)
		return -ENOTDIR;
	while (w->canon_len > 0 && w->canon[--w->canon_len] != '/')
		;
	w->canon[w->canon_len] = '\0';
	*w->rewalked += w->canon_len;
	if (*w->rewalked > MAX_REWALKED)
		return -ELOOP;
	fd = open_canonical(w);
	/* The container has renamed the directory meanwhile: the whole walk starts again. */
	if (fd == -ELOOP || fd == -ENOTDIR || fd == -ENOENT)
		return -ESTALE;
	if (fd < 0)
		return fd;
	nsv_close(w->cur);
	w->cur = fd;
	return 0;
}

/* Whether the files that nsv_proc_read() opens are procfs's own, with no mount over them. */
static bool own_files(int procfs, const char *pid)
{
	char stat_name[32], status_name[32];

	(void)snprintf(stat_name, sizeof(stat_name), "%s/stat", pid);
	(void)snprintf(status_name, sizeof(status_name), "%s/status", pid);
	return nsv_is_procfs_file(procfs, stat_name) && nsv_is_procfs_file(procfs, status_name);
}

/* The target's own PID in the PID namespace that this procfs shows, or -ENOENT. */
static int self_text(const struct walk *w, bool thread, char *buf, size_t size)
{
	const struct nsv_proc *self = w->c->self;

	for (unsigned i = self ? self->levels : 0; i-- > 0;) {
		struct nsv_proc seen;
		char pid[16];

		(void)snprintf(pid, sizeof(pid), "%d", (int)self->tgids[i]);
		if (!own_files(w->cur, pid) || nsv_proc_read(w->cur, pid, &seen) < 0)
			continue;
		/* The same process has the same numbers from level i inwards. */
		if (seen.levels != self->levels - i ||
		    memcmp(seen.tgids, self->tgids + i, seen.levels * sizeof(pid_t)) != 0 ||
		    (self->tids[0] == self->tgids[0] && seen.start != self->start))
			continue;
		if (thread)
			(void)snprintf(buf, size, "%s/task/%d", pid, (int)self->tids[i]);
		else
			(void)snprintf(buf, size, "%s", pid);
		return 0;
	}
	return -ENOENT;
}

static int link_text(struct walk *w, int fd, const char *name, char *buf, size_t size)
{
	ssize_t n;

	if (nsv_is_procfs(w->cur)) {
		if (!nsv_is_procfs_root(w->cur))
			return nsv_error_set(w->e, ELOOP, NSV_STAGE_PATH,
					     "a magic link of procfs is not followed");
		if (strcmp(name, "self") == 0)
			return self_text(w, false, buf, size);
		if (strcmp(name, "thread-self") == 0)
			return self_text(w, true, buf, size);
	}
	n = readlinkat(fd, "", buf, size);
	if (n < 0)
		return -errno;
	if (n == 0)
		return -ENOENT;
	if ((size_t)n == size)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	return 0;
}

/* Replaces the text by the link's and @tail, which is empty or begins with a slash. */
static int splice_link(struct walk *w, const char *text, const char *tail)
{
	char *rest;

	if (asprintf(&rest, "%s%s", text, tail) < 0)
		return -ENOMEM;
	free(w->rest);
	w->rest = rest;
	w->next = rest;
	return text[0] == '/' ? step_to_root(w) : 0;
}

/* Goes to @name. A @tail that is not empty requires a directory. */
static int step_down(struct walk *w, const char *name, const char *tail, bool follow)
{
	nsv_autofd int fd = NSV_FD_NONE;
	mode_t mode = 0;
	int r;

	if (!w->cur_dir)
		return -ENOTDIR;
	if (w->c->may_enter && !w->c->may_enter(w->c->data, w->cur))
		return -EREMOTE;
	fd = open_child(w->c, w->cur, name, &mode);
	if (fd < 0)
		return fd;
	if (S_ISLNK(mode) && (follow || *tail)) {
		char text[PATH_MAX];

		if (++w->links > MAX_LINKS)
			return -ELOOP;
		r = link_text(w, fd, name, text, sizeof(text));
		return r < 0 ? r : splice_link(w, text, tail);
	}
	if (*tail && !S_ISDIR(mode))
		return -ENOTDIR;
	r = canon_push(w, name);
	if (r < 0)
		return r;
	nsv_close(w->cur);
	w->cur = nsv_steal_fd(&fd);
	w->cur_dir = S_ISDIR(mode);
	w->next = w->rest + (tail - w->rest);
	return 0;
}

static int walk_step(struct walk *w, bool follow)
{
	char name[NAME_MAX + 1];
	size_t len;
	const char *tail;

	w->next += strspn(w->next, "/");
	if (!*w->next)
		return 0;
	len = strcspn(w->next, "/");
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, w->next, len);
	name[len] = '\0';
	tail = w->next + len;
	if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
		int r = step_down(w, name, tail, follow);

		return r < 0 ? r : 1;
	}
	w->next += len;
	if (!w->cur_dir)
		return -ENOTDIR;
	if (name[1] == '.') {
		int r = step_up(w);

		return r < 0 ? r : 1;
	}
	return 1;
}

static int walk_all(const struct nsv_confine *c, const char *path, bool nofollow, size_t *rewalked,
		    char **ret_canonical, struct nsv_error *e)
{
	struct walk w = {
		.c = c, .e = e, .cur = NSV_FD_NONE, .canon_size = 256, .rewalked = rewalked
	};
	int r;

	w.canon = malloc(w.canon_size);
	w.rest = strdup(path);
	w.next = w.rest;
	r = w.canon && w.rest ? step_to_root(&w) : -ENOMEM;
	if (r == 0)
		do
			r = walk_step(&w, !nofollow);
		while (r > 0);
	if (r == 0 && w.canon_len == 0)
		r = canon_push(&w, "");
	if (r == 0) {
		r = nsv_steal_fd(&w.cur);
		if (ret_canonical)
			*ret_canonical = nsv_steal_ptr(w.canon);
	}
	walk_end(&w);
	return r;
}

int nsv_resolve(const struct nsv_confine *c, const char *path, bool nofollow, char **ret_canonical,
		struct nsv_error *e)
{
	struct nsv_error detail = NSV_ERROR_INIT;
	size_t rewalked = 0;
	int r = -ELOOP;

	if (!*path)
		return nsv_error_set(e, ENOENT, NSV_STAGE_PATH, "%s", "");
	if (!c->no_openat2 && !ret_canonical)
		r = openat2_path(c->root, path, nofollow ? O_NOFOLLOW : 0);
	/* EXDEV is openat2's answer to magic links of procfs; the walk has a message for them. */
	if (r == -ELOOP || r == -ENAMETOOLONG || r == -EAGAIN || r == -EXDEV)
		for (unsigned i = 0; i < MAX_RETRIES; i++) {
			r = walk_all(c, path, nofollow, &rewalked, ret_canonical, &detail);
			if (r != -ESTALE)
				break;
		}
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_PATH, "%s", detail.msg);
	return r;
}
