/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * members.c - lists the processes in the target's mount namespace, with one readlink(2) for each
 * process of the machine and three small files for each member. A process that ends meanwhile is
 * left out. No locks: one thread.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "discover/inspect/inspector.h"
#include "reach/proc.h"
#include "reach/util.h"

#define COMMAND_MAX 4096
/* Bytes of all command lines together; past that each is cut to SHORT_MAX. */
#define TOTAL_MAX ((size_t)32 * 1024 * 1024)
#define SHORT_MAX 64

static int add_member(struct nsv_inspector *in, struct nsv_member **list, size_t *room,
		      size_t *total, const char *dir, pid_t pid)
{
	size_t max = *total < TOTAL_MAX ? COMMAND_MAX : SHORT_MAX;
	struct nsv_process_stat stat;
	struct nsv_process_ids ids;
	struct nsv_member *member;
	char name[16];
	int r;

	/* status and stat outlive the main thread; the command line does not, so @dir may be
	 * another thread's directory. */
	(void)snprintf(name, sizeof(name), "%d", (int)pid);
	r = nsv_process_ids(in->target->procfs, name, &in->slow, &ids);
	if (r == 0)
		r = nsv_process_stat(in->target->procfs, name, &stat);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	*list = nsv_inspect_grow(in, *list, in->i.n_members, room, sizeof(**list));
	if (!*list)
		return -ENOMEM;
	member = &(*list)[in->i.n_members];
	*member = (struct nsv_member){
		.pid = pid, .ppid = stat.ppid, .inside = ids.inside, .uid = ids.uid
	};
	member->command = nsv_inspect_command(in, dir, max);
	if (!member->command)
		return -ENOMEM;
	*total += strlen(member->command);
	in->i.n_members++;
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	const struct nsv_member *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

int nsv_inspect_members(struct nsv_inspector *in)
{
	struct nsv_member *list = NULL;
	size_t room = 0, total = 0;
	struct dirent *entry;
	DIR *dir;
	int fd = openat(in->target->procfs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		r = nsv_inspect_missing(in, "processes", errno, NULL);
		nsv_close(fd);
		return r;
	}
	while (r == 0 && (entry = readdir(dir))) {
		char process[NSV_PROCESS_DIR];
		uint64_t pid, mntns;

		if (nsv_parse_u64(entry->d_name, INT32_MAX, &pid) == 0 &&
		    nsv_process_mntns(in->target->procfs, (pid_t)pid, process, &mntns) == 0 &&
		    mntns == in->target->mntns_ino)
			r = add_member(in, &list, &room, &total, process, (pid_t)pid);
	}
	(void)closedir(dir);
	if (list && in->i.n_members)
		qsort(list, in->i.n_members, sizeof(*list), by_pid);
	in->lists.members = list;
	return r;
}
