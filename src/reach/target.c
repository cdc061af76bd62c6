/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * target.c - pins a process.
 *
 * The order matters: first the pidfd, then the files of /proc/PID through one directory fd, last
 * poll(2) on the pidfd. If the process still lives then, the PID was its own all the while, and so
 * are the files.
 *
 * Defends against: re-used PIDs, zombies and dead main threads, kernel threads, a /proc that is
 * not procfs. No state, no locks.
 */
#include "pinned.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "userns.h"
#include "util.h"

bool nsv_kernel_is_supported(const char *release)
{
	unsigned major, minor;

	return sscanf(release, "%u.%u", &major, &minor) != 2 || major > 5 ||
	       (major == 5 && minor >= 8);
}

struct nsv_target *nsv_target_free(struct nsv_target *t)
{
	if (!t || atomic_fetch_sub(&t->holders, 1) > 1)
		return NULL;
	nsv_close(t->procfs);
	nsv_close(t->pidfd);
	nsv_close(t->procdir);
	nsv_close(t->root);
	nsv_close(t->mntns);
	nsv_close(t->userns);
	nsv_idmap_clear(&t->uids);
	nsv_idmap_clear(&t->gids);
	free(t);
	return NULL;
}

struct nsv_target *nsv_target_hold(struct nsv_target *t)
{
	(void)atomic_fetch_add(&t->holders, 1);
	return t;
}

int nsv_target_new(struct nsv_target **ret, struct nsv_error *e)
{
	nsv_autotarget struct nsv_target *t = NULL;
	struct utsname uts;

	if (uname(&uts) == 0 && !nsv_kernel_is_supported(uts.release))
		return nsv_error_set(e, ENOSYS, NSV_STAGE_TARGET,
				     "needs Linux 5.8 or later, this is %.32s", uts.release);
	t = calloc(1, sizeof(*t));
	if (!t)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_TARGET, "out of memory");
	t->holders = 1;
	t->pidfd = t->procdir = t->root = t->mntns = t->userns = NSV_FD_NONE;
	t->procfs = nsv_procfs_open(e);
	if (t->procfs < 0)
		return t->procfs;
	*ret = nsv_steal_ptr(t);
	return 0;
}

static int denied(int err, pid_t pid, struct nsv_error *e)
{
	if ((err == EACCES || err == EPERM) && geteuid() == 0)
		return nsv_error_set(e, err, NSV_STAGE_TARGET,
				     "needs CAP_SYS_PTRACE over PID %d, which this root lacks or a "
				     "security module refuses",
				     (int)pid);
	if (err == EACCES || err == EPERM)
		return nsv_error_set(e, err, NSV_STAGE_TARGET,
				     "needs root or CAP_SYS_PTRACE over PID %d", (int)pid);
	if (err == ESRCH || err == ENOENT)
		return nsv_error_set(e, ESRCH, NSV_STAGE_TARGET, "PID %d has ended", (int)pid);
	return nsv_error_set(e, err, NSV_STAGE_TARGET, "PID %d can't be read", (int)pid);
}

static int no_such_pid(pid_t pid, struct nsv_error *e)
{
	return nsv_error_set(e, ESRCH, NSV_STAGE_TARGET, "no process has PID %d", (int)pid);
}

/* The PID of a thread's group; 0 if @tid is a PID itself or no thread has it. */
static pid_t thread_group(int procfs, pid_t tid)
{
	char name[16];
	struct nsv_proc p;

	(void)snprintf(name, sizeof(name), "%d", (int)tid);
	if (nsv_proc_read(procfs, name, &p) < 0 || p.tgids[0] == tid)
		return 0;
	return p.tgids[0];
}

/* Opens the pidfd. @pid may be a thread's ID: t->pid gets its process's, *tid the thread's. */
static int pin(struct nsv_target *t, pid_t pid, pid_t *tid, struct nsv_error *e)
{
	*tid = pid;
	t->pid = pid;
	t->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (t->pidfd < 0 && (errno == EINVAL || errno == ENOENT)) {
		t->pid = thread_group(t->procfs, pid);
		if (t->pid == 0)
			return no_such_pid(pid, e);
		t->pidfd = (int)syscall(SYS_pidfd_open, t->pid, 0);
	}
	if (t->pidfd >= 0)
		return 0;
	if (errno == ESRCH)
		return no_such_pid(pid, e);
	if (errno == ENOSYS || errno == EPERM)
		return nsv_error_set(e, errno, NSV_STAGE_TARGET,
				     "pidfd_open(2) is missing or forbidden here");
	return denied(errno, pid, e);
}

