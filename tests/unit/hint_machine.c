/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hint_machine.c - makes the folders, state files and /proc of a machine with one container. */
#include "hint_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixtures/tmp.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

void put(const struct machine *m, const char *path, const void *text, size_t len)
{
	char copy[512];
	int fd;

	assert_true(strlen(path) < sizeof(copy));
	memcpy(copy, path, strlen(path) + 1);
	for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdirat(m->files, copy, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	fd = openat(m->files, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

void put_text(const struct machine *m, const char *path, const char *text)
{
	put(m, path, text, strlen(text));
}

void put_process(const struct machine *m, int pid, int parent, const char *comm, const char *mntns)
{
	char path[64], text[256];

	(void)snprintf(path, sizeof(path), "proc/%d/stat", pid);
	(void)snprintf(text, sizeof(text),
		       "%d (%s) S %d 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0\n", pid, comm,
		       parent);
	put_text(m, path, text);
	(void)snprintf(path, sizeof(path), "proc/%d/comm", pid);
	(void)snprintf(text, sizeof(text), "%s\n", comm);
	put_text(m, path, text);
	(void)snprintf(path, sizeof(path), "proc/%d/status", pid);
	(void)snprintf(text, sizeof(text), "Name:\t%s\nUid:\t%d\t%d\t%d\t%d\n", comm,
		       (int)geteuid(), (int)geteuid(), (int)geteuid(), (int)geteuid());
	put_text(m, path, text);
	(void)snprintf(path, sizeof(path), "proc/%d/ns", pid);
	assert_true(mkdirat(m->files, path, 0755) == 0 || errno == EEXIST);
	(void)snprintf(path, sizeof(path), "proc/%d/ns/mnt", pid);
	assert_int_equal(symlinkat(mntns, m->files, path), 0);
}

int machine_setup(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	(void)snprintf(m->dir, sizeof(m->dir), "/tmp/nsview-hints.XXXXXX");
	nsv_test_mkdtemp(m->dir);
	m->files = open(m->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	put_process(m, LEAD, 1, "nginx", "mnt:[4026540000]");
	m->procfs = openat(m->files, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	m->real_procfs = nsv_procfs_open(NULL);
	assert_true(m->procfs >= 0 && m->real_procfs >= 0);
	m->c = (struct nsv_container){
		.pid = LEAD, .mntns = 4026540000, .parent = -1, .engine = "docker", .id = ID
	};
	m->scan = (struct nsv_scan){
		.procfs = m->procfs,
		.recorded = true,
		.containers = &m->c,
		.n = 1,
		.mntns = 4026531840,
	};
	*state = m;
	return 0;
}

int machine_teardown(void **state)
{
	struct machine *m = *state;

	nsv_arena_done(&m->scan.arena);
	(void)close(m->files);
	(void)close(m->procfs);
	(void)close(m->real_procfs);
	free(m);
	return 0;
}

void look(struct machine *m)
{
	struct nsv_scan_mntns index = { .mntns = m->c.mntns };
	struct nsv_process_stat lead;
	char dir[NSV_PROCESS_DIR];

	(void)snprintf(dir, sizeof(dir), "%d", LEAD);
	assert_int_equal(nsv_process_stat(m->procfs, dir, &lead), 0);
	m->c.ppid = lead.ppid;
	m->scan.by_mntns = &index;
	m->scan.n_mntns = 1;
	nsv_hints_fill_below(&m->scan, m->files, m->real_procfs);
	m->scan.by_mntns = NULL;
	m->scan.n_mntns = 0;
}
