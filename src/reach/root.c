/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root.c - opens a target's root, chooses the route, and opens paths below the root. The proc route
 * calls the resolver in this process; the setns route asks a helper, one call at a time.
 * Lock: helper_lock, held over one request and its answer.
 */
#include <nsview/root.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "enter.h"
#include "pinned.h"
#include "util.h"

struct nsv_root {
	struct nsv_target *target; /* borrowed */
	enum nsv_via via;
	int fd; /* O_PATH of "/" */
	struct nsv_confine confine;
	struct nsv_entered entered;
	pthread_mutex_t helper_lock;
};

/*
 * Gives an error without a message that of strerror(3). A helper can't do so: strerror(3) may load
 * a message catalogue.
 */
static int complete(int r, struct nsv_error *e)
{
	if (r < 0 && e && !e->msg[0])
		(void)nsv_error_set(e, -r, e->stage, "%s", strerror(-r));
	return r;
}

static int start_helper(struct nsv_root *root, struct nsv_error *e)
{
	const struct nsv_target *t = root->target;
	const struct nsv_entry entry = {
		.mntns = t->mntns,
		.userns = t->userns,
		.root = t->root,
		.procfs = t->procfs,
		.self = t->pid ? &t->self : NULL,
	};

	root->fd = nsv_enter(&entry, &root->entered, e);
	root->via = NSV_VIA_SETNS;
	return root->fd < 0 ? root->fd : 0;
}

static int use_proc(struct nsv_root *root, struct nsv_error *e)
{
	struct nsv_target *t = root->target;

	if (t->pid == 0)
		return nsv_error_set(
		    e, EINVAL, NSV_STAGE_ROOT,
		    "a namespace file has no process: only the setns route serves");
	root->via = NSV_VIA_PROC;
	root->fd = fcntl(t->root, F_DUPFD_CLOEXEC, 3);
	if (root->fd < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ROOT, "%s", strerror(errno));
	root->confine = (struct nsv_confine){
		.root = root->fd,
		.procfs = t->procfs,
		.self = &t->self,
		.no_openat2 = !nsv_openat2_works(root->fd),
	};
	return 0;
}

static int choose(struct nsv_root *root, enum nsv_via via, struct nsv_error *e)
{
	struct nsv_target *t = root->target;
	int r;

	if (via == NSV_VIA_SETNS || t->pid == 0 ||
	    (via == NSV_VIA_AUTO && nsv_target_wants_userns(t)))
		return via == NSV_VIA_PROC ? use_proc(root, e) : start_helper(root, e);
	r = use_proc(root, e);
	if (r == 0 && via == NSV_VIA_AUTO && root->confine.no_openat2) {
		/* The walk alone is confined; a helper's changed root is a second barrier if
		 * allowed. */
		int proc_fd = root->fd;

		if (start_helper(root, NULL) == 0) {
			nsv_close(proc_fd);
		} else {
			root->fd = proc_fd;
			root->via = NSV_VIA_PROC;
		}
	}
	return r;
}

int nsv_root_open(struct nsv_target *target, enum nsv_via via, struct nsv_root **ret,
		  struct nsv_error *e)
{
	struct nsv_root *root = calloc(1, sizeof(*root));
	int r;

	if (!root)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_ROOT, "out of memory");
	root->target = target;
	root->fd = NSV_FD_NONE;
	root->entered = (struct nsv_entered){ .helper = NSV_HELPER_NONE, .sock = NSV_FD_NONE };
	(void)pthread_mutex_init(&root->helper_lock, NULL);
	r = choose(root, via, e);
	if (r == 0 && nsv_target_alive(target) < 0)
		r = nsv_error_set(e, ESRCH, NSV_STAGE_ROOT, "PID %d has ended", (int)target->pid);
	if (r < 0)
		(void)nsv_root_free(root);
	else
		*ret = root;
	return r < 0 ? r : 0;
}

struct nsv_root *nsv_root_free(struct nsv_root *root)
{
	if (!root)
		return NULL;
	nsv_enter_end(&root->entered);
	nsv_close(root->fd);
	(void)pthread_mutex_destroy(&root->helper_lock);
	free(root);
	return NULL;
}