/* Opens directory, root and mount namespace of one thread; on failure none of them stays open. */
static int open_task(struct nsv_target *t, const char *name)
{
	nsv_autofd int dir = openat(t->procfs, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	nsv_autofd int root = NSV_FD_NONE;
	nsv_autofd int mntns = NSV_FD_NONE;
	struct nsv_proc self;
	int r;

	if (dir < 0)
		return -errno;
	r = nsv_proc_read(dir, ".", &self);
	if (r < 0)
		return r;
	if (self.kthread)
		return -EOPNOTSUPP;
	/* A zombie has a directory in /proc, but neither root nor namespaces. */
	if (self.state == 'Z' || self.state == 'X')
		return -ENOENT;
	root = openat(dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	mntns = openat(dir, "ns/mnt", O_RDONLY | O_CLOEXEC);
	if (mntns < 0)
		return -errno;
	t->self = self;
	t->procdir = nsv_steal_fd(&dir);
	t->root = nsv_steal_fd(&root);
	t->mntns = nsv_steal_fd(&mntns);
	return 0;
}

/* Tries every thread of the group: the main thread may have ended before the others. */
static int open_any_task(struct nsv_target *t)
{
	char path[48];
	DIR *dir;
	struct dirent *entry;
	int fd;
	int r = -ENOENT;

	(void)snprintf(path, sizeof(path), "%d/task", (int)t->pid);
	fd = openat(t->procfs, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		nsv_close(fd);
		return -ENOMEM;
	}
	while (r < 0 && (entry = readdir(dir))) {
		uint64_t tid;

		if (nsv_parse_u64(entry->d_name, NSV_PID_MAX, &tid) < 0)
			continue;
		(void)snprintf(path, sizeof(path), "%d/task/%d", (int)t->pid, (int)tid);
		r = open_task(t, path);
	}
	(void)closedir(dir);
	return r;
}

static int open_tasks(struct nsv_target *t, pid_t tid, struct nsv_error *e)
{
	char path[48];
	int r;

	if (tid == t->pid)
		(void)snprintf(path, sizeof(path), "%d", (int)tid);
	else
		(void)snprintf(path, sizeof(path), "%d/task/%d", (int)t->pid, (int)tid);
	r = open_task(t, path);
	if (r == -ENOENT || r == -ESRCH)
		r = open_any_task(t);
	if (r == -EOPNOTSUPP)
		return nsv_error_set(e, EOPNOTSUPP, NSV_STAGE_TARGET,
				     "PID %d is a kernel thread: it has no files of its own",
				     (int)tid);
	if (r == -ENOENT && nsv_target_alive(t) == -ESRCH)
		return nsv_error_set(e, ESRCH, NSV_STAGE_TARGET,
				     "PID %d has ended and is a zombie: it has no files any more",
				     (int)tid);
	return r < 0 ? denied(-r, tid, e) : 0;
}

int nsv_target_alive(const struct nsv_target *t)
{
	struct pollfd p = { .fd = t->pidfd, .events = POLLIN };

	if (t->pidfd < 0)
		return 0;
	return poll(&p, 1, 0) > 0 ? -ESRCH : 0;
}

static int identify(struct nsv_target *t, struct nsv_error *e)
{
	struct stat st;

	if (fstat(t->mntns, &st) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_TARGET, "its namespace can't be read");
	t->mntns_ino = st.st_ino;
	t->is_host = nsv_ns_inode(t->procfs, "self/ns/mnt") == st.st_ino;
	return 0;
}

int nsv_target_describe(struct nsv_target *t, struct nsv_error *e)
{
	nsv_autofd int own = openat(t->procfs, "self/ns/user", O_RDONLY | O_CLOEXEC);
	struct stat st;
	int r = identify(t, e);

	if (r < 0)
		return r;
	t->userns = nsv_userns_of(t->mntns);
	t->own_userns = t->userns >= 0 && nsv_same_ns(t->userns, own);
	if (t->own_userns || (t->userns < 0 && t->pid == 0)) {
		t->uids.identity = t->gids.identity = true;
		return 0;
	}
	/* If the process has since joined another user namespace, its maps are not of this one. */
	if (fstat(t->userns, &st) < 0)
		st.st_ino = 0;
	if (t->pid != 0 && (st.st_ino == 0 || nsv_ns_inode(t->procdir, "ns/user") == st.st_ino)) {
		r = nsv_idmap_read(t->procdir, "uid_map", &t->uids);
		if (r == 0)
			r = nsv_idmap_read(t->procdir, "gid_map", &t->gids);
	} else {
		r = nsv_userns_maps(t->procfs, t->userns, &t->uids, &t->gids);
	}
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_TARGET, "its ID maps can't be read");
	return 0;
}

/*
 * Compares the start time of the main thread, or of the thread that was opened in its place: a scan
 * may have seen either. An unreadable stat counts as another process.
 */
static bool has_start(const struct nsv_target *t, uint64_t start)
{
	struct nsv_process_stat main_thread;
	char name[16];

	if (start == 0 || t->self.start == start)
		return true;
	(void)snprintf(name, sizeof(name), "%d", (int)t->pid);
	return nsv_process_stat(t->procfs, name, &main_thread) == 0 && main_thread.start == start;
}

/* Opens a process by PID, with owner and ID maps if @ids. */
static int open_pid(pid_t pid, uint64_t start, bool ids, struct nsv_target **ret,
		    struct nsv_error *e)
{
	nsv_autotarget struct nsv_target *t = NULL;
	pid_t tid;
	int r = nsv_target_new(&t, e);

	if (r < 0)
		return r;
	r = pin(t, pid, &tid, e);
	if (r < 0)
		return r;
	r = open_tasks(t, tid, e);
	if (r < 0)
		return r;
	if (!has_start(t, start))
		return nsv_error_set(e, ESRCH, NSV_STAGE_TARGET,
				     "PID %d has ended, and another process has its number",
				     (int)pid);
	r = ids ? nsv_target_describe(t, e) : identify(t, e);
	if (nsv_target_alive(t) < 0)
		return nsv_error_set(e, ESRCH, NSV_STAGE_TARGET, "PID %d has ended", (int)pid);
	if (r < 0)
		return r;
	*ret = nsv_steal_ptr(t);
	return 0;
}

/* Opens any process of the namespace, in place of a zombie. */
static int open_member(uint64_t mntns_ino, bool ids, struct nsv_target **ret)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int r = -ESRCH;

	if (!dir)
		return -errno;
	while (r < 0 && (entry = readdir(dir))) {
		struct nsv_target *t = NULL;
		char path[32];
		uint64_t pid;

		if (nsv_parse_u64(entry->d_name, NSV_PID_MAX, &pid) < 0)
			continue;
		(void)snprintf(path, sizeof(path), "%d/ns/mnt", (int)pid);
		if (nsv_ns_inode(dirfd(dir), path) != mntns_ino ||
		    open_pid((pid_t)pid, 0, ids, &t, NULL) < 0)
			continue;
		if (t->mntns_ino == mntns_ino) {
			*ret = nsv_steal_ptr(t);
			r = 0;
		}
		(void)nsv_target_free(t);
	}
	(void)closedir(dir);
	return r;
}

