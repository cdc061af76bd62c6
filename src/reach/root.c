/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root.c - opens a target's root and chooses the route; root_open.c opens paths by it. The proc
 * route calls the resolver in this process; the setns route asks a helper, one call at a time.
 * Lock: helper_lock, held over one request and its answer.
 */
#include <nsview/root.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "enter.h"
#include "pinned.h"
#include "root_call.h"
#include "util.h"

struct nsv_root {
	struct nsv_target *target; /* held */
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
int nsv_complete(int r, struct nsv_error *e)
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
	root->target = nsv_target_hold(target);
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
	(void)nsv_target_free(root->target);
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

int nsv_root_fd(const struct nsv_root *root)
{
	return root->fd;
}

int nsv_root_call(struct nsv_root *root, enum nsv_op op, const char *path, unsigned flags,
		  char **ret_text, struct nsv_error *e)
{
	int r;

	if (flags & ~(unsigned)NSV_ROOT_NOFOLLOW)
		return nsv_error_set(e, EINVAL, NSV_STAGE_PATH, "unknown flag");
	if (root->via == NSV_VIA_PROC)
		return nsv_complete(nsv_confined_call(&root->confine, op, path, flags, ret_text, e),
				    e);
	(void)pthread_mutex_lock(&root->helper_lock);
	r = nsv_enter_call(&root->entered, op, path, flags, ret_text, e);
	(void)pthread_mutex_unlock(&root->helper_lock);
	return nsv_complete(r, e);
}
