/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stage_io.c - pipes, /dev/null and terminals, made in the container's namespaces.
 *
 * Defends against: a /dev that the container filled with links to the host, FIFOs and other
 * devices. Async-signal-safe calls only. No locks.
 */
#include "run/inside/stage_io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "reach/beneath.h"
#include "reach/util.h"

#define PTMX	    makedev(5, 2)
#define NULL_DEVICE makedev(1, 3)

/* Opens the device @number at @path below the root; another file is -ENXIO, and is not opened. */
static int open_device(const struct nsv_job *job, const char *path, dev_t number, int access)
{
	nsv_autofd int at = open_beneath(job->fds[NSV_JOB_ROOT], path, O_PATH);
	struct statfs fs;
	struct stat st;
	char link[32];
	int fd;

	if (at < 0)
		return at;
	if (fstat(at, &st) < 0 || fstatfs(at, &fs) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || st.st_rdev != number ||
	    (number == PTMX && fs.f_type != DEVPTS_SUPER_MAGIC))
		return -ENXIO;
	(void)snprintf(link, sizeof(link), "self/fd/%d", at);
	fd = openat(job->fds[NSV_JOB_PROCFS], link, access | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int make_terminal(const struct nsv_job *job, struct nsv_stage_io *io)
{
	const int unlocked = 0;
	int master = open_device(job, "/dev/pts/ptmx", PTMX, O_RDWR);
	int slave;

	if (master < 0)
		return master;
	io->parent[NSV_STAGE_FD_IN] = master;
	if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		return -errno;
	/* By the master, not by a name in /dev/pts (Linux 4.13). */
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -errno;
	for (int i = 0; i < 3; i++)
		io->program[i] = slave;
	return 0;
}

static int make_pipe(int *program, int *parent, bool reads)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*program = ends[!reads];
	*parent = ends[reads];
	return 0;
}

static int make_plain(const struct nsv_job *job, struct nsv_stage_io *io,
		      enum nsv_stage_step *ret_step)
{
	int r = 0;

	if (!job->in || job->detach) {
		*ret_step = NSV_STEP_NULL;
		io->program[0] =
		    open_device(job, "/dev/null", NULL_DEVICE, job->detach ? O_RDWR : O_RDONLY);
		/* Without the device: a pipe that nobody writes to, which is as empty. */
		if (io->program[0] < 0)
			r = make_pipe(&io->program[0], &io->parent[NSV_STAGE_FD_IN], true);
		if (job->detach) {
			io->program[1] = io->program[2] = io->program[0];
			return r;
		}
		nsv_close_p(&io->parent[NSV_STAGE_FD_IN]);
	} else {
		r = make_pipe(&io->program[0], &io->parent[NSV_STAGE_FD_IN], true);
	}
	*ret_step = NSV_STEP_STDIO;
	if (r == 0)
		r = make_pipe(&io->program[1], &io->parent[NSV_STAGE_FD_OUT], false);
	if (r == 0)
		r = make_pipe(&io->program[2], &io->parent[NSV_STAGE_FD_ERR], false);
	return r;
}

int nsv_stage_io_make(const struct nsv_job *job, struct nsv_stage_io *ret,
		      enum nsv_stage_step *ret_step)
{
	int r;

	for (int i = 0; i < 3; i++)
		ret->program[i] = NSV_FD_NONE;
	for (int i = 0; i < NSV_STAGE_FDS; i++)
		ret->parent[i] = NSV_FD_NONE;
	*ret_step = NSV_STEP_PTY;
	r = job->tty && !job->detach ? make_terminal(job, ret) : make_plain(job, ret, ret_step);
	if (r < 0)
		return r;
	/* As an engine does; devices keep their owner. EPERM: an ordinary user's own, as intended.
	 */
	for (int i = 0; i < 3; i++) {
		struct stat st;

		if (fstat(ret->program[i], &st) == 0 &&
		    (!S_ISCHR(st.st_mode) || st.st_rdev != NULL_DEVICE))
			(void)!fchown(ret->program[i], job->settings.uid, st.st_gid);
	}
	return 0;
}
