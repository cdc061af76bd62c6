/* SPDX-License-Identifier: GPL-2.0-or-later */
/* case_process.c - a process, its mappings and open files, decoded from processes.json. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "report/case.h"

void nsv_case_detail(struct nsv_case *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(c->detail, sizeof(c->detail), fmt, ap);
	va_end(ap);
}

/* The arguments with blanks between them, cut at the end of the buffer. */
static void read_command(struct nsv_case_process *p)
{
	struct nsv_json_walk w = nsv_json_walk(p->argv);
	struct nsv_json key, value;
	size_t at = 0;

	p->command[0] = p->argv0[0] = '\0';
	for (unsigned i = 0; nsv_json_next(&w, &key, &value); i++) {
		if (i == 0)
			(void)nsv_fact_item(value, p->argv0, sizeof(p->argv0));
		if (i > 0 && at + 1 < sizeof(p->command))
			p->command[at++] = ' ';
		if (at + 1 >= sizeof(p->command))
			break;
		at += nsv_fact_item(value, p->command + at, sizeof(p->command) - at);
	}
	p->command[nsv_min(at, sizeof(p->command) - 1)] = '\0';
}

static void read_exe(struct nsv_case_process *p, struct nsv_json exe)
{
	p->has_exe = exe.at && *exe.at == '{';
	(void)nsv_fact_get(exe, "path", p->exe, sizeof(p->exe));
	(void)nsv_fact_get(exe, "content", p->content, sizeof(p->content));
	(void)nsv_fact_get(exe, "sha256", p->sha256, sizeof(p->sha256));
	p->deleted = nsv_fact_true(nsv_fact_member(exe, "deleted"));
	p->replaced = nsv_fact_true(nsv_fact_member(exe, "replaced"));
}

void nsv_case_process_read(const struct nsv_process_fact *fact, struct nsv_case_process *p)
{
	enum { NAME, TWIN, ARGV, ENVIRON, EXE, CAPS, TRACER, FDS, MAPS, CWD, CWD_TWIN };
	struct nsv_json_member m[] = {
		[NAME] = { .key = "name" },
		[TWIN] = { .key = "name_base64" },
		[ARGV] = { .key = "argv" },
		[ENVIRON] = { .key = "environ" },
		[EXE] = { .key = "exe" },
		[CAPS] = { .key = "capabilities" },
		[TRACER] = { .key = "tracer" },
		[FDS] = { .key = "fds" },
		[MAPS] = { .key = "maps" },
		[CWD] = { .key = "cwd" },
		[CWD_TWIN] = { .key = "cwd_base64" },
	};

	nsv_json_members(fact->json, m, NSV_ARRAY_SIZE(m));
	p->fact = fact;
	p->argv = m[ARGV].value;
	p->environ = m[ENVIRON].value;
	p->fds = m[FDS].value;
	p->maps = m[MAPS].value;
	p->tracer = nsv_fact_number(m[TRACER].value, 0);
	p->effective = nsv_facts_caps(nsv_fact_member(m[CAPS].value, "effective"));
	p->permitted = nsv_facts_caps(nsv_fact_member(m[CAPS].value, "permitted"));
	p->bounding = nsv_facts_caps(nsv_fact_member(m[CAPS].value, "bounding"));
	(void)nsv_fact_text(m[NAME].value, m[TWIN].value, p->name, sizeof(p->name));
	(void)nsv_fact_text(m[CWD].value, m[CWD_TWIN].value, p->cwd, sizeof(p->cwd));
	read_command(p);
	read_exe(p, m[EXE].value);
}

void nsv_case_map_read(struct nsv_json o, struct nsv_case_map *m)
{
	enum { RANGE, PERMISSIONS, PATH, TWIN, INODE, CONTENT };
	struct nsv_json_member v[] = {
		[RANGE] = { .key = "range" }, [PERMISSIONS] = { .key = "permissions" },
		[PATH] = { .key = "path" },   [TWIN] = { .key = "path_base64" },
		[INODE] = { .key = "inode" }, [CONTENT] = { .key = "content" },
	};
	const struct nsv_json none = { 0 };

	nsv_json_members(o, v, NSV_ARRAY_SIZE(v));
	(void)nsv_fact_text(v[RANGE].value, none, m->range, sizeof(m->range));
	(void)nsv_fact_text(v[PERMISSIONS].value, none, m->permissions, sizeof(m->permissions));
	(void)nsv_fact_text(v[PATH].value, v[TWIN].value, m->path, sizeof(m->path));
	(void)nsv_fact_text(v[CONTENT].value, none, m->content, sizeof(m->content));
	m->inode = nsv_fact_number(v[INODE].value, 0);
}

void nsv_case_fd_read(struct nsv_json o, struct nsv_case_fd *fd)
{
	enum { FD, KIND, TARGET, TWIN, ACCESS, CONTENT, DELETED, SIZE };
	struct nsv_json_member v[] = {
		[FD] = { .key = "fd" },		  [KIND] = { .key = "kind" },
		[TARGET] = { .key = "target" },	  [TWIN] = { .key = "target_base64" },
		[ACCESS] = { .key = "access" },	  [CONTENT] = { .key = "content" },
		[DELETED] = { .key = "deleted" }, [SIZE] = { .key = "size" },
	};
	const struct nsv_json none = { 0 };

	nsv_json_members(o, v, NSV_ARRAY_SIZE(v));
	fd->fd = nsv_fact_number(v[FD].value, -1);
	fd->size = nsv_fact_number(v[SIZE].value, -1);
	fd->deleted = nsv_fact_true(v[DELETED].value);
	(void)nsv_fact_text(v[KIND].value, none, fd->kind, sizeof(fd->kind));
	(void)nsv_fact_text(v[TARGET].value, v[TWIN].value, fd->target, sizeof(fd->target));
	(void)nsv_fact_text(v[ACCESS].value, none, fd->access, sizeof(fd->access));
	(void)nsv_fact_text(v[CONTENT].value, none, fd->content, sizeof(fd->content));
}
