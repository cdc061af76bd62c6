/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process_facts.c - processes.json: the facts of each process, by PID. */
#include "report/process_facts.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"

#define DELETED " (deleted)"

const char *nsv_facts_base(const char *path, size_t *ret_len)
{
	size_t len = strlen(path), end = sizeof(DELETED) - 1, at;

	if (len > end && !strcmp(path + len - end, DELETED))
		len -= end;
	for (at = len; at > 0 && path[at - 1] != '/'; at--)
		;
	*ret_len = len - at;
	return path + at;
}

static void read_process(struct nsv_process_fact *p, struct nsv_json o)
{
	enum { PID, PPID, INSIDE, NAME, TWIN, STARTED, EXE, UIDS };
	struct nsv_json_member m[] = {
		[PID] = { .key = "pid" },	    [PPID] = { .key = "ppid" },
		[INSIDE] = { .key = "pid_inside" }, [NAME] = { .key = "name" },
		[TWIN] = { .key = "name_base64" },  [STARTED] = { .key = "started" },
		[EXE] = { .key = "exe" },	    [UIDS] = { .key = "uids" },
	};
	char exe[NSV_FACT_PATH];
	struct nsv_json_walk w;
	struct nsv_json key, uid = { 0 };
	const char *base;
	size_t len;

	nsv_json_members(o, m, NSV_ARRAY_SIZE(m));
	w = nsv_json_walk(m[UIDS].value);
	(void)nsv_json_next(&w, &key, &uid); /* real, then effective, which counts */
	(void)nsv_json_next(&w, &key, &uid);
	*p = (struct nsv_process_fact){ .json = o,
					.pid = nsv_fact_number(m[PID].value, 0),
					.ppid = nsv_fact_number(m[PPID].value, 0),
					.inside = nsv_fact_number(m[INSIDE].value, 0),
					.uid = nsv_fact_number(uid, -1),
					.started = nsv_fact_time(m[STARTED].value) };
	(void)nsv_fact_text(m[NAME].value, m[TWIN].value, p->name, sizeof(p->name));
	(void)nsv_fact_get(m[EXE].value, "path", exe, sizeof(exe));
	base = nsv_facts_base(exe, &len);
	(void)snprintf(p->exe, sizeof(p->exe), "%.*s", (int)nsv_min(len, sizeof(p->exe) - 1), base);
}

static int by_pid(const void *a, const void *b)
{
	const struct nsv_process_fact *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

int nsv_process_facts_read(struct nsv_facts *f)
{
	struct nsv_json_walk w = nsv_json_walk(f->s->json[NSV_SOURCE_PROCESSES]);
	struct nsv_json key, o;
	size_t room = 0;

	while (nsv_json_next(&w, &key, &o)) {
		if (f->n_processes == NSV_FACTS_PROCESSES) {
			f->more_processes++;
			continue;
		}
		if (f->n_processes == room) {
			struct nsv_process_fact *more;

			room = room ? room * 2 : 64;
			more = realloc(f->processes, room * sizeof(*more));
			if (!more)
				return -ENOMEM;
			f->processes = more;
		}
		read_process(&f->processes[f->n_processes++], o);
	}
	if (f->n_processes)
		qsort(f->processes, f->n_processes, sizeof(*f->processes), by_pid);
	return 0;
}

const struct nsv_process_fact *nsv_facts_process(const struct nsv_facts *f, int64_t pid)
{
	const struct nsv_process_fact wanted = { .pid = pid };

	return f->n_processes
		   ? bsearch(&wanted, f->processes, f->n_processes, sizeof(*f->processes), by_pid)
		   : NULL;
}
