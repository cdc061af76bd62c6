/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view.c - creates and frees the state of a view. */
#include "fuse/view.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuse/daemon/filter_outside.h"
#include "fuse/prober/prober.h"
#include "reach/procfs.h"
#include "reach/util.h"

/* Before there are threads: all that does what the sandbox will refuse. */
static int start_processes(struct view *v)
{
	int r = nsv_opener_start(&v->opener, filter_outside_apart);

	v->has_opener = r == 0;
	if (r == 0)
		r = prober_new(v->procfs, &v->prober);
	if (r == 0 && geteuid() != 0)
		r = owner_new(v->procfs, &v->owner);
	return r;
}

int view_new(const struct view_options *options, struct view **ret_view, struct nsv_error *e)
{
	struct view *v = calloc(1, sizeof(*v));
	struct rlimit limit;
	int r;

	if (!v)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_NONE, "out of memory");
	r = container_can_open();
	if (r < 0) {
		free(v);
		return nsv_error_set(e, -r, NSV_STAGE_NONE,
				     "openat2(2) is needed, and refused (is the kernel older than "
				     "5.6, or is there a filter?): %s",
				     strerror(-r));
	}
	v->options = options;
	v->max_fds = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < INT_MAX
			 ? (int)limit.rlim_cur
			 : INT_MAX;
	atomic_init(&v->has_labels, access("/sys/fs/selinux/enforce", F_OK) == 0);
	opened_init(&v->opened);
	opened_init(&v->opened_dirs);
	v->procfs = nsv_procfs_open(e);
	r = v->procfs < 0 ? v->procfs : 0;
	if (r == 0)
		r = start_processes(v);
	if (r == 0)
		r = passthrough_new(options->passthrough, &v->io.passthrough);
	if (r == 0)
		r = listings_new(&v->listings);
	if (r == 0 && options->locks)
		r = held_locks_new(&v->locks);
	/* What the kernel makes up has sizes and times that tell nothing. */
	v->no_opendir = options->cache != CACHE_NEVER && !options->pseudo;
	v->no_open = options->cache == CACHE_ALWAYS && !options->pseudo;
	if (r == 0)
		r = tree_new(&v->tree);
	if (r == 0)
		r = top_new(options, v->procfs,
			    &(struct outside){ v->owner, &v->opener, v->prober }, &v->top);
	if (r < 0) {
		view_free(v);
		return nsv_error_set(e, -r, NSV_STAGE_NONE, "%s", strerror(-r));
	}
	*ret_view = v;
	return 0;
}

struct view *view_free(struct view *v)
{
	if (!v)
		return NULL;
	v->io.passthrough = passthrough_free(v->io.passthrough);
	v->listings = listings_free(v->listings);
	v->locks = held_locks_free(v->locks);
	v->tree = tree_free(v->tree);
	v->top = top_free(v->top);
	opened_done(&v->opened);
	opened_done(&v->opened_dirs);
	v->owner = owner_free(v->owner);
	v->prober = prober_free(v->prober);
	if (v->has_opener)
		nsv_opener_end(&v->opener);
	nsv_close(v->procfs);
	free(v);
	return NULL;
}

int view_mounted(struct view *v, const char *mountpoint, struct nsv_error *e)
{
	struct statx st;

	if (statx(AT_FDCWD, mountpoint, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO, &st) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_NONE, "%s: %s", mountpoint,
				     strerror(errno));
	v->dev_major = st.stx_dev_major;
	v->dev_minor = st.stx_dev_minor;
	top_set_device(v->top, container_dev(&st));
	return 0;
}
