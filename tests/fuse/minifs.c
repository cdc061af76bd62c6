// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * minifs.c - serves the files of one folder from a child process. Inode N + 2 is the N-th name
 * that was looked up.
 */
#include "fuse/minifs.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cap-ng.h>

#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "fuse/session/session.h"
#include "reach/util.h"

#define MAX_FILES 256

struct fs {
	struct passthrough_user user; /* first, for passthrough.h */
	struct minifs_shared *shared;
	int source, hang;
	pthread_mutex_t lock;
	unsigned n_names;
	char names[MAX_FILES][64];
};

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	session_tune(conn);
}

static fuse_ino_t ino_of(struct fs *fs, const char *name)
{
	unsigned i;

	(void)pthread_mutex_lock(&fs->lock);
	for (i = 0; i < fs->n_names && strcmp(fs->names[i], name) != 0; i++)
		;
	if (i == fs->n_names && i < MAX_FILES)
		(void)snprintf(fs->names[fs->n_names++], sizeof(fs->names[0]), "%s", name);
	(void)pthread_mutex_unlock(&fs->lock);
	return i + 2;
}

static int attributes(struct fs *fs, fuse_ino_t ino, struct stat *st)
{
	const char *name = ino == 1 ? "." : fs->names[ino - 2];

	if (fstatat(fs->source, name, st, AT_SYMLINK_NOFOLLOW))
		return errno;
	st->st_ino = ino;
	return 0;
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fs *fs = fuse_req_userdata(req);
	struct fuse_entry_param e = { .entry_timeout = 0 };
	int err;

	if (faccessat(fs->source, name, F_OK, AT_SYMLINK_NOFOLLOW)) {
		(void)fuse_reply_err(req, ENOENT);
		return;
	}
	e.ino = ino_of(fs, name);
	err = attributes(fs, e.ino, &e.attr);
	(void)(err ? fuse_reply_err(req, err) : fuse_reply_entry(req, &e));
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;
	int err = attributes(fuse_req_userdata(req), ino, &st);

	(void)(err ? fuse_reply_err(req, err) : fuse_reply_attr(req, &st, 0));
}

static void count(struct fs *fs)
{
	unsigned passed = 0;

	if (!fs->user.passthrough)
		return;
	atomic_store(&fs->shared->inodes, passthrough_count(fs->user.passthrough, &passed));
	atomic_store(&fs->shared->inodes_passed, passed);
	atomic_store(&fs->shared->active, passthrough_active(fs->user.passthrough));
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = fuse_req_userdata(req);
	int fd = openat(fs->source, fs->names[ino - 2], O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct statx st;
	int32_t id;

	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st)) {
		(void)fuse_reply_err(req, errno);
		nsv_close(fd);
		return;
	}
	id = passthrough_open(fs->user.passthrough, ino, fd, &st);
	fi->fh = (uint64_t)fd;
	fi->noflush = 1;
	atomic_fetch_add(&fs->shared->passed, id > 0);
	count(fs);
	atomic_fetch_add(&fs->shared->opens, 1);
	if (passthrough_reply(req, fi, id)) {
		passthrough_close(fs->user.passthrough, ino);
		nsv_close(fd);
	}
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = fuse_req_userdata(req);

	passthrough_close(fs->user.passthrough, ino);
	nsv_close((int)fi->fh);
	count(fs);
	atomic_fetch_add(&fs->shared->releases, 1);
	(void)fuse_reply_err(req, 0);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	struct fs *fs = fuse_req_userdata(req);
	struct fuse_bufvec buf = FUSE_BUFVEC_INIT(size);

	atomic_fetch_add(&fs->shared->reads, 1);
	if (!strncmp(fs->names[ino - 2], "hang", 4)) {
		char byte;

		atomic_fetch_add(&fs->shared->hung, 1);
		(void)!read(fs->hang, &byte, 1);
		atomic_fetch_sub(&fs->shared->hung, 1);
	}
	buf.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	buf.buf[0].fd = (int)fi->fh;
	buf.buf[0].pos = off;
	(void)fuse_reply_data(req, &buf, FUSE_BUF_SPLICE_MOVE);
}

static const struct fuse_lowlevel_ops ops = {
	.init = op_init,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.open = op_open,
	.read = op_read,
	.release = op_release,
};

static int serve(const struct minifs *m, const struct minifs_options *options, int hang, int ready)
{
	char *argv[] = { "minifs", "-o", "ro,fsname=minifs" };
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	struct fs *fs = calloc(1, sizeof(*fs));
	struct fuse_session *se;
	int res;

	if (!fs || prctl(PR_SET_PDEATHSIG, SIGKILL))
		return 100;
	fs->shared = m->shared;
	fs->hang = hang;
	fs->source = open(options->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	(void)pthread_mutex_init(&fs->lock, NULL);
	se = fuse_session_new(&args, &ops, sizeof(ops), fs);
	if (fs->source < 0 || !se || passthrough_new(options->min_size, &fs->user.passthrough))
		return 100;
	if (fuse_session_mount(se, m->mountpoint))
		return 101;
	res = passthrough_attach(fs->user.passthrough, se);
	if (res)
		return 102;
	if (options->drop_admin &&
	    (capng_get_caps_process() ||
	     capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SYS_ADMIN) ||
	     capng_apply(CAPNG_SELECT_CAPS)))
		return 103;
	(void)!write(ready, "", 1);
	nsv_close(ready);
	res = options->loop ? options->loop(se, m->shared) : fuse_session_loop(se);
	fuse_session_unmount(se);
	fuse_session_destroy(se);
	fs->user.passthrough = passthrough_free(fs->user.passthrough);
	nsv_close(fs->source);
	free(fs);
	return res < 0 ? 104 : res;
}

void minifs_start(struct minifs *m, const struct minifs_options *options)
{
	int hang[2], ready[2];
	char byte;

	if (access("/dev/fuse", R_OK | W_OK) || geteuid() != 0)
		nsv_test_skip("no right to mount FUSE here");
	*m = (struct minifs){ .mountpoint = "/tmp/nsview-minifs.XXXXXX" };
	nsv_test_mkdtemp(m->mountpoint);
	m->shared = mmap(NULL, sizeof(*m->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(m->shared, MAP_FAILED);
	assert_int_equal(pipe2(hang, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	m->pid = fork();
	assert_true(m->pid >= 0);
	if (m->pid == 0) {
		nsv_close(hang[1]);
		nsv_close(ready[0]);
		_exit(serve(m, options, hang[0], ready[1]));
	}
	nsv_close(hang[0]);
	nsv_close(ready[1]);
	m->let_go = hang[1];
	if (read(ready[0], &byte, 1) != 1) {
		nsv_close(ready[0]);
		fail_msg("minifs: exit status %d", WEXITSTATUS(minifs_stop(m, SIGKILL)));
	}
	nsv_close(ready[0]);
}

void minifs_let_go(struct minifs *m)
{
	nsv_close_p(&m->let_go);
}

int minifs_stop(struct minifs *m, int sig)
{
	int status = -1;

	if (sig)
		(void)kill(m->pid, sig);
	while (waitpid(m->pid, &status, 0) < 0 && errno == EINTR)
		;
	(void)umount2(m->mountpoint, MNT_DETACH);
	nsv_close_p(&m->let_go);
	(void)munmap(m->shared, sizeof(*m->shared));
	return status;
}
