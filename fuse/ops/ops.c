/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ops.c - the table of operations, and the options agreed with the kernel at the start. No state.
 */
#include "fuse/ops/ops.h"

#include "fuse/session/session.h"

static void ops_init(void *userdata, struct fuse_conn_info *conn)
{
	struct view *v = userdata;
	const unsigned wanted = FUSE_CAP_ASYNC_READ | FUSE_CAP_PARALLEL_DIROPS |
				FUSE_CAP_READDIRPLUS | FUSE_CAP_AUTO_INVAL_DATA |
				FUSE_CAP_POSIX_ACL;

	/* Not READDIRPLUS_AUTO: readers.h decides which entries get attributes. */
	conn->want = conn->capable & wanted;
	/* This option makes the kernel check permissions by mode. */
	if (!view_options_checks_modes(((const struct view *)userdata)->options))
		conn->want &= ~(unsigned)FUSE_CAP_POSIX_ACL;
	/* Kernels before 6.14 cut a cached link at its size, which is 0 for links in proc. */
	v->keeps_links = v->options->cache != CACHE_NEVER && !v->options->pseudo &&
			 conn->capable & FUSE_CAP_CACHE_SYMLINKS;
	if (v->keeps_links)
		conn->want |= FUSE_CAP_CACHE_SYMLINKS;
	/* Without these the kernel keeps locks among the view's readers. */
	if (v->locks)
		conn->want |= conn->capable & (FUSE_CAP_POSIX_LOCKS | FUSE_CAP_FLOCK_LOCKS);
	session_tune(conn);
}

const struct fuse_lowlevel_ops view_ops = {
	.init = ops_init,
	.lookup = ops_lookup,
	.forget = ops_forget,
	.forget_multi = ops_forget_multi,
	.getattr = ops_getattr,
	.readlink = ops_readlink,
	.statfs = ops_statfs,
	.opendir = ops_opendir,
	.readdir = ops_readdir,
	.readdirplus = ops_readdirplus,
	.releasedir = ops_releasedir,
	.open = ops_open_file,
	.read = ops_read,
	.lseek = ops_lseek,
	.release = ops_release,
	.flush = ops_flush,
	.getlk = ops_getlk,
	.setlk = ops_setlk,
	.flock = ops_flock,
	.getxattr = ops_getxattr,
	.listxattr = ops_listxattr,
};