static bool is_zombie(pid_t pid)
{
	nsv_autofd int procfs = nsv_procfs_open(NULL);
	struct nsv_proc p;
	char name[16];

	(void)snprintf(name, sizeof(name), "%d", (int)pid);
	return procfs >= 0 && nsv_proc_read(procfs, name, &p) == 0 && p.state == 'Z';
}

static int open_guarded(pid_t pid, uint64_t mntns_ino, uint64_t start, bool ids,
			struct nsv_target **ret, struct nsv_error *e)
{
	nsv_autotarget struct nsv_target *t = NULL;
	int r;

	if (pid <= 0)
		return nsv_error_set(e, EINVAL, NSV_STAGE_SPEC, "%d is not a PID", (int)pid);
	r = open_pid(pid, start, ids, &t, e);
	if (r == -ESRCH && mntns_ino != 0 && start == 0 && is_zombie(pid))
		r = open_member(mntns_ino, ids, &t) == 0 ? 0 : r;
	if (r < 0)
		return r;
	if (mntns_ino != 0 && t->mntns_ino != mntns_ino)
		return nsv_error_set(e, ESRCH, NSV_STAGE_TARGET,
				     "PID %d is in mount namespace %llu, not %llu", (int)pid,
				     (unsigned long long)t->mntns_ino,
				     (unsigned long long)mntns_ino);
	*ret = nsv_steal_ptr(t);
	return 0;
}

int nsv_target_pin(pid_t pid, uint64_t mntns_ino, uint64_t start, struct nsv_target **ret,
		   struct nsv_error *e)
{
	return open_guarded(pid, mntns_ino, start, false, ret, e);
}

int nsv_target_open_pid(pid_t pid, uint64_t mntns_ino, uint64_t start, struct nsv_target **ret,
			struct nsv_error *e)
{
	return open_guarded(pid, mntns_ino, start, true, ret, e);
}

pid_t nsv_target_pid(const struct nsv_target *t)
{
	return t->pid;
}

int nsv_target_pidfd(const struct nsv_target *t)
{
	return t->pidfd;
}

uint64_t nsv_target_mntns_ino(const struct nsv_target *t)
{
	return t->mntns_ino;
}

bool nsv_target_is_host(const struct nsv_target *t)
{
	return t->is_host;
}
