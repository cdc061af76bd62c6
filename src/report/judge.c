/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge.c - goes through processes, network, mounts, files and accounts. See judge.h. */
#include "report/judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "report/case_file.h"

/* What is judged, and room for one case of each kind. */
struct judge {
	struct nsv_case c;
	struct nsv_findings *all;
	struct nsv_case_process process;
	struct nsv_case_map map;
	struct nsv_case_fd fd;
	struct nsv_case_socket socket;
	struct nsv_case_interface interface;
	struct nsv_case_file file;
	char subject[NSV_FACT_PATH + 128];
};

static void judge_process(struct judge *j, const struct nsv_process_fact *p)
{
	struct nsv_json key, o;
	struct nsv_json_walk w;

	nsv_case_process_read(p, &j->process);
	j->c.process = &j->process;
	(void)snprintf(j->subject, sizeof(j->subject), "process %" PRId64 " (%s)", p->pid,
		       j->process.name);
	nsv_findings_judge(j->all, &j->c, NSV_CASE_PROCESS, j->subject, "processes.json");
	j->c.map = &j->map;
	for (w = nsv_json_walk(j->process.maps); nsv_json_next(&w, &key, &o);) {
		nsv_case_map_read(o, &j->map);
		nsv_findings_judge(j->all, &j->c, NSV_CASE_MAP, j->subject, "processes.json");
	}
	j->c.map = NULL;
	j->c.fd = &j->fd;
	for (w = nsv_json_walk(j->process.fds); nsv_json_next(&w, &key, &o);) {
		nsv_case_fd_read(o, &j->fd);
		nsv_findings_judge(j->all, &j->c, NSV_CASE_FD, j->subject, "processes.json");
	}
	j->c.fd = NULL;
	j->c.process = NULL;
}

static void judge_socket(struct judge *j, struct nsv_json o)
{
	const struct nsv_process_fact *p;

	nsv_case_socket_read(o, &j->socket);
	p = nsv_facts_process(j->c.f, j->socket.pid);
	if (p)
		(void)snprintf(j->subject, sizeof(j->subject), "process %" PRId64 " (%s)", p->pid,
			       p->name);
	else
		(void)snprintf(j->subject, sizeof(j->subject), "socket %" PRId64, j->socket.inode);
	nsv_findings_judge(j->all, &j->c, NSV_CASE_SOCKET, j->subject, "network.json");
}

static void judge_network(struct judge *j)
{
	struct nsv_json_walk spaces = nsv_json_walk(j->c.f->s->json[NSV_SOURCE_NETWORK]);
	struct nsv_json key, space, o;
	struct nsv_json_walk w;

	while (nsv_json_next(&spaces, &key, &space)) {
		j->c.socket = &j->socket;
		w = nsv_json_walk(nsv_fact_member(space, "sockets"));
		while (nsv_json_next(&w, &key, &o))
			judge_socket(j, o);
		j->c.socket = NULL;
		j->c.interface = &j->interface;
		w = nsv_json_walk(nsv_fact_member(space, "interfaces"));
		while (nsv_json_next(&w, &key, &o)) {
			nsv_case_interface_read(o, &j->interface);
			nsv_findings_judge(j->all, &j->c, NSV_CASE_INTERFACE, j->interface.name,
					   "network.json");
		}
		j->c.interface = NULL;
	}
}

static void judge_mounts(struct judge *j)
{
	for (size_t i = 0; i < j->c.f->n_mounts; i++) {
		j->c.mount = &j->c.f->mounts[i];
		nsv_findings_judge(j->all, &j->c, NSV_CASE_MOUNT, j->c.mount->target,
				   "mounts.json");
	}
	j->c.mount = NULL;
}

static void judge_files(struct judge *j, struct nsv_changed_files *changes)
{
	struct nsv_lines l = nsv_facts_lines(j->c.f->s, NSV_SOURCE_FILES);
	struct nsv_changed_walk w;
	struct nsv_json o;

	j->c.file = &j->file;
	while (nsv_fact_line(&l, &o)) {
		nsv_case_file_read(j->c.f, o, &j->file);
		if (!*j->file.path)
			continue;
		nsv_changed_apply(changes, j->c.f, &j->file);
		nsv_findings_judge(j->all, &j->c, NSV_CASE_FILE, j->file.path, j->file.member);
	}
	/* What was changed and is not among the files: it was deleted, or no file was asked for. */
	w = nsv_changed_walk(j->c.f);
	while (nsv_changed_next(&w, &j->file))
		if (!nsv_changed_seen(changes, j->file.path))
			nsv_findings_judge(j->all, &j->c, NSV_CASE_FILE, j->file.path,
					   "changes.json");
	j->c.file = NULL;
}

/* "name:password:uid:..." */
static void judge_accounts(struct judge *j, enum nsv_source_member member, const char *file)
{
	const char *at = j->c.f->s->texts[member].at;
	const char *end = at ? at + j->c.f->s->texts[member].len : at;
	struct nsv_case_account a = { .file = file };
	char evidence[64];

	(void)snprintf(evidence, sizeof(evidence), "[root]%s", file);
	j->c.account = &a;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);
		char line[1024];
		char *rest = line, *user, *password, *uid;

		(void)snprintf(line, sizeof(line), "%.*s", (int)nsv_min(len, sizeof(line) - 1), at);
		at += len + 1;
		user = strsep(&rest, ":");
		password = strsep(&rest, ":");
		uid = strsep(&rest, ":");
		if (!uid || !*user || *user == '#' || *user == '+')
			continue;
		(void)snprintf(a.user, sizeof(a.user), "%s", user);
		(void)snprintf(a.password, sizeof(a.password), "%s", password);
		(void)snprintf(a.uid, sizeof(a.uid), "%s", uid);
		nsv_findings_judge(j->all, &j->c, NSV_CASE_ACCOUNT, a.user, evidence);
	}
	j->c.account = NULL;
}

int nsv_judge(const struct nsv_facts *f, struct nsv_changed_files *changes,
	      struct nsv_findings *ret)
{
	struct judge *j = calloc(1, sizeof(*j));

	if (!j)
		return -ENOMEM;
	j->c.f = f;
	j->all = ret;
	nsv_findings_judge(ret, &j->c, NSV_CASE_PACKAGE, "package", "SHA256SUMS");
	for (size_t i = 0; i < f->n_processes; i++)
		judge_process(j, &f->processes[i]);
	judge_network(j);
	judge_mounts(j);
	judge_files(j, changes);
	judge_accounts(j, NSV_SOURCE_PASSWD, "/etc/passwd");
	judge_accounts(j, NSV_SOURCE_SHADOW, "/etc/shadow");
	free(j);
	return nsv_findings_end(ret);
}
