/* SPDX-License-Identifier: GPL-2.0-or-later */
/* recorded_proc.c - writes the files of /proc that a scan reads. */
#include "unit/recorded_proc.h"
#include "discover/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixtures/skip.h"

#include "fixtures/tmp.h"
#include "reach/util.h"

static void write_file(const struct tree *t, const char *name, const char *text)
{
	nsv_autofd int fd = openat(t->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail_msg("%s: %s", name, strerror(errno));
}

static void make_dir(const struct tree *t, const char *name)
{
	if (mkdirat(t->fd, name, 0755) < 0 && errno != EEXIST)
		fail_msg("%s: %s", name, strerror(errno));
}

static void make_link(const struct tree *t, const char *text, const char *name)
{
	if (symlinkat(text, t->fd, name) < 0)
		fail_msg("%s: %s", name, strerror(errno));
}

static void add_namespaces(const struct tree *t, const struct process *p, const char *dir,
			   const char *up)
{
	char path[128], text[512];

	(void)snprintf(path, sizeof(path), "%s/ns", dir);
	make_dir(t, path);
	(void)snprintf(path, sizeof(path), "%s/ns/mnt", dir);
	(void)snprintf(text, sizeof(text), "mnt:[%u]", p->mntns);
	make_link(t, text, path);
	(void)snprintf(path, sizeof(path), "roots/%s", p->root ? p->root : "host");
	make_dir(t, path);
	(void)snprintf(text, sizeof(text), "%sroots/%s", up, p->root ? p->root : "host");
	(void)snprintf(path, sizeof(path), "%s/root", dir);
	make_link(t, text, path);
	if (p->scant)
		return;
	(void)snprintf(path, sizeof(path), "%s/ns/pid", dir);
	(void)snprintf(text, sizeof(text), "pid:[%u]", p->pidns ? p->pidns : HOST_PID);
	make_link(t, text, path);
	(void)snprintf(path, sizeof(path), "%s/cgroup", dir);
	(void)snprintf(text, sizeof(text), "0::%s\n", p->cgroup ? p->cgroup : "/");
	write_file(t, path, text);
	(void)snprintf(path, sizeof(path), "%s/mountinfo", dir);
	(void)snprintf(text, sizeof(text),
		       "20 1 0:1 / / rw - rootfs none rw\n21 20 0:2 / / rw shared:1 - %s x rw\n"
		       "22 21 0:3 / /proc rw - proc proc rw\n",
		       p->fstype ? p->fstype : "overlay");
	write_file(t, path, text);
}

void add_process(const struct tree *t, const struct process *p, const char *name)
{
	char path[128], text[512];

	make_dir(t, name);
	if (p->scant) {
		add_namespaces(t, p, name, "../");
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/stat", name);
	(void)snprintf(text, sizeof(text),
		       "%d (%s) S %d 1 1 0 -1 %u 1 2 3 4 5 6 7 8 20 0 1 0 %u 4096 1\n", p->pid,
		       p->comm ? p->comm : "a) S 9 (b", p->ppid, p->kthread ? 0x200040U : 0x400100U,
		       p->start);
	write_file(t, path, text);
	(void)snprintf(path, sizeof(path), "%s/status", name);
	(void)snprintf(text, sizeof(text),
		       "Name:\tx\\nNSpid:\t9 1\nUmask:\t0022\nTgid:\t%d\nUid:\t0\t%u\t0\t0\n"
		       "Groups:\t0 1\nNStgid:\t%d\nNSpid:\t%d%s%s\nNSpgid:\t1\n",
		       p->pid, p->uid, p->pid, p->pid, p->nspid ? "\t" : "",
		       p->nspid ? p->nspid : "");
	write_file(t, path, text);
	if (!p->dead)
		add_namespaces(t, p, name, "../");
	if (p->thread) {
		(void)snprintf(path, sizeof(path), "%s/task", name);
		make_dir(t, path);
		(void)snprintf(path, sizeof(path), "%s/task/%d", name, p->pid);
		make_dir(t, path);
		(void)snprintf(path, sizeof(path), "%s/task/%d", name, p->thread);
		add_process(t,
			    &(struct process){ .pid = p->pid,
					       .ppid = p->ppid,
					       .start = p->start,
					       .mntns = p->mntns,
					       .pidns = p->pidns,
					       .nspid = p->nspid,
					       .root = p->root,
					       .cgroup = p->cgroup,
					       .uid = p->uid,
					       .dead = true },
			    path);
		add_namespaces(t, p, path, "../../../");
	}
}

void make_tree(struct tree *t, const struct process *processes, size_t n)
{
	(void)snprintf(t->path, sizeof(t->path), "%s/nsview-proc.XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	nsv_test_mkdtemp(t->path);
	t->fd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(t->fd >= 0);
	make_dir(t, "roots");
	write_file(t, "uptime", "1 1\n");
	write_file(t, "12x", "no PID\n");
	add_process(t, &(struct process){ .pid = 99, .mntns = HOST_MNT }, "self");
	for (size_t i = 0; i < n; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "%d", processes[i].pid);
		add_process(t, &processes[i], name);
	}
}

struct nsv_scan *scan_of(const struct process *processes, size_t n, unsigned flags)
{
	struct nsv_scan_options o = NSV_SCAN_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_scan *scan = NULL;
	struct tree t;

	make_tree(&t, processes, n);
	o.flags = flags;
	if (nsv_scan_new_of(t.fd, &o, &scan, &e) < 0)
		fail_msg("%s", e.msg);
	nsv_close(t.fd); /* borrowed: the scan has its own */
	return scan;
}