enum nsv_via nsv_root_via(const struct nsv_root *root)
{
	return root->via;
}

struct nsv_target *nsv_root_target(const struct nsv_root *root)
{
	return root->target;
}

static int call(struct nsv_root *root, enum nsv_op op, const char *path, unsigned flags,
		char **ret_text, struct nsv_error *e)
{
	int r;

	if (flags & ~(unsigned)NSV_NOFOLLOW)
		return nsv_error_set(e, EINVAL, NSV_STAGE_PATH, "unknown flag");
	if (root->via == NSV_VIA_PROC)
		return complete(nsv_confined_call(&root->confine, op, path, flags, ret_text, e), e);
	(void)pthread_mutex_lock(&root->helper_lock);
	r = nsv_enter_call(&root->entered, op, path, flags, ret_text, e);
	(void)pthread_mutex_unlock(&root->helper_lock);
	return complete(r, e);
}

int nsv_root_open_path(struct nsv_root *root, const char *path, unsigned flags, struct nsv_error *e)
{
	return call(root, NSV_OP_PATH, path, flags, NULL, e);
}

int nsv_root_open_file(struct nsv_root *root, const char *path, unsigned flags, struct stat *ret_st,
		       struct nsv_error *e)
{
	int fd = call(root, NSV_OP_FILE, path, flags, NULL, e);

	if (fd >= 0 && ret_st && fstat(fd, ret_st) < 0) {
		nsv_close(fd);
		return nsv_error_set(e, errno, NSV_STAGE_PATH, "%s", strerror(errno));
	}
	return fd;
}

int nsv_root_open_dir(struct nsv_root *root, const char *path, unsigned flags, struct nsv_error *e)
{
	return call(root, NSV_OP_DIR, path, flags, NULL, e);
}

int nsv_root_canonical(struct nsv_root *root, const char *path, unsigned flags, char **ret_path,
		       struct nsv_error *e)
{
	int fd = call(root, NSV_OP_CANONICAL, path, flags, ret_path, e);

	nsv_close(fd);
	return fd < 0 ? fd : 0;
}

int nsv_root_open_parent(struct nsv_root *root, const char *path, const char **ret_name,
			 size_t *ret_len, struct nsv_error *e)
{
	size_t end = strlen(path);
	size_t start;
	nsv_autofree char *dir = NULL;
	int fd;

	while (end > 0 && path[end - 1] == '/')
		end--;
	start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	if (start == end || (end - start == 1 && path[start] == '.') ||
	    (end - start == 2 && memcmp(path + start, "..", 2) == 0))
		return nsv_error_set(e, EINVAL, NSV_STAGE_PATH, "%s", strerror(EINVAL));
	if (asprintf(&dir, "/%.*s/", (int)start, path) < 0)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_PATH, "%s", strerror(ENOMEM));
	fd = nsv_root_open_path(root, dir, 0, e);
	if (fd >= 0) {
		*ret_name = path + start;
		*ret_len = end - start;
	}
	return fd;
}

/* The public calls on fds use this process's /proc; reopening verifies the inode. */
int nsv_reopen(int pathfd, struct stat *ret_st, struct nsv_error *e)
{
	nsv_autofd int procfs = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	bool dir = fstat(pathfd, &st) == 0 && S_ISDIR(st.st_mode);

	return complete(nsv_reopen_through(procfs, pathfd, dir, ret_st, e), e);
}

int nsv_open_file_at(int dirfd, const char *name, struct stat *ret_st, struct nsv_error *e)
{
	nsv_autofd int fd = NSV_FD_NONE;
	nsv_autofd int procfs = NSV_FD_NONE;

	if (!*name || strchr(name, '/') || strcmp(name, "..") == 0)
		return nsv_error_set(e, EINVAL, NSV_STAGE_PATH, "%s", strerror(EINVAL));
	fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return nsv_error_set(e, errno, NSV_STAGE_PATH, "%s", strerror(errno));
	procfs = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return complete(nsv_reopen_through(procfs, fd, false, ret_st, e), e);
}
