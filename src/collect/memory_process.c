/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory_process.c - what the notes of a core need: IDs, arguments, the auxiliary vector, and where
 * each thread waits. Nothing is stopped: a thread that runs has no registers to be read.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/memory.h"

#define THREADS_MAX 4096
#define AUXV_MAX    4096

/* After the name: state, fifteen more, nice. */
static int read_stat(struct nsv_memory_process *m, int procfs, const char *dir)
{
	nsv_autofree char *heap = NULL;
	const char *text, *rest;
	char small[1024];
	ssize_t n = nsv_process_text(procfs, dir, "stat", small, sizeof(small), &text, &heap);
	int r = n < 0 ? (int)n : nsv_stat_parse(text, &m->stat);

	if (r < 0)
		return r;
	rest = strrchr(text, ')');
	if (!rest ||
	    sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %d",
		   &m->nice) != 1)
		return -EBADMSG;
	return 0;
}

static void read_arguments(struct nsv_memory_process *m, struct nsv_proc_reader *reader,
			   const char *dir)
{
	nsv_autofree char *text = NULL;
	char path[NSV_PROCESS_DIR + 16];
	size_t len = 0;

	(void)snprintf(path, sizeof(path), "%s/cmdline", dir);
	if (nsv_proc_slurp(reader, path, sizeof(m->arguments) - 1, &text, &len) < 0)
		return;
	len = nsv_min(len, sizeof(m->arguments) - 1);
	for (size_t i = 0; i < len; i++)
		m->arguments[i] = (char)(text[i] ? text[i] : ' ');
	while (len && m->arguments[len - 1] == ' ')
		m->arguments[--len] = '\0';
}

static void read_thread(struct nsv_core_thread *t, struct nsv_proc_reader *reader, const char *dir)
{
	nsv_autofree char *text = NULL;
	char path[NSV_PROCESS_DIR + 48], task[NSV_PROCESS_DIR + 24];
	struct nsv_status status;
	size_t len = 0;

	(void)snprintf(task, sizeof(task), "%s/task/%d", dir, (int)t->tid);
	if (nsv_status_read(reader->procfs, task, &status) == 0)
		t->tid_inside = status.inside;
	(void)snprintf(path, sizeof(path), "%s/syscall", task);
	if (nsv_proc_slurp(reader, path, 512, &text, &len) >= 0)
		nsv_core_parse_syscall(text, t);
}

static int add_thread(struct nsv_memory_process *m, pid_t tid, size_t *room)
{
	if (m->n_threads == *room) {
		size_t more = *room ? *room * 2 : 16;
		struct nsv_core_thread *list = realloc(m->threads, more * sizeof(*list));

		if (!list)
			return -ENOMEM;
		m->threads = list;
		*room = more;
	}
	m->threads[m->n_threads++] = (struct nsv_core_thread){ .tid = tid };
	return 0;
}

/* The main thread is listed first. */
static int read_threads(struct nsv_memory_process *m, struct nsv_proc_reader *reader, int procfs,
			const char *dir)
{
	char path[NSV_PROCESS_DIR + 8];
	struct dirent *entry;
	size_t room = 0;
	int fd, r = 0;
	DIR *tasks;

	(void)snprintf(path, sizeof(path), "%s/task", dir);
	fd = openat(procfs, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tasks = fd < 0 ? NULL : fdopendir(fd);
	if (!tasks) {
		r = -errno;
		nsv_close(fd);
		return r;
	}
	while (r == 0 && (entry = readdir(tasks))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		m->threads_cut = m->n_threads == THREADS_MAX;
		if (m->threads_cut)
			break;
		r = add_thread(m, (pid_t)strtol(entry->d_name, NULL, 10), &room);
	}
	(void)closedir(tasks);
	for (size_t i = 0; i < m->n_threads && r == 0; i++)
		read_thread(&m->threads[i], reader, dir);
	return r;
}

int nsv_memory_process_read(struct nsv_memory_process *m, struct nsv_collection *c,
			    struct nsv_proc_reader *reader)
{
	int procfs = c->target->procfs, r;
	char dir[NSV_PROCESS_DIR], path[NSV_PROCESS_DIR + 8];

	(void)snprintf(dir, sizeof(dir), "%d", (int)m->p->pid);
	r = read_stat(m, procfs, dir);
	/* Who took the number of one that ended is not the one that was found. */
	if (r == 0 && m->stat.ppid != m->p->ppid)
		r = -ESRCH;
	if (r == 0)
		r = nsv_status_read(procfs, dir, &m->status);
	if (r == 0)
		r = read_threads(m, reader, procfs, dir);
	if (r < 0)
		return nsv_process_gone(r) ? -ESRCH : r;
	read_arguments(m, reader, dir);
	(void)snprintf(path, sizeof(path), "%s/auxv", dir);
	(void)nsv_proc_slurp(reader, path, AUXV_MAX, &m->auxv, &m->auxv_len);
	return 0;
}

void nsv_memory_process_free(struct nsv_memory_process *m)
{
	nsv_free_p(&m->threads);
	nsv_free_p(&m->auxv);
}
